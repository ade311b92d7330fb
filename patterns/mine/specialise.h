// A rule that also finds code it must not change, made narrower by what its right sites have in common and the wrong
// ones do not.
#pragma once

#include <vector>

#include "patterns/mine/score.h"

namespace adapt::patterns::mine {

// Each removes all wrong sites and keeps at least two right ones, or all where there are fewer. Where nothing is wrong,
// what all right sites have in common and is seldom chance.
std::vector<Rule> specialise(const Rule& rule, const Score& score);

}  // namespace adapt::patterns::mine
