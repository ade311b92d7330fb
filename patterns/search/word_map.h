// In which parts of a source the words that rules ask for stand.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "patterns/search/rules.h"

namespace adapt::search {

class WordMap {
 public:
  // `part_ends`: ascending offsets, the last is the end of the text. Each of `aliases` (name, alias) makes the alias
  // count as the name, too.
  WordMap(std::string_view text, const std::vector<std::uint32_t>& part_ends,
          const std::vector<std::pair<std::string_view, std::string_view>>& aliases, const RuleSet& rules);

  // Groups that hold a word of each clause of the edit, where `group_of` tells the group of a part and never falls.
  // Perhaps some more than once.
  std::vector<std::size_t> holding(const patterns::Edit& edit, const std::vector<std::size_t>& group_of) const;
  bool holds_somewhere(const patterns::Edit& edit) const;

 private:
  void add(std::uint32_t number, std::size_t part);
  const std::vector<std::size_t>& parts_of(index::WordHash word) const { return parts_of_[rules_.number_of(word)]; }
  std::size_t places(const std::vector<index::WordHash>& clause) const;

  const RuleSet& rules_;
  std::vector<std::vector<std::size_t>> parts_of_;  // by number of the word, ascending
};

}  // namespace adapt::search
