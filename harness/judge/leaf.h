// One output leaf: floating values against limits, integers and booleans exactly.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/judge/outputs.h"
#include "harness/judge/policy.h"
#include "harness/judge/verdict.h"

namespace adapt::judge {

struct LeafFinding {
  LeafMetrics metrics;
  std::vector<std::string> reasons;  // for metrics.verdict
  std::vector<std::string> notes;
};

// The limits that hold for a leaf: the policy's precision, or the leaf's own where that is coarser.
const Limits& limits_for(const Leaf& leaf, const Policy& policy);

// `golden` is the same leaf of the fp64 run. Structures are already known to be equal.
LeafFinding compare_floats(const Leaf& reference, const Leaf* golden, const Leaf& candidate, const Policy& policy);

// Integers and booleans. `around` are all leaves of the reference: positions that an ordering chose between near-equal
// values (topk, argsort, argmax) are told from wrong ones by a floating leaf that holds the values.
LeafFinding compare_integers(const Leaf& reference, const Leaf* golden, const Leaf& candidate,
                             std::span<const Leaf> around, const Policy& policy);

}  // namespace adapt::judge
