// What adapt-jail does before it runs the program. Each step either stands, or says which call failed and why.
#pragma once

#include <string>

#include "sandbox/jail/options.h"
#include "tools/base/result.h"

namespace adapt::jail {

// "unshare(CLONE_NEWNET): Operation not permitted", of kind `sandbox`.
tl::unexpected<Error> system_error(std::string_view call);

// Which namespaces this process, and its children, are in after enter_namespaces.
struct Namespaces {
  bool network = false;
  bool mounts = false;
  bool processes = false;
  std::string network_error;
  std::string mounts_error;
  std::string processes_error;
};

// Through a user namespace (the same uid and gid inside) when the caller has not the right itself. Private processes
// begin with the next fork. A private network has its loopback device up.
Namespaces enter_namespaces(const Options& options);

// Read-only view of all files with the exceptions of `options`, a minimal /dev, and a /proc of the private processes.
// Called inside the mount namespace, by the first process of the process namespace when there is one. Without
// `options.read_only` only /proc is replaced.
Result<void> build_file_view(const Options& options, bool private_processes);

Result<void> apply_limits(const Options& options);

// Empties every capability set, also for what is executed later, and forbids gaining privileges by exec.
Result<void> drop_privileges();

}  // namespace adapt::jail
