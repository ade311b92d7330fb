// A rule that does not mind how many arguments there are.
#pragma once

#include <optional>

#include "patterns/mine/rule.h"

namespace adapt::patterns::mine {

// The rule with one variable in place of all arguments at the end (or at the beginning) of a call, and of all
// parameters of a definition, that the edit leaves as they are; and with any name for a definition that keeps it.
// Nothing where there are none.
std::optional<Rule> with_sequences(const Rule& rule);

}  // namespace adapt::patterns::mine
