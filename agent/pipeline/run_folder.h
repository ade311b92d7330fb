// Where the files of a run lie.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace adapt::pipeline {

// <data folder>/runs/<run id>/
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::string id() const { return root_.filename().string(); }
  std::filesystem::path events() const { return root_ / "events.jsonl"; }
  std::filesystem::path baseline() const { return root_ / "baseline"; }
  std::filesystem::path attempt(std::int64_t number) const { return root_ / "attempts" / std::to_string(number); }
  std::filesystem::path overlays() const { return root_ / "overlays"; }
  std::filesystem::path verification(std::string_view candidate_digest) const {
    return root_ / "verify" / std::string(candidate_digest.substr(0, 12));
  }
  std::filesystem::path scratch() const { return root_ / "scratch"; }  // home, temporary files, compilers' caches
  std::filesystem::path out() const { return root_ / "out"; }

 private:
  std::filesystem::path root_;
};

}  // namespace adapt::pipeline
