// Which code is common: from counts over the sources of installed libraries. A rule that looks for common code would
// find it everywhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "patterns/mine/rule.h"

namespace adapt::patterns::mine {

// What a term and its children say, a line each: "call cumsum", "call cumsum 1 dim", "attribute dtype". Two terms that
// share no feature cannot match one rule.
using Features = std::vector<std::uint64_t>;

class Background {
 public:
  // The table that `agent` ships: "<files> <feature in hex>" lines behind a line "files <total>".
  static Result<Background> load(const std::filesystem::path& file);

  // Share of files that hold all of what the old side of the rule looks for, roughly.
  double frequency(const Rule& rule) const;

 private:
  std::unordered_map<std::uint64_t, std::uint32_t> files_;
  std::uint32_t total_ = 1;
};

// Of each term of the tree, for building the table.
Features features_of(const TermTree& tree);

}  // namespace adapt::patterns::mine
