// An edit with more or less of the code around it: what a rule may be made of.
#pragma once

#include <vector>

#include "patterns/mine/example.h"
#include "patterns/variable.h"

namespace adapt::patterns::mine {

struct Fragment {
  std::size_t example = 0, edit = 0;  // indices
  unsigned level = 0;                 // 0: only what changed; more is more code around it
  bool is_expression = false;
  std::vector<TermId> before, after;  // one expression each, or consecutive statements; `after` may be empty
};

// The larger ones first become unwieldy, then unlike anything else: no fragment has more terms than this.
inline constexpr std::size_t kMaxFragment = 250;

// From the least code to the most. Empty for edits that no pattern can express, such as new parameters of a function.
std::vector<Fragment> fragments(const Example& example, std::size_t edit);

std::size_t count_terms(const TermTree& tree, TermId id);

}  // namespace adapt::patterns::mine
