// The evidence about all patterns of a library, from wherever it lies.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/evidence/evidence_file.h"

namespace adapt::evidence {

// <folder>/<family>/<name>.evidence.tsv
std::filesystem::path evidence_file(const std::filesystem::path& folder, std::string_view pattern);

class Book {
 public:
  Book() = default;
  explicit Book(std::vector<Record> records);

  // Of each pattern, the files that any of the folders holds. What cannot be read is in complaints().
  static Book load(std::span<const std::string> patterns, std::span<const std::filesystem::path> folders);

  // What a run has added itself must not count when it is resumed.
  void forget_run(std::string_view run);

  std::span<const Record> of(std::string_view pattern) const;
  const std::map<std::string, std::vector<Record>, std::less<>>& by_pattern() const { return records_; }
  const std::vector<std::string>& complaints() const { return complaints_; }

 private:
  void add(std::string_view pattern, std::vector<Record> records);

  std::map<std::string, std::vector<Record>, std::less<>> records_;
  std::vector<std::string> complaints_;
};

// "scan" of "scan/cumsum".
std::string_view family_of(std::string_view pattern);

}  // namespace adapt::evidence
