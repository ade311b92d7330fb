// A flag that signal handlers may set and long work polls; one root for the process.
#pragma once

#include <atomic>

namespace adapt {

class CancelToken {
 public:
  void request() noexcept { requested_.store(true, std::memory_order_relaxed); }
  bool requested() const noexcept { return requested_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> requested_{false};
};

}  // namespace adapt
