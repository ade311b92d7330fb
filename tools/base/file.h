// Whole-file reading and writing with bounds, and files that appear at once or not at all.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "tools/base/result.h"

namespace adapt {

inline constexpr std::uint64_t kDefaultReadLimit = std::uint64_t{64} << 20U;  // bytes

// The file's bytes; an error when it is longer than `limit` bytes.
Result<std::string> read_file(const std::filesystem::path& path, std::uint64_t limit = kDefaultReadLimit);

// Writes beside `path`, fsyncs, renames over it and fsyncs the folder: a reader sees the old file or the new one.
Result<void> write_file_atomic(const std::filesystem::path& path, std::string_view bytes);

Result<void> make_directories(const std::filesystem::path& path);

// A new folder that is removed, with all it holds, at the end of its scope.
class TempDir {
 public:
  static Result<TempDir> create(std::string_view prefix);  // under $TMPDIR or /tmp
  TempDir(TempDir&& other) noexcept : path_(std::move(other.path_)) { other.path_.clear(); }
  TempDir& operator=(TempDir&&) = delete;
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TempDir(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace adapt
