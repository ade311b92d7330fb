// Whether an expression is a tensor, as far as the code around it says, or else facts of a run.
#pragma once

#include <optional>

#include "patterns/facts.h"
#include "patterns/term.h"

namespace adapt::patterns {

// True for tensors; false for numbers, sizes, strings, None and containers of Python; nothing when the code does not
// say.
std::optional<bool> is_tensor(const TermTree& tree, TermId expression, const Facts* facts = nullptr);

}  // namespace adapt::patterns
