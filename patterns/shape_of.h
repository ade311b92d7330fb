// The shape of an expression, from facts about its variables and what operators do to shapes.
#pragma once

#include <optional>

#include "patterns/facts.h"

namespace adapt::patterns {

// In one draw of the run. Sizes in it may be unknown; nothing when not even the rank is known. Numbers have rank 0.
std::optional<Shape> shape_of(const TermTree& tree, TermId expression, const Facts* facts, std::size_t draw);

// Whether every size is known.
bool is_whole(const Shape& shape);

}  // namespace adapt::patterns
