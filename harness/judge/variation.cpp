#include "harness/judge/variation.h"

#include <algorithm>
#include <cmath>

#include "harness/judge/leaf.h"

namespace adapt::judge {
namespace {

using Values = std::vector<double>;

// The values of one leaf over the draws, each with the mean over the draws removed, end to end.
Values centred(const std::vector<Values>& draws) {
  const std::size_t size = draws.front().size();
  Values all;
  all.reserve(size * draws.size());
  Values mean(size);
  for (const Values& draw : draws) {
    for (std::size_t i = 0; i < size; ++i) mean[i] += draw[i] / static_cast<double>(draws.size());
  }
  for (const Values& draw : draws) {
    for (std::size_t i = 0; i < size; ++i) all.push_back(draw[i] - mean[i]);
  }
  return all;
}

double norm(const Values& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

double distance(const Values& a, const Values& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

// One leaf over all draws that share a shape. Elements that are not ordinary numbers in some run are zero in all.
struct Series {
  std::vector<Values> reference, golden, candidate;
};

bool ordinary(double value) { return std::isfinite(value) && std::abs(value) < 1e30; }

void blank_special_values(Series& series) {
  const std::size_t size = series.reference.front().size();
  for (std::size_t i = 0; i < size; ++i) {
    bool usable = true;
    for (const auto* runs : {&series.reference, &series.golden, &series.candidate}) {
      for (const Values& draw : *runs) usable = usable && ordinary(draw[i]);
    }
    if (usable) continue;
    for (auto* runs : {&series.reference, &series.golden, &series.candidate}) {
      for (Values& draw : *runs) draw[i] = 0;
    }
  }
}

Series series_of(std::span<const DrawOutputs> draws, std::size_t leaf) {
  Series series;
  const auto& shape = draws.front().reference->leaves[leaf].array.shape;
  bool golden = true;
  for (const DrawOutputs& draw : draws) {
    const Leaf& reference = draw.reference->leaves[leaf];
    if (reference.array.shape != shape) continue;
    series.reference.push_back(reference.array.to_doubles());
    series.candidate.push_back(draw.candidate->leaves[leaf].array.to_doubles());
    golden = golden && draw.golden != nullptr && draw.golden->leaves[leaf].array.shape == shape;
    if (golden) series.golden.push_back(draw.golden->leaves[leaf].array.to_doubles());
  }
  if (!golden) series.golden.clear();
  blank_special_values(series);
  return series;
}

struct Outcome {
  VariationMetrics metrics;
  bool telling = false;  // a constant would have been noticed
  std::string reason;
};

Outcome judge_series(const Series& series, const Leaf& leaf, const Policy& policy) {
  Outcome outcome;
  outcome.metrics.leaf = leaf.name;
  const Limits& row = limits_for(leaf, policy);
  const bool has_golden = !series.golden.empty();
  const std::vector<Values>& truth = has_golden ? series.golden : series.reference;
  const Values signal = centred(truth);
  const Values candidate = centred(series.candidate);
  double size = 0;
  for (const Values& draw : truth) size = std::hypot(size, norm(draw));
  const double own_unit = limits(native_precision(leaf.array.dtype)).unit;
  const double honest = has_golden ? distance(centred(series.reference), signal) * row.unit / own_unit : 0;
  double error = distance(candidate, signal);
  if (has_golden) error = std::min(error, distance(candidate, centred(series.reference)));
  const double least = has_golden ? row.error_ratio * row.floor_units * row.unit : row.without_golden;
  const double limit = std::max(row.error_ratio * honest, least * size);

  outcome.metrics.signal = size > 0 ? norm(signal) / size : 0;
  outcome.metrics.error = norm(signal) > 0 ? error / norm(signal) : kNotApplicable;
  // Less than half the variation lost is what a constant can never reach.
  outcome.telling = norm(signal) > 2 * limit;
  if (outcome.telling && norm(candidate) < 0.5 * norm(signal)) {
    outcome.metrics.verdict = Verdict::diverged;
    outcome.reason = "the output follows the inputs in the model and hardly does in the candidate";
  } else if (error > limit && outcome.telling) {
    // The single draws decide how large an error may be; here only its share of the variation counts.
    const bool lost = error > 0.25 * norm(signal);
    outcome.metrics.verdict = lost ? Verdict::diverged : Verdict::passed;
    if (lost)
      outcome.reason = fmt::format("{:.0f}% of the variation over inputs is wrong", 100 * outcome.metrics.error);
  }
  return outcome;
}

// Integers and booleans that vary are telling too: they are compared exactly, draw by draw.
bool integers_vary(std::span<const DrawOutputs> draws, std::size_t leaf) {
  const Leaf& first = draws.front().reference->leaves[leaf];
  return std::any_of(draws.begin(), draws.end(), [&](const DrawOutputs& draw) {
    const Leaf& other = draw.reference->leaves[leaf];
    return other.array.shape == first.array.shape && other.array.bytes != first.array.bytes;
  });
}

}  // namespace

VariationFinding judge_variation(std::span<const DrawOutputs> draws, const Policy& policy) {
  VariationFinding finding;
  bool telling = false;
  for (std::size_t leaf = 0; leaf < draws.front().reference->leaves.size(); ++leaf) {
    const Leaf& first = draws.front().reference->leaves[leaf];
    if (!tensor::is_floating(first.array.dtype)) {
      telling = telling || integers_vary(draws, leaf);
      continue;
    }
    const Series series = series_of(draws, leaf);
    if (series.reference.size() < 2 || series.reference.front().empty()) continue;
    const Outcome outcome = judge_series(series, first, policy);
    telling = telling || outcome.telling;
    finding.metrics.push_back(outcome.metrics);
    finding.verdict = worse(finding.verdict, outcome.metrics.verdict);
    if (!outcome.reason.empty()) finding.reasons.push_back(first.name + ": " + outcome.reason);
  }
  if (!telling) {
    finding.verdict = worse(finding.verdict, Verdict::inconclusive);
    finding.reasons.push_back("no output of the model varies with the draws, so a constant would agree as well");
  }
  return finding;
}

}  // namespace adapt::judge
