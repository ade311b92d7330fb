// Measures of the transport to language models.
//   bench_llm streams COUNT RATE SECONDS   COUNT streams at once, each of RATE events a second, from a server on a
//                                          thread of this program
// Prints a `name value unit` on a line. A delay is the time from the server's write of an event to the moment its
// caller holds it, so it includes the switch to the caller's thread. Processor time is the program's without the
// server's.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "agent/llm/http/curl_transport.h"
#include "tools/base/unique_fd.h"

namespace {

using namespace adapt;  // NOLINT(google-build-using-namespace): one small program

struct Load {
  int streams = 64;
  int rate = 1000;  // events a second of each stream
  int seconds = 5;
};

[[noreturn]] void die(std::string_view why) {
  fmt::print(stderr, "bench_llm: {}\n", why);
  std::exit(1);
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Writes to all streams in turn; an event carries the time at which it was written.
class EventServer {
 public:
  explicit EventServer(const Load& load) : load_(load), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), any, size) != 0 || ::listen(listener_.get(), 1024) != 0 ||
        ::getsockname(listener_.get(), any, &size) != 0)
      die("no port to listen on");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }

  int port() const { return port_; }
  // Its processor seconds.
  double finish() {
    thread_.join();
    return cpu_;
  }

 private:
  void run() {
    std::vector<UniqueFd> clients;
    for (int i = 0; i < load_.streams; ++i) clients.push_back(meet());
    const auto step = std::chrono::nanoseconds(1'000'000'000 / load_.rate);
    auto next = std::chrono::steady_clock::now();
    for (int i = 0; i < load_.rate * load_.seconds; ++i, next += step) {
      std::this_thread::sleep_until(next);
      for (const UniqueFd& client : clients) write(client, event());
    }
    for (const UniqueFd& client : clients) write(client, "0\r\n\r\n");
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    cpu_ = static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) / 1e9;
  }

  UniqueFd meet() const {
    UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const int on = 1;
    ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n"))  // requests here have no body
      if (::recv(client.get(), &byte, 1, 0) == 1)
        head += byte;
      else
        die("a client left");
    write(client, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    return client;
  }

  static std::string event() {
    const std::string text = fmt::format("data: {{\"t\":{:020}}}\n\n", now_ns());
    return fmt::format("{:x}\r\n{}\r\n", text.size(), text);
  }

  static void write(const UniqueFd& client, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) die("a client left");
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  Load load_;
  UniqueFd listener_;
  int port_ = 0;
  double cpu_ = 0;
  std::thread thread_;
};

// Nanoseconds from write to receipt of each event of one stream.
std::vector<std::int64_t> listen(llm::Transport& transport, int port) {
  constexpr std::string_view kMark = "\"t\":";
  constexpr std::size_t kDigits = 20;
  std::vector<std::int64_t> delays;
  std::string rest;
  const auto exchange = transport.send({.url = fmt::format("http://127.0.0.1:{}/", port)});
  while (true) {
    llm::Piece piece = exchange->next();
    if (const auto* end = std::get_if<llm::End>(&piece)) {
      if (end->kind != llm::EndKind::complete) die(end->detail);
      return delays;
    }
    const auto* bytes = std::get_if<llm::Bytes>(&piece);
    if (bytes == nullptr) continue;
    const std::int64_t now = now_ns();
    rest += bytes->data;
    std::size_t done = 0;
    for (std::size_t at = 0; (at = rest.find(kMark, done)) != std::string::npos;) {
      const std::size_t begin = at + kMark.size();
      if (begin + kDigits > rest.size()) break;
      std::int64_t sent = 0;
      std::from_chars(rest.data() + begin, rest.data() + begin + kDigits, sent);
      delays.push_back(now - sent);
      done = begin + kDigits;
    }
    rest.erase(0, done);
  }
}

int run_streams(const Load& load) {
  auto transport = llm::CurlTransport::start({});
  if (!transport) die(transport.error().message);
  EventServer server(load);
  std::vector<std::vector<std::int64_t>> each(static_cast<std::size_t>(load.streams));
  {
    std::vector<std::jthread> callers;
    for (auto& delays : each) callers.emplace_back([&] { delays = listen(**transport, server.port()); });
  }
  const double server_cpu = server.finish();

  std::vector<std::int64_t> all;
  for (const auto& delays : each) all.insert(all.end(), delays.begin(), delays.end());
  const std::size_t wanted =
      static_cast<std::size_t>(load.streams) * static_cast<std::size_t>(load.rate * load.seconds);
  if (all.size() != wanted) die(fmt::format("{} events of {} came", all.size(), wanted));
  std::sort(all.begin(), all.end());
  const auto quantile = [&](std::size_t percent) {
    return static_cast<double>(all[(all.size() - 1) * percent / 100]) / 1e6;
  };
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print("llm_event_delay_p50 {:.3f} ms\n", quantile(50));
  fmt::print("llm_event_delay_p99 {:.3f} ms\n", quantile(99));
  fmt::print("llm_cpu {:.2f} s\n", seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime) - server_cpu);
  fmt::print("llm_server_cpu {:.2f} s\n", server_cpu);
  fmt::print("llm_peak_rss {:.1f} MiB\n", static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}

int number(const char* text) {
  const int value = std::atoi(text);
  if (value < 1 || value > 100'000) die(fmt::format("'{}' is no number from 1 to 100000", text));
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::string_view(argv[1]) == "streams")
    return run_streams({.streams = number(argv[2]), .rate = number(argv[3]), .seconds = number(argv[4])});
  fmt::print(stderr, "usage: bench_llm streams COUNT RATE SECONDS\n");
  return 2;
}
