// Which code of a file runs when a model is traced.
#pragma once

#include "patterns/term.h"

namespace adapt::patterns {

// Whether the place is in a function named `forward`, or in one whose name such a function reads, or one that those
// read, and so on. Functions are told apart by name only: `x.scale()` leads to every `scale` of the file. What other
// files call is not known here.
bool is_traced(const TermTree& tree, pyast::Node place);

}  // namespace adapt::patterns
