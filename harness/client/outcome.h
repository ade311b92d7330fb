// How one call of the harness ended. A model that fails is a result; what only shows from outside (a crash, a hang) is
// told here; an operation of ours that failed is an Error beside both.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/client/messages.h"
#include "sandbox/process.h"

namespace adapt::client {

struct StageLimits {
  Seconds seconds{};               // by stage; the clock starts again at each stage event
  double default_seconds = 300;    // of a stage that is not named
  double start_seconds = 120;      // until the first stage (a fresh interpreter may have to import torch)
  double exit_seconds = 10;        // from the reply to the end of the process
  double total_seconds = 0;        // of the whole call; 0: the sum of all stages
  std::uint64_t memory_bytes = 0;  // of the worker with all it starts; 0: no limit
  std::uint64_t cpu_seconds = 0;   // of each process; 0: no limit
  std::uint64_t file_bytes = 0;    // largest file; 0: no limit
  int processes = 512;             // of the worker with all it starts
  int threads = 1;                 // of PyTorch and BLAS; part of what makes two runs comparable

  double of(Stage stage) const;
  double total() const;
};

struct CallOutcome {
  std::optional<Json> result{};              // the reply, unless the process failed
  std::optional<Failure> process_failure{};  // exactly one of the two
  std::string last_stage{};                  // the last that started; empty: none
  std::vector<std::string> notes{};          // progress texts of the worker
  std::string stdout_text{}, stderr_text{};  // head and tail
  double wall_seconds = 0;
  std::uint64_t peak_rss = 0;  // bytes
  int strays = 0;              // processes it left behind, killed
  std::string exit_note{};     // how the process ended when that was not plain: "signal 11 (...) after the reply"

  Json to_json() const;  // for the journal
  static Result<CallOutcome> from_json(const Json& value);
  bool operator==(const CallOutcome&) const = default;
};

// A text for a fingerprint: each run of digits as one '#', because numbers and addresses differ from run to run.
std::string folded(std::string_view text);

// Called from the thread of the call, at each stage event.
using Progress = std::function<void(std::string_view stage)>;

// The cause for which the engine itself ended a worker.
enum class StopCause : std::uint8_t { hang, memory, processes, output, violation };

// What is known about an end without an acceptable reply.
struct EndFacts {
  std::string last_stage{};
  std::optional<StopCause> cause{};
  std::string detail{};  // says the cause: "stage compile ran over 300 s", "a line that is not JSON: ..."
  std::optional<sandbox::ExitStatus> status{};
  std::uint64_t peak_rss = 0;
  std::uint64_t memory_limit = 0;
  bool kernel_killed = false;  // the kernel has killed somebody for want of memory meanwhile
  std::string stderr_text{};
};

Failure process_failure(const EndFacts& facts);

}  // namespace adapt::client
