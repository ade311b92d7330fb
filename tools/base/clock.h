// Time comes in through this interface, so that tests can hold it still.
#pragma once

#include <chrono>
#include <cstdint>

namespace adapt {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t utc_ms() const = 0;        // milliseconds since 1970, UTC
  virtual std::int64_t monotonic_ms() const = 0;  // for durations and deadlines
};

class SystemClock final : public Clock {
 public:
  std::int64_t utc_ms() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }
  std::int64_t monotonic_ms() const override {
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
  }
};

}  // namespace adapt
