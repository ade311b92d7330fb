// The tensor that a place in a function has at hand: new tensors are made on its device.
#pragma once

#include <optional>
#include <span>

#include "patterns/term.h"

namespace adapt::patterns {

// A local name or an attribute of `self`, in this order: the tensor whose sizes the code at the place is made of
// (`x` for x.shape[1], len(x) and names assigned from such), the tensor that its value is combined with, the first
// parameter of the function that is used as a tensor, the first attribute of `self` that is one. `code` stands
// together in one function.
std::optional<TermId> tensor_at_hand(const TermTree& tree, std::span<const TermId> code);

}  // namespace adapt::patterns
