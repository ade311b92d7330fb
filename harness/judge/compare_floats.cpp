#include <algorithm>
#include <array>
#include <cmath>

#include "harness/judge/errors.h"
#include "harness/judge/leaf.h"

namespace adapt::judge {
namespace {

// A fill value such as the lowest finite number of a dtype, not a number that was computed.
double fill_threshold(tensor::DType dtype) { return dtype == tensor::DType::f16 ? 3e4 : 1e30; }

bool is_fill(double value, double threshold) { return std::isfinite(value) && std::abs(value) >= threshold; }

bool same_non_finite(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return !(std::isinf(a) || std::isinf(b)) || a == b;
}

std::int64_t count_non_finite(std::span<const double> values) {
  return std::count_if(values.begin(), values.end(), [](double value) { return !std::isfinite(value); });
}

// The three runs as numbers. Places without a computed finite number are compared here, then set to zero in all three,
// so that the metrics see only what was computed.
struct Runs {
  std::vector<double> reference, candidate, golden;  // golden is empty where it cannot be used
  std::int64_t compared = 0;                         // elements left for the metrics
};

void check_special_values(Runs& runs, double threshold, LeafFinding& finding) {
  std::int64_t misplaced = 0;
  std::int64_t other_fill = 0;
  bool golden_fits = !runs.golden.empty();
  for (std::size_t i = 0; i < runs.reference.size(); ++i) {
    double& was = runs.reference[i];
    double& is = runs.candidate[i];
    const bool fill = is_fill(was, threshold);
    if (!same_non_finite(was, is))
      ++misplaced;
    else if (fill && std::abs(is - was) > 1e-3 * std::abs(was))
      ++other_fill;
    const bool computed = std::isfinite(was) && !fill;
    // In fp64 the lowest finite number is another one: only places that hold a number in both runs can be compared.
    if (golden_fits && computed) golden_fits = std::isfinite(runs.golden[i]) && !is_fill(runs.golden[i], threshold);
    runs.compared += computed ? 1 : 0;
    if (computed && std::isfinite(is)) continue;
    was = is = 0;
    if (!runs.golden.empty()) runs.golden[i] = 0;
  }
  if (!runs.golden.empty() && !golden_fits) {
    runs.golden.clear();
    finding.notes.push_back("the fp64 run has infinite or undefined values where the model has numbers; not used");
  }
  LeafMetrics& metrics = finding.metrics;
  if (misplaced > 0) {
    metrics.verdict = Verdict::diverged;
    finding.reasons.push_back(
        fmt::format("{} values are NaN or infinite in one run and not so in the other", misplaced));
  }
  if (other_fill > 0) {
    metrics.verdict = Verdict::diverged;
    finding.reasons.push_back(fmt::format("{} fill values are others", other_fill));
  }
}

struct View {
  const char* name;
  double ErrorProfile::*field;
};
constexpr std::array<View, 5> kViews = {{{"relative L2 error", &ErrorProfile::relative},
                                         {"error balanced over elements", &ErrorProfile::balanced},
                                         {"error of the worst row", &ErrorProfile::row},
                                         {"error of the worst channel", &ErrorProfile::column},
                                         {"error of the worst element", &ErrorProfile::element}}};

// Everything the limits are derived from. `honest` is the error of the unmodified run, carried over to the precision
// that is asked for: to first order rounding errors scale with the unit.
struct Yardstick {
  const Limits& limits;
  ErrorProfile honest;
  bool has_golden = false;

