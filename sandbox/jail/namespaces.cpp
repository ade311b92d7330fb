#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sandbox/jail/steps.h"
#include "tools/base/unique_fd.h"

namespace adapt::jail {
namespace {

Result<void> write_proc(const char* path, std::string_view text) {
  const UniqueFd fd(::open(path, O_WRONLY | O_CLOEXEC));
  if (!fd || ::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return system_error(path);
  return {};
}

Result<void> enter(int flag, const char* name) {
  if (::unshare(flag) != 0) return system_error(fmt::format("unshare({})", name));
  return {};
}

// The rights to make the other namespaces, for an ordinary user (or a root that a container has stripped).
Result<void> enter_user_namespace() {
  const uid_t uid = ::geteuid();
  const gid_t gid = ::getegid();
  ADAPT_TRY_VOID(enter(CLONE_NEWUSER, "CLONE_NEWUSER"));
  ADAPT_TRY_VOID(write_proc("/proc/self/setgroups", "deny"));
  ADAPT_TRY_VOID(write_proc("/proc/self/uid_map", fmt::format("{} {} 1", uid, uid)));
  return write_proc("/proc/self/gid_map", fmt::format("{} {} 1", gid, gid));
}

Result<void> raise_loopback() {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return system_error("socket");
  ifreq request{};
  std::strncpy(request.ifr_name, "lo", sizeof request.ifr_name - 1);
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0) return system_error("ioctl(SIOCSIFFLAGS, lo)");
  return {};
}

Result<void> enter_network() {
  ADAPT_TRY_VOID(enter(CLONE_NEWNET, "CLONE_NEWNET"));
  return raise_loopback();
}

bool note(Result<void> result, std::string& error) {
  if (!result) error = result.error().message;
  return result.has_value();
}

}  // namespace

tl::unexpected<Error> system_error(std::string_view call) {
  return fail(ErrorKind::sandbox, "{}: {}", call, std::strerror(errno));
}

Namespaces enter_namespaces(const Options& options) {
  Namespaces out;
  const bool wants_mounts = options.read_only || options.private_processes;
  if (!options.no_network && !wants_mounts) return out;
  // Asking for IPC first answers whether we may at all, and closes System V shared memory on the way.
  if (!enter(CLONE_NEWIPC, "CLONE_NEWIPC")) {
    if (auto user = enter_user_namespace(); !user) {
      out.network_error = out.mounts_error = out.processes_error = user.error().message;
      return out;
    }
    static_cast<void>(enter(CLONE_NEWIPC, "CLONE_NEWIPC"));
  }
  if (options.no_network) out.network = note(enter_network(), out.network_error);
  if (wants_mounts) out.mounts = note(enter(CLONE_NEWNS, "CLONE_NEWNS"), out.mounts_error);
  if (!options.private_processes) return out;
  // Without a mount namespace /proc would go on showing the processes outside.
  if (!out.mounts)
    out.processes_error = out.mounts_error;
  else
    out.processes = note(enter(CLONE_NEWPID, "CLONE_NEWPID"), out.processes_error);
  return out;
}

}  // namespace adapt::jail
