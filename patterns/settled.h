// Code that an edit has already made is not a place for it: a wrapped call still holds the call, and a statement that
// another one was put behind still stands there.
#pragma once

#include <vector>

#include "patterns/pattern.h"

namespace adapt::patterns {

// Without the matches that lie in code which is the edit's new code, with each variable standing for the same, and
// without those that are the new code themselves, with a variable standing for a part of what it stands for in the
// match.
Result<std::vector<Match>> drop_settled(const Edit& edit, const TermTree& tree, std::vector<Match> matches);

}  // namespace adapt::patterns
