// Runs a program to its end, or to a limit, and keeps what it printed.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "sandbox/capped_text.h"
#include "sandbox/process.h"
#include "tools/base/cancel.h"
#include "tools/base/result.h"

namespace adapt::sandbox {

enum class EndReason : std::uint8_t {
  exited,        // by itself
  deadline,      // still running at the deadline
  output_limit,  // printed more than the hard limit
  cancelled,     // the user asked to stop
};

std::string_view to_string(EndReason reason);

struct RunSpec {
  SpawnSpec spawn;  // 1 and 2 are captured unless mapped
  std::string stdin_text;
  std::chrono::milliseconds deadline{60000};
  std::uint64_t output_limit = kOutputLimit;  // bytes of stdout and stderr together
};

struct RunOutput {
  ExitStatus status;
  EndReason reason = EndReason::exited;
  std::string stdout_text;  // head and tail of long outputs
  std::string stderr_text;
  std::uint64_t dropped_bytes = 0;
  double wall_seconds = 0;
};

Result<RunOutput> run_process(const RunSpec& spec, const CancelToken& cancel);

// Writes without SIGPIPE: a closed reader is an errno, not the end of the engine. Returns what write(2) returns.
ssize_t write_no_sigpipe(int fd, std::string_view bytes);

}  // namespace adapt::sandbox
