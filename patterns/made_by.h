// Where a value comes from, as far as the code around it says: no model is run.
#pragma once

#include <set>
#include <string>

#include "patterns/term.h"

namespace adapt::patterns {

// The last words of the calls that make it: {"getLogger"} for `log` where the file says `log = logging.getLogger(..)`.
// Of a local variable what its function assigns, of another name what the module does, of `self.x` what any method
// does. Empty where anything but a call is assigned, or nothing is.
std::set<std::string> makers_of(const TermTree& tree, TermId expression);

}  // namespace adapt::patterns
