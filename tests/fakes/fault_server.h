// A stand-in for an HTTP server that does what real ones do on bad days: bytes, silences and broken connections on
// loopback, as a script says. It knows nothing of models and answers for none.
//
//   FaultServer server([](Connection& c) {
//     c.request();
//     c.send(head(200, "content-type: text/event-stream\r\n") + "data: 1\n\n");
//     c.sleep(200);
//     c.reset();
//   });
//   ... server.url("/v1/x") ... server.requests()
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/fakes/test_authority.h"

namespace adapt::fakes {

struct SeenRequest {
  std::string head;  // request line and headers, with line ends, without the empty line
  std::string body;
  std::size_t connection = 0;  // the how manieth, from 0

  std::string line() const;                         // "POST /v1/x HTTP/1.1"
  std::string header(std::string_view name) const;  // any case; "": absent
};

// One accepted connection, in the hands of its script. When the script returns, the connection is closed.
class Connection {
 public:
  // Waits for a whole request and, with `is_kept`, records it; nothing when the client closed first.
  std::optional<SeenRequest> request();
  bool send(std::string_view bytes);  // false: the client has gone
  // Small pieces with a pause after each; false: the client has gone.
  bool drip(std::string_view bytes, std::size_t piece, int pause_ms);
  void sleep(int ms);  // shorter when the server ends
  // Drops what the client sends until it closes; false: it had not after `ms`.
  bool wait_closed(int ms = 20'000);
  void close();  // as a server that has finished (FIN)
  void reset();  // as a server that has died (RST)
  // TLS from here on; false: the handshake failed.
  bool start_tls(SSL_CTX* context);
  std::size_t index() const { return index_; }

  bool is_kept = true;  // false: for long measures, whose requests nobody looks at afterwards

 private:
  friend class FaultServer;
  struct Shared;
  Connection(Shared& shared, std::size_t index, int fd) : shared_(shared), index_(index), fd_(fd) {}
  bool receive();  // more bytes into inbox_; false: closed
  void end(bool abruptly);

  Shared& shared_;
  std::size_t index_;
  int fd_;
  Openssl<SSL> tls_;
  std::string inbox_;
};

using Script = std::function<void(Connection&)>;

// What is known of one connection.
struct Life {
  bool closed = false;  // by either side
  bool left = false;    // by the client, seen when the script next looked (`wait_closed` looks all the time)
  std::chrono::steady_clock::time_point end;  // of whichever came first
};

class FaultServer {
 public:
  // Each connection runs the script on a thread of its own. With a context it begins with TLS.
  explicit FaultServer(Script script, SSL_CTX* tls = nullptr);
  ~FaultServer();
  FaultServer(const FaultServer&) = delete;
  FaultServer& operator=(const FaultServer&) = delete;

  int port() const { return port_; }
  std::string url(std::string_view path = "/") const;  // http or https, at 127.0.0.1

  std::vector<SeenRequest> requests() const;
  std::vector<Life> connections() const;
  // Until so many connections have ended; false after 20 s.
  bool wait_ended(std::size_t count) const;

 private:
  void accept_all();
  void serve(std::size_t index, int fd);

  Script script_;
  SSL_CTX* tls_;
  int listener_;
  int port_ = 0;
  std::unique_ptr<Connection::Shared> shared_;
  std::vector<std::thread> threads_;  // of the acceptor alone until it has ended
  std::thread acceptor_;
};

// A script that answers request after request, over all connections, with the texts in their order; the last one again
// and again.
Script answers(std::vector<std::string> texts);

// Texts to send.
std::string head(int status, std::string_view header_lines = "");  // without a length: ended by a close or by chunks
std::string answer(int status, std::string_view body, std::string_view header_lines = "");  // with its length
std::string chunk(std::string_view data);  // of "transfer-encoding: chunked"; "" ends it
inline constexpr std::string_view kChunked = "transfer-encoding: chunked\r\n";

}  // namespace adapt::fakes
