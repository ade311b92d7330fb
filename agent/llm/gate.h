// Holds calls back before the server has to refuse them: one gate for all calls with one key to one model.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "agent/llm/http/headers.h"
#include "agent/llm/pause.h"
#include "agent/llm/wire/profile.h"
#include "agent/llm/wire/turn.h"
#include "tools/base/clock.h"

namespace adapt::llm {

// Safe for use from many threads. References outlive it.
class Gate {
 public:
  Gate(const Profile& profile, const Clock& clock);

  // Waits until a call of about `tokens` may start. False: the user stopped, or `deadline_ms` (monotonic) passed first.
  bool enter(std::int64_t tokens, std::int64_t deadline_ms, Pause& pause);
  // Every call that entered leaves, with how it ended (nothing: well; `cancelled` also where it was not made).
  void leave(const std::optional<CallErrorKind>& ended, std::optional<std::int64_t> wait_ms);
  // What a response's headers say about limits and what is left of them.
  void learn(const Headers& headers);

  std::int64_t concurrency() const;  // calls that may run at once now

 private:
  // Refills evenly, `per_minute` a minute up to one minute's worth; 0: no limit known.
  struct Bucket {
    double per_minute = 0;
    double level = 0;
    std::int64_t at_ms = 0;
    void refill(std::int64_t now_ms);
  };
  // Milliseconds until a call may start; 0: now. What it takes is taken.
  std::int64_t try_enter(std::int64_t tokens);
  static std::int64_t wait_for(const Bucket& bucket, double amount);

  const Clock& clock_;
  mutable std::mutex mutex_;
  double allowed_;  // concurrency, grows slowly and halves on overload
  double most_;     // the profile's
  std::int64_t running_ = 0;
  std::int64_t grown_ms_;
  std::int64_t closed_until_ms_ = 0;  // breaker, or the server's wish
  int connect_failures_ = 0;
  Bucket requests_, tokens_;
};

}  // namespace adapt::llm
