// In which lines of a source the words that rules ask for stand.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "patterns/search/rules.h"
#include "tools/pyast/top_level.h"

namespace adapt::search {

class WordMap {
 public:
  // An alias in the file counts as its name, too.
  WordMap(std::string_view text, const pyast::TopLevel& top, const RuleSet& rules);

  // Groups that hold a word of each clause of the edit, where `group_of` tells the group of a line and never falls.
  // Perhaps some more than once.
  std::vector<std::size_t> holding(const patterns::Edit& edit, const std::vector<std::size_t>& group_of) const;
  bool holds_somewhere(const patterns::Edit& edit) const;

 private:
  using Lines = std::vector<std::size_t>;  // ascending
  static void add(Lines& lines, std::size_t line);
  const Lines& lines_of(index::WordHash word, bool in_code) const;
  std::size_t places(const index::WordFilter::Clause& clause) const;

  const RuleSet& rules_;
  std::vector<Lines> in_code_, anywhere_;  // by number of the word
};

}  // namespace adapt::search
