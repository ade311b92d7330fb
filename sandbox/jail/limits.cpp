#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "sandbox/jail/steps.h"

namespace adapt::jail {
namespace {

constexpr rlim_t kOpenFiles = 4096;

// Both limits, so that the program cannot raise it again; never above what we were given ourselves.
Result<void> limit(__rlimit_resource which, rlim_t value, const char* name) {
  rlimit now{};
  if (::getrlimit(which, &now) != 0) return system_error(name);
  const rlim_t allowed = std::min(value, now.rlim_max);
  const rlimit wanted{.rlim_cur = allowed, .rlim_max = allowed};
  if (::setrlimit(which, &wanted) != 0) return system_error(name);
  return {};
}

bool has_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  std::array<__user_cap_data_struct, 2> data{};
  return ::syscall(SYS_capget, &header, data.data()) != 0 || (data[0].permitted | data[1].permitted) != 0;
}

}  // namespace

Result<void> apply_limits(const Options& options) {
  ADAPT_TRY_VOID(limit(RLIMIT_CORE, 0, "RLIMIT_CORE"));
  ADAPT_TRY_VOID(limit(RLIMIT_NOFILE, kOpenFiles, "RLIMIT_NOFILE"));
  struct Row {
    __rlimit_resource which;
    std::uint64_t value;
    const char* name;
  };
  const Row rows[] = {
      {RLIMIT_DATA, options.memory_bytes, "RLIMIT_DATA"}, {RLIMIT_AS, options.address_bytes, "RLIMIT_AS"},
      {RLIMIT_CPU, options.cpu_seconds, "RLIMIT_CPU"},    {RLIMIT_FSIZE, options.file_bytes, "RLIMIT_FSIZE"},
      {RLIMIT_NPROC, options.processes, "RLIMIT_NPROC"},
  };
  for (const Row& row : rows)
    if (row.value != 0) ADAPT_TRY_VOID(limit(row.which, row.value, row.name));
  return {};
}

Result<void> drop_privileges() {
  if (has_capabilities()) {
    // The bounding set too: otherwise exec gives uid 0 everything back.
    for (unsigned long capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability)
      if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return system_error("prctl(PR_CAPBSET_DROP)");
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const std::array<__user_cap_data_struct, 2> none{};
    if (::syscall(SYS_capset, &header, none.data()) != 0) return system_error("capset");
  }
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return system_error("prctl(PR_SET_NO_NEW_PRIVS)");
  return {};
}

}  // namespace adapt::jail
