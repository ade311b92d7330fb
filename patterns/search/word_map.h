// Where in a source the words that rules ask for stand.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "patterns/search/rules.h"
#include "tools/pyast/top_level.h"

namespace adapt::search {

using Offsets = std::vector<std::uint32_t>;  // ascending

class WordMap {
 public:
  // An alias in the file counts as its name, too.
  WordMap(std::string_view text, const pyast::TopLevel& top, const RuleSet& rules);

  // Where a word of one of the edit's clauses, the rarest, stands in a group that holds a word of each of them.
  // `groups`: where each begins, all text before the second belonging to the first.
  struct Places {
    Offsets offsets;             // perhaps some more than once, and in no order
    std::uint32_t brackets = 0;  // of the clause
  };
  Places holding(const patterns::Edit& edit, const Offsets& groups) const;

 private:
  using Clause = index::WordFilter::Clause;
  struct Word {
    Offsets anywhere, in_code, called;
  };
  const Offsets& offsets_of(index::WordHash word, const Clause& clause) const;
  std::size_t count(const Clause& clause) const;
  bool stands_between(std::uint32_t begin, std::uint32_t end, const Clause& clause) const;

  const RuleSet& rules_;
  std::vector<Word> words_;  // by their number
};

}  // namespace adapt::search
