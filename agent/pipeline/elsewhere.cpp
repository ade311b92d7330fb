#include "agent/pipeline/elsewhere.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "tools/base/file.h"

namespace adapt::pipeline {
namespace {

constexpr std::size_t kMostName = 255;

// What ssh looks up for whoever runs it: keys, the agent that holds them, the program itself.
constexpr const char* kOfUser[] = {"HOME", "PATH", "USER", "LOGNAME", "SSH_AUTH_SOCK"};

}  // namespace

Result<std::string> parse_machine(std::string_view text) {
  const bool plain = std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || std::string_view("@._-:%[]").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (text.empty() || text.size() > kMostName || text.front() == '-' || !plain)
    return fail(ErrorKind::usage, "'{}' is no host; write user@machine, or a name of ssh's configuration", text);
  return std::string(text);
}

Result<void> send_elsewhere(const std::string& machine, const RunFolder& folder, const config::Config& config,
                            client::HostOptions& options) {
  ADAPT_TRY(const std::filesystem::path python, config.python("main"));
  const std::filesystem::path keep = folder.root() / "sources";
  ADAPT_TRY_VOID(make_directories(keep));
  options.command = client::host_command(python, config.share_folder() / "harness", {});
  options.command.insert(options.command.end(), {"--remote", machine, config.text("host.python"),
                                                 config.text("host.folder"), folder.id(), keep.string()});
  // What runs here is ours, and needs the network and the user's keys.
  options.confinement = sandbox::Need::off;
  for (const char* name : kOfUser)
    if (const char* value = std::getenv(name); value != nullptr) options.environment.extra[name] = value;
  return {};
}

}  // namespace adapt::pipeline
