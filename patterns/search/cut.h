// A long literal with few matches in it: which of its elements have to be seen.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "tools/pyast/elements.h"

namespace adapt::search {

// A word of a match that has at most so many brackets with commas around the word.
struct Hit {
  std::uint32_t offset = 0;
  std::uint32_t brackets = 0;
};

struct Fragment {
  pyast::Span span;       // of the source
  std::string_view then;  // what stands behind it for elements that are left out
};

// Every match lies in one fragment. What is around it keeps its brackets and their commas, so nothing else is taken for
// a match. `hits` lie in the statement.
std::vector<Fragment> cut_at_elements(const pyast::Element& statement, std::vector<Hit> hits);

}  // namespace adapt::search
