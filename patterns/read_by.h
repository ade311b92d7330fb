// Where a value goes, as far as the function around it says: no model is run.
#pragma once

#include <set>
#include <string>

#include "patterns/term.h"

namespace adapt::patterns {

// The last words of the calls that take a variable behind its statement, as receiver or argument, until it is assigned
// anew: {"view"} for `x` where `x = x.view(..)` comes next. Branches count as if they came one after the other. Empty
// for anything but a variable.
std::set<std::string> readers_of(const TermTree& tree, TermId variable);

}  // namespace adapt::patterns
