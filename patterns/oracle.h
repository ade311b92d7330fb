// Questions about values that patterns ask: answered by the code where it says, else by facts of a run (null: none).
// Nothing when neither says.
#pragma once

#include <optional>

#include "patterns/dtype_of.h"
#include "patterns/facts.h"

namespace adapt::patterns {

std::optional<bool> has_dtype(const TermTree& tree, TermId id, const Facts* facts, DtypeClass dtype);
std::optional<bool> has_rank(const TermTree& tree, TermId id, const Facts* facts, std::int64_t rank);
// One shape, whatever the sizes of the inputs.
std::optional<bool> has_static_shape(const TermTree& tree, TermId id, const Facts* facts);
// Nothing but this variable reaches its memory: a write into it is seen nowhere else.
std::optional<bool> is_unaliased(const TermTree& tree, TermId id, const Facts* facts);
// A parameter or buffer of the model, or a view of one.
std::optional<bool> is_parameter(const TermTree& tree, TermId id, const Facts* facts);
std::optional<bool> needs_no_gradient(const TermTree& tree, TermId id, const Facts* facts);

std::optional<bool> have_same_shape(const TermTree& tree, TermId a, TermId b, const Facts* facts);
std::optional<bool> have_same_dtype(const TermTree& tree, TermId a, TermId b, const Facts* facts);

}  // namespace adapt::patterns
