// What the tests of records share: a clock that stands still, and a folder where fsync costs nothing.
#pragma once

#include <cstdlib>
#include <filesystem>

#include "tools/base/clock.h"
#include "tools/base/file.h"

namespace adapt {

class StillClock final : public Clock {
 public:
  std::int64_t utc_ms() const override { return now; }
  std::int64_t monotonic_ms() const override { return now; }
  std::int64_t now = 1000;
};

// In memory where the system has such a folder: these tests sync thousands of times.
inline TempDir quick_folder(const char* prefix) {
  if (std::filesystem::is_directory("/dev/shm")) ::setenv("TMPDIR", "/dev/shm", /*overwrite=*/0);
  return TempDir::create(prefix).value();
}

}  // namespace adapt
