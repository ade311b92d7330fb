// Looks at what a proposal makes of the sources: still Python, and settled (a second application changes nothing).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "patterns/corpus.h"
#include "patterns/pattern.h"
#include "patterns/propose.h"

namespace adapt::patterns {

// Index of a site -> what is wrong with it.
Result<std::map<std::size_t, std::string>> examine(const Pattern& pattern, const std::vector<Site>& sites,
                                                   Corpus& corpus);

}  // namespace adapt::patterns
