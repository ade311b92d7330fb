// What the uses of a variable say of it, where nothing that is assigned does.
#pragma once

#include "patterns/term.h"

namespace adapt::patterns {

// Whether the function around the variable, or attribute of `self`, uses it as only booleans are used: `~x`, as the
// condition of `where`, as the mask of `masked_fill`.
bool used_as_mask(const TermTree& tree, TermId variable);

}  // namespace adapt::patterns
