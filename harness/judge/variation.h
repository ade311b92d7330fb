// How outputs change from draw to draw. A constant, a memoised or a mean output can be near every single reference and
// still not follow the inputs; what is left after the mean over the draws is removed has to follow them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/judge/outputs.h"
#include "harness/judge/policy.h"
#include "harness/judge/verdict.h"

namespace adapt::judge {

struct DrawOutputs {
  const Outputs* reference = nullptr;
  const Outputs* golden = nullptr;  // may be null
  const Outputs* candidate = nullptr;
};

struct VariationFinding {
  std::vector<VariationMetrics> metrics;
  Verdict verdict = Verdict::passed;
  std::vector<std::string> reasons;
};

// The draws have equal structures up to shapes; leaves are compared over the draws that share the first draw's shape.
// Inconclusive when no leaf of the reference varies by more than the limits allow: then a constant would pass.
VariationFinding judge_variation(std::span<const DrawOutputs> draws, const Policy& policy);

}  // namespace adapt::judge
