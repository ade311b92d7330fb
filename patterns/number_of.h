// The number that a constant expression is.
#pragma once

#include <optional>

#include "patterns/term.h"

namespace adapt::patterns {

// Of -1e9, float("-inf"), -math.inf, 10_000; nothing for what is not written as a number. True and False are none.
std::optional<double> number_of(const TermTree& tree, TermId expression);

}  // namespace adapt::patterns
