// Logs as they lie on a disk or come through a pipe.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/triage/triage.h"
#include "tools/base/cancel.h"
#include "tools/base/result.h"

namespace adapt::triage {

inline constexpr std::uint64_t kMostLogBytes = std::uint64_t{64} << 30U;  // what follows is not read
inline constexpr std::size_t kMostLogs = 10'000;                          // of one folder
inline constexpr int kMostDepth = 32;                                     // of folders

// Reads to the end. Refused: nothing to read, and bytes that are no text.
Result<Diagnosis> diagnose_stream(int fd, const std::string& name, const CancelToken& cancel);

// A regular file; a pipe only where `pipes` allows, because nobody may be writing.
Result<Diagnosis> diagnose_file(const std::filesystem::path& path, bool pipes, const CancelToken& cancel);

struct Listing {
  std::vector<std::filesystem::path> files;  // everything that is no folder, sorted; links are not followed to folders
  std::vector<std::string> problems;         // folders that could not be read; also that there were more files
};
Listing list_logs(const std::filesystem::path& folder);

}  // namespace adapt::triage
