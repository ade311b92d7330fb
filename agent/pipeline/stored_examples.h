// Repairs that were verified here, each changed file before and after. What they left alone a new pattern must leave
// alone; what they changed it may change in the same way only.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/config.h"
#include "patterns/mine/example.h"
#include "patterns/pattern.h"

namespace adapt::pipeline {

class StoredExamples {
 public:
  static Result<StoredExamples> open(const config::Config& config);

  // Under the kind of failure that was repaired. What is kept already is not kept twice.
  Result<void> keep(std::string_view failure, std::span<const patterns::mine::FilePair> pairs) const;

  struct Checked {
    std::size_t examples = 0;                              // files that were looked through
    std::vector<patterns::mine::FilePair> contradictions;  // repairs of this failure that the pattern would spoil
    std::size_t elsewhere = 0;  // files of repairs of other failures in which it has places; that speaks neither way
  };
  // An index of words decides which of them are opened at all.
  Result<Checked> check(const patterns::Pattern& pattern, std::string_view failure) const;

 private:
  StoredExamples(std::filesystem::path folder, std::filesystem::path cache)
      : folder_(std::move(folder)), cache_(std::move(cache)) {}
  std::filesystem::path folder_, cache_;
};

}  // namespace adapt::pipeline
