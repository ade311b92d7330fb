#include "tools/base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

namespace adapt {

Result<UniqueFd> open_locked(const std::filesystem::path& path) {
  constexpr auto kPatience = std::chrono::seconds(10);
  constexpr auto kPause = std::chrono::milliseconds(10);
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
  if (!fd) return fail(ErrorKind::io, "cannot write {}: {}", path.string(), std::strerror(errno));
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return fail(ErrorKind::io, "cannot lock {}: {}", path.string(), std::strerror(errno));
    if (std::chrono::steady_clock::now() > give_up)
      return fail(ErrorKind::io, "{} is held by another process; try again when it has ended", path.string());
    std::this_thread::sleep_for(kPause);
  }
  return fd;
}

}  // namespace adapt
