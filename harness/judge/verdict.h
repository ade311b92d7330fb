// What the judge hands back: metrics, and the worst answer that any check gave.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::judge {

// In the order of severity: a judgement is the worst of its parts. Unknown is inconclusive, never passed.
enum class Verdict : std::uint8_t {
  passed,
  inconclusive,  // the evidence cannot tell; the reasons say what is missing
  diverged,      // the candidate does not compute the model
};

std::string_view to_string(Verdict verdict);
inline Verdict worse(Verdict a, Verdict b) { return std::max(a, b); }

inline constexpr double kNotApplicable = std::numeric_limits<double>::quiet_NaN();

// One output leaf of one draw. Relative errors are against the nearer of the fp64 and the unmodified run; NaN means
// that the metric does not apply.
struct LeafMetrics {
  std::string leaf;
  std::string kind;   // float, int, bool, complex
  std::string dtype;  // as stored
  double relative_l2 = kNotApplicable;
  double balanced_l2 = kNotApplicable;  // elements weighted by their own size
  double worst_row = kNotApplicable;
  double worst_column = kNotApplicable;
  double max_scaled = kNotApplicable;  // worst element, in units of its own or the typical size
  double max_abs = kNotApplicable;
  double pcc = kNotApplicable;
  double top1 = kNotApplicable;
  double error_ratio = kNotApplicable;      // R
  double honest_relative = kNotApplicable;  // error of the unmodified run against fp64
  bool exact = false;                       // same bytes
  std::int64_t elements = 0;
  std::int64_t mismatches = 0;  // integers and booleans that differ
  std::int64_t non_finite_reference = 0;
  std::int64_t non_finite_candidate = 0;
  Verdict verdict = Verdict::passed;
};

struct DrawMetrics {
  std::string label;
  std::vector<LeafMetrics> leaves;
};

// How one leaf varies over the draws, after its mean over them is removed.
struct VariationMetrics {
  std::string leaf;
  double signal = 0;  // norm of the variation / norm of the truth
  double error = 0;   // norm of the wrong part of the variation / norm of the variation
  Verdict verdict = Verdict::passed;
};

struct Judgement {
  Verdict verdict = Verdict::passed;
  std::vector<DrawMetrics> draws;
  std::vector<VariationMetrics> variation;
  std::vector<std::string> reasons;  // why it is not passed, worst first found
  std::vector<std::string> notes;    // what a reader should know although it changes nothing

  void add(Verdict part, std::string reason);
};

Json to_json(const Judgement& judgement);
Result<Judgement> judgement_from_json(const Json& value);

}  // namespace adapt::judge
