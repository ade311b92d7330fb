// What the evidence says of a pattern, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "patterns/evidence/standing.h"
#include "patterns/pattern.h"
#include "tools/base/json.h"

namespace adapt::cli {

// id, revision, title, status (effective), risk, file, and the counts behind the status.
OrderedJson pattern_json(const patterns::Pattern& pattern, const evidence::Standing& standing);

// "evidence  3 passes on 2 models in 4 attempts", then one line for each thing worth knowing; none when nothing is
// known.
std::vector<std::string> standing_lines(const patterns::Pattern& pattern, const evidence::Standing& standing);

}  // namespace adapt::cli
