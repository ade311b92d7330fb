#include "tests/unit/llm/llama/llama_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "sandbox/run_process.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(180);
constexpr std::string_view kContext = "32768";  // tokens, of one answer

// The server's own variables stay away from it: LLAMA_API_KEY would make it ask for a key.
std::vector<std::string> server_environment(const fs::path& home) {
  std::vector<std::string> out = {"HOME=" + home.string()};
  for (const char* name : {"PATH", "LD_LIBRARY_PATH", "GGML_BACKEND_PATH"})
    if (const char* value = std::getenv(name)) out.push_back(fmt::format("{}={}", name, value));
  return out;
}

std::string on_path(std::string_view program) {
  const char* path = std::getenv("PATH");
  if (path == nullptr) return "";
  for (const std::string_view folder : split(path, ':')) {
    const fs::path candidate = fs::path(folder.empty() ? "." : folder) / program;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate.string();
  }
  return "";
}

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Free now: another process might take it before the server does, which then says so and ends.
Result<int> free_port() {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast): its API
  if (!socket || ::bind(socket.get(), any, size) != 0 || ::getsockname(socket.get(), any, &size) != 0)
    return fail(ErrorKind::io, "there is no free port");
  return ntohs(address.sin_port);
}

bool connects(int port) {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  const auto* any = reinterpret_cast<const sockaddr*>(&address);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
  return socket && ::connect(socket.get(), any, sizeof address) == 0;
}

int status_of(Transport& transport, const std::string& url) {
  HttpRequest request{.method = "GET", .url = url, .path = "/health"};
  request.clocks.whole = 5'000;
  const std::unique_ptr<Exchange> exchange = transport.send(request);
  const Piece first = exchange->next();
  const auto* head = std::get_if<Head>(&first);
  return head == nullptr ? 0 : head->status;
}

Result<void> write_model(const std::string& variant, const fs::path& path) {
  sandbox::RunSpec spec;
  spec.spawn.argv = {ADAPT_TEST_PYTHON, ADAPT_SOURCE_DIR "/tests/fakes/tiny_gguf.py", variant, path.string()};
  spec.deadline = kPatience;
  const CancelToken cancel;
  ADAPT_TRY(const sandbox::RunOutput output, sandbox::run_process(spec, cancel));
  if (!output.status.ok())
    return fail(ErrorKind::io, "tiny_gguf.py: {}: {}", output.status.describe(), output.stderr_text);
  return {};
}

}  // namespace

std::vector<std::string> server_command() {
  std::vector<std::string> words;
  const char* named = std::getenv("ADAPT_LLAMA_SERVER");
  for (const std::string_view word : split(named == nullptr ? "llama-server" : named, ' '))
    if (!word.empty()) words.emplace_back(word);
  if (!words.empty() && !contains(words.front(), "/")) words.front() = on_path(words.front());
  return words.empty() || words.front().empty() ? std::vector<std::string>() : words;
}

Result<std::unique_ptr<LlamaServer>> LlamaServer::start(const ServerOptions& options) {
  std::vector<std::string> argv = server_command();
  if (argv.empty()) return fail(ErrorKind::environment, "{}", kNoServer);
  ADAPT_TRY(TempDir folder, TempDir::create("adapt-llama-"));
  const fs::path model = folder.path() / "model.gguf";
  ADAPT_TRY_VOID(write_model(options.variant, model));
  ADAPT_TRY(const int port, free_port());
  // One thread: several would wait for each other in busy loops, which on a machine with other work takes minutes.
  for (const std::string_view word :
       {"--host", "127.0.0.1", "--threads", "1", "--threads-batch", "1", "--parallel", "1", "--offline", "--no-webui"})
    argv.emplace_back(word);
  const std::array more = {std::string("--port"), std::to_string(port),        std::string("--model"),
                           model.string(),        std::string("--ctx-size"),   std::string(kContext),
                           std::string("--seed"), std::to_string(options.seed)};
  argv.insert(argv.end(), more.begin(), more.end());
  if (!options.key.empty()) argv.insert(argv.end(), {"--api-key", options.key});
  std::unique_ptr<LlamaServer> server(new LlamaServer(std::move(argv), std::move(folder), port));
  ADAPT_TRY_VOID(server->start_process());
  return server;
}

Result<void> LlamaServer::start_process() {
  const UniqueFd log(::open((folder_.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!log) return fail(ErrorKind::io, "the server's log cannot be opened");
  sandbox::SpawnSpec spec{.argv = argv_, .environment = server_environment(folder_.path())};
  spec.fds = {{log.get(), 1}, {log.get(), 2}};
  ADAPT_TRY(process_, sandbox::Process::spawn(spec));
  return {};
}

template <class IsThere>
Result<void> LlamaServer::wait_until(const IsThere& is_there) {
  const auto deadline = steady_clock::now() + kPatience;
  while (!is_there()) {
    if (const auto ended = process_->wait_for(milliseconds(20)))
      return fail(ErrorKind::environment, "the server ended with {}:\n{}", ended->describe(), log());
    if (steady_clock::now() > deadline) return fail(ErrorKind::environment, "the server does not come up:\n{}", log());
  }
  return {};
}

Result<void> LlamaServer::wait_until_ready(Transport& transport) {
  const std::string url = fmt::format("http://127.0.0.1:{}/health", port_);
  return wait_until([&] { return status_of(transport, url) == 200; });
}

Result<void> LlamaServer::wait_until_connectable() {
  return wait_until([&] { return connects(port_); });
}

void LlamaServer::kill() {
  process_->signal_group(SIGKILL);
  process_->wait_for(std::chrono::duration_cast<milliseconds>(kPatience));
}

std::string LlamaServer::base_url() const { return fmt::format("http://127.0.0.1:{}/v1", port_); }

std::string LlamaServer::log() const {
  const Result<std::string> text = read_file(folder_.path() / "log");
  constexpr std::size_t kShown = 4000;
  if (!text) return text.error().message;
  return text->substr(text->size() - std::min(text->size(), kShown));
}

}  // namespace adapt::llm
