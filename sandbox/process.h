// One child process: started from an argv vector with an explicit environment and explicit descriptors, never a shell.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tools/base/result.h"
#include "tools/base/unique_fd.h"

namespace adapt::sandbox {

struct FdMapping {
  int parent = -1;  // descriptor of ours, stays open here
  int child = -1;   // its number in the child
};

struct SpawnSpec {
  std::vector<std::string> argv{};         // argv[0] is a path; PATH is not searched
  std::vector<std::string> environment{};  // "NAME=value"; the child sees these and nothing else
  std::string cwd{};                       // empty: ours
  std::vector<FdMapping> fds{};            // every other descriptor is closed; 0, 1 and 2 default to /dev/null
};

struct ExitStatus {
  bool signaled = false;
  int code = 0;  // exit code, or the signal's number

  bool ok() const { return !signaled && code == 0; }
  std::string describe() const;  // "exit code 3", "signal 11 (Segmentation fault)"
  static ExitStatus from_wait_status(int status);
  bool operator==(const ExitStatus&) const = default;
};

inline constexpr std::chrono::milliseconds kStopGrace{2000};   // between SIGTERM and SIGKILL
inline constexpr std::chrono::milliseconds kDrainLimit{2000};  // grandchildren may hold pipes open

// Owns a child that leads its own session and process group. The destructor kills the group and reaps the child.
class Process {
 public:
  static Result<Process> spawn(const SpawnSpec& spec);

  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();

  pid_t pid() const { return pid_; }
  int pidfd() const { return pidfd_.get(); }  // readable once the child has ended

  // The status once the child has ended; waits at most `limit`.
  std::optional<ExitStatus> wait_for(std::chrono::milliseconds limit);
  void signal_group(int signal) const;
  // SIGTERM to the group, then SIGKILL after the grace; returns when the child is reaped.
  ExitStatus stop(std::chrono::milliseconds grace = kStopGrace);

 private:
  Process(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  pid_t pid_ = -1;
  UniqueFd pidfd_;
  std::optional<ExitStatus> status_;
};

}  // namespace adapt::sandbox
