// Whether and when a failed call is made again. The only place that repeats calls.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <variant>

#include "agent/llm/wire/turn.h"

namespace adapt::llm {

// Seconds are too coarse for tests and too fine for people: milliseconds.
struct RetryRule {
  CallErrorKind kind = CallErrorKind::server;
  int attempts = 1;             // all together; 1: never again
  std::int64_t first_ms = 0;    // before the second attempt; doubles each time
  std::int64_t most_ms = 0;     // cap of that
  bool until_deadline = false;  // `attempts` does not count
};
const RetryRule& retry_rule(CallErrorKind kind);

inline constexpr int kMaxAttempts = 12;                    // of one turn, whatever fails
inline constexpr std::int64_t kMaxServerWaitMs = 900'000;  // a server that wants longer ends the turn

struct TryAgain {
  std::int64_t wait_ms = 0;
};
// No further attempt; the error may have become `poison`.
struct GiveUp {
  CallError error;
};

// The attempts of one turn.
class Retries {
 public:
  // `rng` outlives it; the only chance there is.
  explicit Retries(std::mt19937_64& rng) : rng_(rng) {}

  // After an attempt that failed. `received`: bytes of the answer before it broke. `left_ms`: until the deadline.
  std::variant<TryAgain, GiveUp> after(const CallError& error, std::uint64_t received, std::int64_t left_ms);

  int attempts() const { return attempts_; }

 private:
  bool is_poison(const CallError& error, std::uint64_t received);
  std::int64_t wait_for(const CallError& error, const RetryRule& rule, int failures);

  std::mt19937_64& rng_;
  int attempts_ = 0;  // that failed
  std::map<CallErrorKind, int> by_kind_;
  std::map<std::string, int> same_;  // server failures by what they said
  std::optional<std::uint64_t> cut_at_;
};

}  // namespace adapt::llm
