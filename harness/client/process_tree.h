// What a worker and everything it has started use, read from /proc. Resource limits count each process alone (and not
// shared memory at all), so a limit on the whole needs somebody who adds up.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <set>

namespace adapt::client {

struct TreeUsage {
  std::uint64_t memory_bytes = 0;  // anonymous and shared memory, each process counted alone: an upper bound
  int processes = 0;
};

struct TreeQuery {
  pid_t worker = -1;
  pid_t host = -1;                // its children that are no worker are orphans of some worker
  std::set<pid_t> other_workers;  // of the same host
};

// Members are processes of the worker's session or group, its descendants, and every orphan that came back to the host:
// an orphan could be anybody's, so it counts against each worker that runs.
TreeUsage measure_tree(const TreeQuery& query);

// The same with pages that several processes share counted once; slower. None when /proc does not tell.
std::optional<std::uint64_t> proportional_memory(const TreeQuery& query);

// Kernel's count of processes it has killed for want of memory, on the whole machine; 0 when it is not told.
std::uint64_t kernel_oom_kills();

}  // namespace adapt::client
