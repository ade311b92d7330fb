// Positioned reads from an open file, for readers that look at a header before they take the rest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "tools/base/result.h"
#include "tools/base/unique_fd.h"

namespace adapt::tensor {

class FileBytes {
 public:
  // An error when it is not a regular file or has more than `max_bytes`.
  static Result<FileBytes> open(const std::filesystem::path& path, std::uint64_t max_bytes);
  std::uint64_t size() const { return size_; }
  Result<void> read(std::uint64_t offset, std::span<std::byte> into) const;
  Result<std::string> text(std::uint64_t offset, std::size_t length) const;

 private:
  FileBytes(UniqueFd fd, std::uint64_t size, std::string name)
      : fd_(std::move(fd)), size_(size), name_(std::move(name)) {}
  UniqueFd fd_;
  std::uint64_t size_;
  std::string name_;
};

}  // namespace adapt::tensor
