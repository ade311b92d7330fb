// Words that differ among the places of a rule: which others it may stand for.
#pragma once

#include <vector>

#include "patterns/mine/score.h"

namespace adapt::patterns::mine {

// Labels and imported names that differ among the examples stand for those that were seen and for those that are used
// alike, unless they are many. Each is the rule with such lists, the longer ones first; none where there is nothing to
// list.
std::vector<Rule> close_labels(const Rule& rule, const Score& score);

}  // namespace adapt::patterns::mine
