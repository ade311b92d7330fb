// The same work for many items on several threads.
#pragma once

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace adapt {

// Calls `work(index, worker)` once for each index below `count`, `worker` below `threads`; the caller's thread is the
// first. Which thread takes which index is chance: results belong into a slot of the index.
template <class Work>
void for_each_parallel(std::size_t count, std::size_t threads, Work work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&](std::size_t worker) {
    for (std::size_t index = next++; index < count; index = next++) work(index, worker);
  };
  std::vector<std::jthread> others;
  for (std::size_t worker = 1; worker < threads && worker < count; ++worker) others.emplace_back(run, worker);
  run(0);
}

}  // namespace adapt
