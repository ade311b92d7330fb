// Where an edit that is chained to another one is looked for.
#pragma once

#include "patterns/pattern.h"

namespace adapt::patterns {

// Within the scope around a match of `anchor`, with the variables that it binds.
MatchOptions chained_options(const Edit& edit, const Edit& anchor, const Match& match);

}  // namespace adapt::patterns
