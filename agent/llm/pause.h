// Waiting comes in through this interface, so that tests need not wait.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

#include "tools/base/cancel.h"

namespace adapt::llm {

class Pause {
 public:
  virtual ~Pause() = default;
  virtual bool sleep(std::int64_t ms) = 0;  // false: the user wants to stop
};

class RealPause final : public Pause {
 public:
  explicit RealPause(const CancelToken& cancel) : cancel_(cancel) {}  // outlives it
  bool sleep(std::int64_t ms) override {
    constexpr std::int64_t kSlice = 20;
    for (; ms > 0 && !cancel_.requested(); ms -= kSlice)
      std::this_thread::sleep_for(std::chrono::milliseconds(std::min(ms, kSlice)));
    return !cancel_.requested();
  }

 private:
  const CancelToken& cancel_;
};

}  // namespace adapt::llm
