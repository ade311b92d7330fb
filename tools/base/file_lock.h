// A file that one process at a time may write.
#pragma once

#include <filesystem>

#include "tools/base/result.h"
#include "tools/base/unique_fd.h"

namespace adapt {

// Opens `path` for reading and appending, makes it where it is missing, and waits at most ten seconds until no other
// process holds it. The lock is given up when the descriptor is closed, also by a process that is killed.
Result<UniqueFd> open_locked(const std::filesystem::path& path);

}  // namespace adapt
