// A rule that also finds code it must not change, made narrower by what its right sites have in common and the wrong
// ones do not.
#pragma once

#include <vector>

#include "patterns/mine/score.h"

namespace adapt::patterns::mine {

// Labels and imported names that differ among the examples stand for those that were seen and for those that are used
// alike, unless they are many. Each is the rule with such lists, the longer ones first; none where there is nothing to
// list.
std::vector<Rule> close_labels(const Rule& rule, const Score& score);

// Each removes all wrong sites and keeps at least two right ones, or all where there are fewer. Where nothing is wrong,
// what all right sites have in common and is seldom chance.
std::vector<Rule> specialise(const Rule& rule, const Score& score);

}  // namespace adapt::patterns::mine
