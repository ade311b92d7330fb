// How one exchange with a model ended: a turn, or an error that says what may be done about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/wire/conversation.h"

namespace adapt::llm {

// Derived from the content, not from the server's word alone: several servers say `stop` beside calls, or `tool_calls`
// beside one that was cut off.
enum class Stop : std::uint8_t {
  end,            // text, no call
  tool,           // at least one call, all complete; with any other stop there is none
  length,         // the output cap; its calls have been dropped
  context,        // the context window is full
  pause,          // the server wants the same conversation again
  stop_sequence,  // as `end`
  refusal,        // by policy
  malformed,      // the server saw a call that it could not read
  server_error,   // the server gave up in the middle
  unknown,        // a word that we do not know: nothing of it is run
};
std::string_view to_string(Stop stop);
std::optional<Stop> parse_stop(std::string_view text);

// Tokens in disjoint buckets, but for `reasoning`, which is part of `output`.
struct Usage {
  std::int64_t fresh = 0;           // input that no cache had
  std::int64_t cache_read = 0;      // input taken from a cache
  std::int64_t cache_write = 0;     // input written to a cache for minutes
  std::int64_t cache_write_1h = 0;  // input written to a cache for an hour or longer
  std::int64_t output = 0;          // all that was generated
  std::int64_t reasoning = 0;       // of `output`
  bool estimated = false;           // the server did not say, or the answer was cut off

  std::int64_t input() const { return fresh + cache_read + cache_write + cache_write_1h; }
  std::int64_t total() const { return input() + output; }
  Usage& operator+=(const Usage& other);
  bool operator==(const Usage&) const = default;
};

struct Turn {
  AssistantTurn message;
  Stop stop = Stop::unknown;
  std::string native_stop;  // the server's word
  Usage usage;
  std::string request_id;                       // the server's, for its support; may be ""
  std::string model;                            // that answered, as the server says
  std::optional<std::int64_t> stated_nano_usd;  // what the server says it cost
  std::vector<std::string> notes;               // what was odd about the answer and got mended
};

// What can be done about a failed call; retry.h has the table.
enum class CallErrorKind : std::uint8_t {
  connect,      // no connection: DNS, refused, TLS
  loading,      // the server is there and not ready yet
  rate,         // too many requests or tokens a minute
  overload,     // the server is too busy for anybody
  server,       // its own failure
  cut,          // the answer ended early: broken stream, missing terminal event
  silent,       // a clock ran out: first byte, idle, no progress, whole attempt
  conflict,     // 408, 409, 425: try again
  context,      // the conversation is too long
  refusal,      // by policy
  caller,       // the request is wrong: a bug of ours or a wrong profile
  auth,         // the key is missing, wrong or not allowed
  money,        // the account may spend no more
  not_capable,  // the server or model cannot do what the loop needs (no tool calls)
  oversized,    // an answer beyond our limits
  poison,       // the same request failed in the same way twice
  cancelled,    // by us
  missing,      // replay: the recording has no such request
};
std::string_view to_string(CallErrorKind kind);
std::optional<CallErrorKind> parse_call_error_kind(std::string_view text);

// Whom the error concerns beside the request that met it.
enum class ErrorScope : std::uint8_t { request, job, endpoint, key, account };
std::string_view to_string(ErrorScope scope);
std::optional<ErrorScope> parse_error_scope(std::string_view text);

struct CallError {
  CallErrorKind kind = CallErrorKind::server;
  ErrorScope scope = ErrorScope::request;
  std::optional<std::int64_t> wait_ms;  // the server's wish before the next try
  std::optional<bool> should_retry;     // the server's explicit word (x-should-retry)
  int status = 0;                       // HTTP; 0: none came
  std::string code, type;               // the server's own words
  std::string request_id;
  std::string message;  // for people, at most 500 bytes, one line
};

}  // namespace adapt::llm