  double least() const { return limits.floor_units * limits.unit; }
  double limit(double ErrorProfile::*field) const {
    if (!has_golden) return limits.without_golden;
    return limits.error_ratio * std::max(honest.*field, least());
  }
  // One row or element may be off by more than the whole; without a golden run nothing says by how much.
  double cap(double ErrorProfile::*field) const {
    const bool whole = field == &ErrorProfile::relative || field == &ErrorProfile::balanced;
    return whole ? limits.cap : 30 * limits.cap;
  }
};

ErrorProfile scaled(ErrorProfile profile, double factor) {
  for (const View& view : kViews) profile.*(view.field) *= factor;
  return profile;
}

Verdict decide(const ErrorProfile& error, const Yardstick& yardstick, LeafFinding& finding) {
  Verdict verdict = Verdict::passed;
  for (const View& view : kViews) {
    const double value = error.*(view.field);
    const bool single = view.field != &ErrorProfile::relative && view.field != &ErrorProfile::balanced;
    const double slack = single && !yardstick.has_golden ? 30 : 1;
    const double limit = slack * yardstick.limit(view.field);
    const double cap = yardstick.cap(view.field);
    if (value <= std::min(limit, cap)) continue;
    // Between limit and cap without a golden run, or under a limit that is above the cap, the numbers cannot tell.
    const bool unknown = yardstick.has_golden ? value <= limit : value <= cap;
    verdict = worse(verdict, unknown ? Verdict::inconclusive : Verdict::diverged);
    finding.reasons.push_back(
        unknown ? fmt::format("{} {:.2e} cannot be told from the uncertainty of the reference", view.name, value)
                : fmt::format("{} {:.2e} is above {:.2e}", view.name, value, std::min(limit, cap)));
  }
  return verdict;
}

// A truth that is nothing but rounding residue has no size to be relative to.
bool is_zero(const Runs& runs, double reference_size, double golden_size, double honest_relative) {
  if (reference_size == 0) return true;
  return !runs.golden.empty() && std::max(reference_size, golden_size) < 1e-6 && !(honest_relative < 0.1);
}

void compare_with_zero(const Runs& runs, const Limits& limits, LeafFinding& finding) {
  double allowed = 16 * limits.unit;
  for (const double value : runs.reference) allowed = std::max(allowed, 4 * std::abs(value));
  for (const double value : runs.golden) allowed = std::max(allowed, 4 * std::abs(value));
  finding.notes.push_back("the model's output is zero, so sizes are compared absolutely");
  if (finding.metrics.max_abs <= allowed) return;
  finding.metrics.verdict = Verdict::diverged;
  finding.reasons.push_back(
      fmt::format("the model returns zeros, the candidate values up to {:.2e}", finding.metrics.max_abs));
}

void compare_picks(const Runs& runs, const Scale& scale, Grid grid, const Yardstick& yardstick, LeafFinding& finding) {
  if (grid.columns < 2) return;
  const double margin = 8 * std::max(yardstick.honest.element, yardstick.least());
  const std::vector<double>& truth = runs.golden.empty() ? runs.reference : runs.golden;
  const Top1 top = top1_agreement(runs.candidate, truth, grid, margin, scale.element);
  finding.metrics.top1 = top.agreement;
  if (top.tied >= yardstick.limits.top1) return;
  finding.metrics.verdict = worse(finding.metrics.verdict, Verdict::diverged);
  finding.reasons.push_back(
      fmt::format("the largest entry is another in {:.1f}% of the rows, near-ties not counted", 100 * (1 - top.tied)));
}

void compare_numbers(const Runs& runs, Grid grid, const Limits& limits, double unit_factor, LeafFinding& finding) {
  LeafMetrics& metrics = finding.metrics;
  const Scale scale = scale_of(runs.reference, grid);
  Yardstick yardstick{limits, {}, !runs.golden.empty()};
  ErrorProfile error = error_profile(runs.candidate, runs.reference, scale, grid);
  double honest_relative = kNotApplicable;
  double golden_size = 0;
  double against_golden = kNotApplicable;
  if (yardstick.has_golden) {
    const ErrorProfile honest = error_profile(runs.reference, runs.golden, scale, grid);
    const ErrorProfile distance = error_profile(runs.candidate, runs.golden, scale, grid);
    honest_relative = honest.relative;
    against_golden = distance.relative;
    golden_size = root_mean_square(runs.golden);
    yardstick.honest = scaled(honest, unit_factor);
    error = nearer(error, distance);
  }
  if (is_zero(runs, scale.all, golden_size, honest_relative)) return compare_with_zero(runs, limits, finding);

  metrics.relative_l2 = error.relative;
  metrics.balanced_l2 = error.balanced;
  metrics.worst_row = error.row;
  metrics.worst_column = error.column;
  metrics.max_scaled = error.element;
  metrics.honest_relative = honest_relative;
  metrics.error_ratio = against_golden / std::max(yardstick.honest.relative, yardstick.least());
  metrics.pcc = correlation(runs.candidate, runs.reference);
  metrics.verdict = worse(metrics.verdict, decide(error, yardstick, finding));
  // Between the mildest fp16 and the worst bf16 that was measured; a hint for the reader, never a reason to pass.
  const bool low_precision = metrics.error_ratio > 1e3 && metrics.error_ratio < 1e5 && error.relative < 0.03;
  if (metrics.verdict == Verdict::diverged && low_precision && limits.precision == Precision::fp32) {
    finding.notes.push_back(fmt::format("an error of {:.0f} times an honest run's is what lower precision looks like",
                                        metrics.error_ratio));
  }
  // Undefined where the model's output is constant: the errors above have compared it, and no score is made up.
  if (metrics.pcc < limits.correlation && metrics.verdict == Verdict::passed) {
    const double own = yardstick.has_golden ? correlation(runs.reference, runs.golden) : 1;
    metrics.verdict = own < limits.correlation ? Verdict::inconclusive : Verdict::diverged;
    finding.reasons.push_back(fmt::format("correlation {:.6f} is below {}", metrics.pcc, limits.correlation));
  }
  compare_picks(runs, scale, grid, yardstick, finding);
}

}  // namespace

const Limits& limits_for(const Leaf& leaf, const Policy& policy) {
  const Limits& asked = limits(policy.precision);
  const Limits& own = limits(native_precision(leaf.array.dtype));
  return own.unit > asked.unit ? own : asked;
}

LeafFinding compare_floats(const Leaf& reference, const Leaf* golden, const Leaf& candidate, const Policy& policy) {
  LeafFinding finding;
  LeafMetrics& metrics = finding.metrics;
  Runs runs{reference.array.to_doubles(), candidate.array.to_doubles(), {}, 0};
  if (golden != nullptr && golden->array.shape == reference.array.shape) runs.golden = golden->array.to_doubles();
  metrics.leaf = reference.name;
  metrics.kind = reference.kind;
  metrics.dtype = tensor::to_string(reference.array.dtype);
  metrics.elements = reference.array.element_count();
  metrics.exact = reference.array.bytes == candidate.array.bytes;
  metrics.non_finite_reference = count_non_finite(runs.reference);
  metrics.non_finite_candidate = count_non_finite(runs.candidate);
  if (metrics.elements == 0) return finding;
  check_special_values(runs, fill_threshold(reference.array.dtype), finding);
  metrics.max_abs = 0;
  for (std::size_t i = 0; i < runs.reference.size(); ++i) {
    metrics.max_abs = std::max(metrics.max_abs, std::abs(runs.candidate[i] - runs.reference[i]));
  }
  if (runs.compared == 0) {
    metrics.verdict = worse(metrics.verdict, Verdict::inconclusive);
    finding.reasons.push_back("the model itself computes no finite number here");
    return finding;
  }
  const Limits& row = limits_for(reference, policy);
  const double unit_factor = row.unit / limits(native_precision(reference.array.dtype)).unit;
  compare_numbers(runs, grid_of(reference.array.shape), row, std::max(unit_factor, 1.0), finding);
  return finding;
}

}  // namespace adapt::judge
