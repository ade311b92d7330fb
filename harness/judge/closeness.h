// Two versions of one function on the same inputs: equal within limits that somebody has set beforehand.
#pragma once

#include <string>

#include "harness/judge/outputs.h"

namespace adapt::judge {

struct Closeness {
  bool exact = true;  // the same bits, but any NaN for any NaN; else |a - b| <= atol + rtol * |a|
  double rtol = 0, atol = 0;
};

// The first difference, in structure or in values, or "". Integers and booleans are compared exactly in any case.
std::string first_difference(const Outputs& reference, const Outputs& candidate, const Closeness& closeness);

}  // namespace adapt::judge
