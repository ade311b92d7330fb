// The HTTP calls of batches: short questions and long downloads, made again as the one table of retries says.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "agent/llm/endpoint.h"
#include "agent/llm/turn_runner.h"

namespace adapt::llm {

// Milliseconds.
struct BatchClocks {
  Clocks attempt{.upload = 1'800'000, .whole = 7'200'000};
  std::int64_t call_ms = 14'400'000;  // all attempts and waits of one call
};

struct BatchCall {
  std::string method = "GET";
  std::string path{};  // below the endpoint's base
  std::string body{};
  std::string content_type = "application/json";
};

enum class Repeat : std::uint8_t {
  freely,        // the call may be made twice
  when_refused,  // only after the service has said no, or when nothing was sent
};

struct Reply {
  std::string body{};  // of a success that nobody listened to
  std::optional<CallError> error{};
  bool is_unclear = false;  // beside an error: the service may have done what was asked
};

// Used by one thread.
class BatchCalls {
 public:
  // Hears the body of a success; `begin` before each attempt's, which starts over.
  struct Listener {
    std::function<void()> begin;
    std::function<Result<void>(std::string_view)> take;
    std::function<Result<bool>()> end;  // false: what came is not the whole
  };

  BatchCalls(Endpoint endpoint, TurnRunner::KeySource key, const Line& line, const BatchClocks& clocks,
             std::uint64_t seed)
      : endpoint_(std::move(endpoint)), key_source_(std::move(key)), line_(line), clocks_(clocks), rng_(seed) {}

  // Reads the key, if that has not been done. An Error of kind environment.
  Result<void> read_key();
  // An Error of kind interrupted or environment, or one of the listener's.
  Result<Reply> ask(const BatchCall& call, Repeat repeat, const Listener* listener = nullptr);

 private:
  struct Heard;
  HttpRequest http_request(const BatchCall& call) const;
  Result<Heard> once(const BatchCall& call, const Listener* listener);

  Endpoint endpoint_;
  TurnRunner::KeySource key_source_;
  std::string key_;
  Line line_;
  BatchClocks clocks_;
  std::mt19937_64 rng_;
};

}  // namespace adapt::llm
