// One HTTP request at a time seen from the caller: a head, bytes, an end. Knows neither JSON nor retries.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "agent/llm/http/headers.h"
#include "tools/base/cancel.h"

namespace adapt::llm {

// Milliseconds; 0: no limit. All of them stand still while the caller leaves so much unread that we stop reading.
struct Clocks {
  std::int64_t connect = 10'000;      // resolve, connect, TLS
  std::int64_t upload = 120'000;      // until the body is sent
  std::int64_t first_byte = 600'000;  // from there to the first byte of the answer's head
  std::int64_t idle = 300'000;        // between two pieces of the body, heartbeats included
  std::int64_t whole = 3'600'000;     // the attempt
};

// Bounds memory: an answer whose body, unpacked, is above this ends as `oversized`.
inline constexpr std::uint64_t kMaxResponseBytes = std::uint64_t{256} << 20U;

struct HttpRequest {
  std::string method = "POST";
  std::string url{};
  std::string path{};  // the end of `url` below the endpoint's base; what a recording knows a request by
  Headers headers{};  // the key among them: nothing here is ever logged. `expect` and `accept-encoding` are ours to say
  std::string body{};
  Clocks clocks{};
  bool stream = true;     // false: compressed answers are welcome
  bool http1 = false;     // force HTTP/1.1
  std::string ca_file{};  // certificates to trust instead of the system's; "": as the transport's environment says
  std::uint64_t max_bytes = kMaxResponseBytes;
  const CancelToken* cancel = nullptr;  // outlives the exchange
};

struct Head {
  int status = 0;
  Headers headers{};
};
struct Bytes {
  std::string data;
};
enum class EndKind : std::uint8_t {
  complete,
  connect,    // nothing was sent: DNS, refused, TLS, proxy, or a request that cannot be sent at all
  cut,        // the connection broke, or what came is no HTTP; the request may have been acted upon
  timed_out,  // `detail` begins with the name of the clock
  cancelled,  // by the token or by the end of the transport; nothing that arrived before is delivered any more
  oversized,  // more than `max_bytes`, or a head beyond any measure
  missing,    // a recording was asked for what it does not hold
};
struct End {
  EndKind kind = EndKind::complete;
  std::string detail{};  // for people; holds no header and no body
};
using Piece = std::variant<Head, Bytes, End>;

// One request under way. Destroying it cancels it.
class Exchange {
 public:
  virtual ~Exchange() = default;
  // Waits for the next piece: one Head (unless it ended before), any number of Bytes, one End; then End for ever.
  virtual Piece next() = 0;
  // The caller has all it wants and takes no further piece. Where the answer ends soon by itself, its connection can
  // serve the next request.
  virtual void finish() {}
};

// Safe for use from many threads at once.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual std::unique_ptr<Exchange> send(HttpRequest request) = 0;
};

}  // namespace adapt::llm
