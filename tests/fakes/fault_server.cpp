#include "tests/fakes/fault_server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstdlib>

namespace adapt::fakes {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMaxRequest = std::size_t{64} << 20U;
constexpr int kSliceMs = 20;  // in which waits look whether the server ends

void must(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::abort();
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return out;
}

void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

struct Connection::Shared {
  mutable std::mutex mutex;
  mutable std::condition_variable changed;
  std::vector<SeenRequest> requests;
  std::vector<Life> lives;
  std::vector<int> open;  // sockets by connection, -1 once closed
  std::atomic<bool> stopping = false;
};

std::string SeenRequest::line() const { return head.substr(0, head.find('\r')); }

std::string SeenRequest::header(std::string_view name) const {
  const std::string wanted = "\r\n" + lower(name) + ":";
  const std::size_t at = lower(head).find(wanted);
  if (at == std::string::npos) return "";
  const std::size_t begin = head.find_first_not_of(' ', at + wanted.size());
  const std::size_t end = std::min(head.find('\r', at + 2), head.size());
  return begin < end ? head.substr(begin, end - begin) : "";
}

bool Connection::receive() {
  char buffer[16384];
  if (fd_ < 0) return false;
  const auto got = tls_ ? SSL_read(tls_.get(), buffer, sizeof buffer) : ::recv(fd_, buffer, sizeof buffer, 0);
  if (got > 0) {
    inbox_.append(buffer, static_cast<std::size_t>(got));
    return inbox_.size() <= kMaxRequest;
  }
  const std::lock_guard lock(shared_.mutex);
  Life& life = shared_.lives[index_];
  if (!life.left && !shared_.stopping) {
    life.left = true;
    life.end = Clock::now();
  }
  return false;
}

std::optional<SeenRequest> Connection::request() {
  std::size_t end = 0;
  while ((end = inbox_.find("\r\n\r\n")) == std::string::npos)
    if (!receive()) return std::nullopt;
  SeenRequest seen{.head = inbox_.substr(0, end), .body = "", .connection = index_};
  inbox_.erase(0, end + 4);
  const std::string length = seen.header("content-length");
  std::size_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  while (inbox_.size() < size)
    if (!receive()) return std::nullopt;
  seen.body = inbox_.substr(0, size);
  inbox_.erase(0, size);
  const std::lock_guard lock(shared_.mutex);
  if (is_kept) shared_.requests.push_back(seen);
  return seen;
}

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (fd_ < 0) return false;
    const auto sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                           : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool Connection::drip(std::string_view bytes, std::size_t piece, int pause_ms) {
  while (!bytes.empty()) {
    if (shared_.stopping || !send(bytes.substr(0, piece))) return false;
    bytes.remove_prefix(std::min(piece, bytes.size()));
    sleep(pause_ms);
  }
  return true;
}

void Connection::sleep(int ms) {
  std::unique_lock lock(shared_.mutex);
  shared_.changed.wait_for(lock, std::chrono::milliseconds(ms), [this] { return shared_.stopping.load(); });
}

bool Connection::wait_closed(int ms) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(ms);
  while (fd_ >= 0 && !shared_.stopping && Clock::now() < deadline) {
    pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kSliceMs) <= 0) continue;
    if (!receive()) return true;
    inbox_.clear();
  }
  return false;
}

void Connection::end(bool abruptly) {
  if (fd_ < 0) return;
  if (abruptly) {
    const linger now{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  } else if (tls_) {
    SSL_shutdown(tls_.get());
  }
  tls_.reset();
  const std::lock_guard lock(shared_.mutex);  // before the number of the socket can be another's
  shared_.open[index_] = -1;
  ::close(fd_);
  fd_ = -1;
  Life& life = shared_.lives[index_];
  life.closed = true;
  if (!life.left) life.end = Clock::now();
  shared_.changed.notify_all();
}

void Connection::close() { end(false); }
void Connection::reset() { end(true); }

bool Connection::start_tls(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  must(tls_ != nullptr && SSL_set_fd(tls_.get(), fd_) == 1, "SSL_new");
  return SSL_accept(tls_.get()) == 1;
}

FaultServer::FaultServer(Script script, SSL_CTX* tls)
    : script_(std::move(script)),
      tls_(tls),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      shared_(std::make_unique<Connection::Shared>()) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  must(listener_ >= 0 && ::bind(listener_, any, size) == 0 && ::listen(listener_, 256) == 0, "listen");
  must(::getsockname(listener_, any, &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

FaultServer::~FaultServer() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->stopping = true;
    for (const int fd : shared_->open)
      if (fd >= 0) ::shutdown(fd, SHUT_RDWR);
    shared_->changed.notify_all();
  }
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
}

void FaultServer::accept_all() {
  block_sigpipe();
  while (!shared_->stopping) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const std::lock_guard lock(shared_->mutex);
    if (shared_->stopping) {
      ::close(fd);
      return;
    }
    const std::size_t index = shared_->open.size();
    shared_->open.push_back(fd);
    shared_->lives.emplace_back();
    threads_.emplace_back([this, index, fd] { serve(index, fd); });
  }
}

void FaultServer::serve(std::size_t index, int fd) {
  Connection connection(*shared_, index, fd);
  if (tls_ == nullptr || connection.start_tls(tls_)) script_(connection);
  connection.close();
}

std::string FaultServer::url(std::string_view path) const {
  return fmt::format("{}://127.0.0.1:{}{}", tls_ == nullptr ? "http" : "https", port_, path);
}

std::vector<SeenRequest> FaultServer::requests() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->requests;
}

std::vector<Life> FaultServer::connections() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->lives;
}

bool FaultServer::wait_ended(std::size_t count) const {
  std::unique_lock lock(shared_->mutex);
  return shared_->changed.wait_for(lock, std::chrono::seconds(20), [&] {
    return static_cast<std::size_t>(std::count_if(shared_->lives.begin(), shared_->lives.end(),
                                                  [](const Life& life) { return life.closed; })) >= count;
  });
}

Script answers(std::vector<std::string> texts) {
  const auto next = std::make_shared<std::atomic<std::size_t>>(0);  // shared by all connections
  return [texts = std::move(texts), next](Connection& connection) {
    while (connection.request())
      if (!connection.send(texts[std::min(next->fetch_add(1), texts.size() - 1)])) return;
  };
}

std::string head(int status, std::string_view header_lines) {
  return fmt::format("HTTP/1.1 {} Scripted\r\n{}\r\n", status, header_lines);
}

std::string answer(int status, std::string_view body, std::string_view header_lines) {
  return head(status, fmt::format("{}content-length: {}\r\n", header_lines, body.size())).append(body);
}

std::string chunk(std::string_view data) { return fmt::format("{:x}\r\n{}\r\n", data.size(), data); }

}  // namespace adapt::fakes
