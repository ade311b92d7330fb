// One provider's wire format: conversations to request bodies, and answers to turns. Pure: no clock, no chance, no
// environment, no network.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/llm/http/headers.h"
#include "agent/llm/wire/profile.h"
#include "agent/llm/wire/sse.h"
#include "agent/llm/wire/turn.h"

namespace adapt::llm {

// Whom a request is for.
struct Target {
  const Profile& profile;
  std::string model;
  std::string account;            // fingerprint of the key: part of a turn's origin
  std::int64_t input_tokens = 0;  // our own guess of the request's size, for the usage where the server tells none
};

struct Encoded {
  std::string path;  // below the base URL: "/chat/completions"
  std::string body;  // equal requests give equal bytes; a longer conversation keeps them as a prefix
  // Wishes that the profile does not allow: "forced_tool", "single_call", "effort", "format".
  std::vector<std::string> dropped;
};

// How the bytes of an answer ended.
enum class Ending : std::uint8_t { complete, cut };

// What an answer came to.
using Answer = std::variant<Turn, CallError>;

// Takes the events of one streamed answer. Never executes or trusts anything: a turn exists only once its terminal
// event was seen. The calls that it holds may be run: each has a name and one JSON object as arguments, and there are
// some exactly when its stop is `tool`.
class Reducer {
 public:
  virtual ~Reducer() = default;
  virtual void take(const SseEvent& event) = 0;
  // Whether anything was generated yet: what is billed when the stream breaks now.
  virtual bool has_output() const = 0;
  // Whether the terminal event or an error was seen: bytes after it do not matter.
  virtual bool is_done() const = 0;
  // How many semantic events were taken; a heartbeat is none.
  virtual std::size_t progress() const = 0;
  // The turn, or why there is none. Usage is estimated (and says so) where the server told none.
  virtual Answer end(Ending ending) = 0;
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  virtual DialectName name() const = 0;
  // An ADAPT_CHECK holds complaint_about(request) to be "".
  virtual Encoded encode(const Request& request, const Target& target) const = 0;
  // Headers beside the key's: content type, API version.
  virtual Headers headers(const Target& target) const = 0;
  virtual std::unique_ptr<Reducer> reducer(const Target& target) const = 0;
  // An answer that was not streamed. An error object in a body with status 200 is an error.
  virtual Answer whole(std::string_view body, const Target& target) const = 0;
};

const Dialect& dialect(DialectName name);

// An answer that is no success, or an error object inside a stream (`status` 200 then). Looks at status, headers and
// the error's own code, type and message, never at text that may echo the prompt. Its `wait_ms` is what the body says;
// what the headers say (wait_of) goes before it and needs a clock.
CallError classify(int status, const Headers& headers, std::string_view body);

// What the server said about waiting, from retry-after-ms, retry-after (seconds or date) and rate-limit headers.
// Negative, absurd (above a day) and unreadable values count as nothing. `now_ms` is UTC.
std::optional<std::int64_t> wait_of(const Headers& headers, std::int64_t now_ms);

// Tokens of `text` as we guess them where no server says: 3.5 bytes each, rounded up.
std::int64_t estimate_tokens(std::string_view text);

// JSON as models and servers write it: lone surrogates are replaced, raw control characters in strings escaped, NaN and
// infinities made null; deeper than kMaxJsonDepth or still unreadable is an error.
Result<Json> parse_lenient(std::string_view text);

}  // namespace adapt::llm
