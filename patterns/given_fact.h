// A fact that a sample states in place of a run: "mask: f32[2, 6] not unaliased".
#pragma once

#include <string>
#include <string_view>

#include "patterns/facts.h"

namespace adapt::patterns {

struct GivenFact {
  std::string name;  // a variable, or dotted attributes of one
  Fact fact;
};

// Behind the name a tensor (DTYPE[SIZES], as inputs of checks are written) or a number (int, float, bool), then any of
// the constraints that only a run can decide.
Result<GivenFact> parse_given_fact(std::string_view text);

}  // namespace adapt::patterns
