// Two rules to the most specific one that says what both say (anti-unification). Both sides share one map, so a
// variable means the same in the old code and in the new.
#pragma once

#include <optional>

#include "patterns/mine/rule.h"

namespace adapt::patterns::mine {

// Nothing when the two differ in more than code that a variable can stand for, or when too little would be left.
std::optional<Rule> merge(const Rule& a, const Rule& b);

}  // namespace adapt::patterns::mine
