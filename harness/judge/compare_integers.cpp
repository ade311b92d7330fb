#include <algorithm>
#include <cmath>
#include <optional>

#include "harness/judge/errors.h"
#include "harness/judge/leaf.h"

namespace adapt::judge {
namespace {

using Integers = std::vector<std::int64_t>;

// The floating leaf that an ordering probably looked at: of the same shape (topk and sort return values beside
// indices), or with one more dimension that the integers point into (argmax).
struct Ordering {
  std::vector<double> values;
  std::int64_t width = 0;  // of a row of values
  bool points_into = false;
  double margin = 0;  // relative: values nearer than this may swap
};

std::optional<Ordering> ordering_behind(const Leaf& integers, std::span<const Leaf> around, const Policy& policy) {
  for (const bool points_into : {false, true}) {
    for (const Leaf& leaf : around) {
      if (leaf.kind != "float" || leaf.shape.empty()) continue;
      std::vector<std::int64_t> shape = leaf.shape;
      const std::int64_t width = shape.back();
      if (points_into) shape.pop_back();
      if (shape != integers.shape || width < 1) continue;
      const Limits& row = limits_for(leaf, policy);
      return Ordering{leaf.array.to_doubles(), width, points_into, row.error_ratio * row.floor_units * row.unit};
    }
  }
  return std::nullopt;
}

bool near(double a, double b, double margin, double typical) {
  return std::abs(a - b) <= margin * std::max({std::abs(a), std::abs(b), typical});
}

// True when position `i` may hold `is` instead of `was` because the values behind both are near-equal.
bool is_tie(const Ordering& ordering, const Integers& reference, const Integers& candidate, std::size_t i) {
  const std::size_t width = as_index(ordering.width);
  if (ordering.points_into) {
    const std::int64_t was = reference[i];
    const std::int64_t is = candidate[i];
    if (std::min(was, is) < 0 || std::max(was, is) >= ordering.width) return false;
    const auto row = std::span(ordering.values).subspan(i * width, width);
    return near(row[as_index(was)], row[as_index(is)], ordering.margin, root_mean_square(row));
  }
  const std::size_t begin = i / width * width;
  const auto values = std::span(ordering.values).subspan(begin, width);
  const auto picks = std::span(reference).subspan(begin, width);
  const auto where = std::find(picks.begin(), picks.end(), candidate[i]);
  if (where == picks.end()) return false;
  return near(values[i - begin], values[as_index(where - picks.begin())], ordering.margin, root_mean_square(values));
}

// The reference's neighbour in its row is near-equal, so a pick from outside the row (the one after the last of a topk)
// is possible but cannot be proved.
bool beside_a_tie(const Ordering& ordering, std::size_t i) {
  if (ordering.points_into) return false;
  const std::size_t width = as_index(ordering.width);
  const std::size_t begin = i / width * width;
  const auto values = std::span(ordering.values).subspan(begin, width);
  for (std::size_t other = 0; other < width; ++other) {
    if (begin + other != i && near(values[other], values[i - begin], ordering.margin, root_mean_square(values))) {
      return true;
    }
  }
  return false;
}

struct Tally {
  std::int64_t different = 0;
  std::int64_t tied = 0;
  std::int64_t unstable = 0;  // fp32 and fp64 already disagree here, or a tie that cannot be proved
};

Tally tally(const Integers& reference, const Integers& golden, const Integers& candidate,
            const std::optional<Ordering>& ordering) {
  Tally counts;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    if (reference[i] == candidate[i]) continue;
    ++counts.different;
    if (ordering && is_tie(*ordering, reference, candidate, i))
      ++counts.tied;
    else if ((!golden.empty() && golden[i] != reference[i]) || (ordering && beside_a_tie(*ordering, i)))
      ++counts.unstable;
  }
  return counts;
}

}  // namespace

LeafFinding compare_integers(const Leaf& reference, const Leaf* golden, const Leaf& candidate,
                             std::span<const Leaf> around, const Policy& policy) {
  LeafFinding finding;
  LeafMetrics& metrics = finding.metrics;
  metrics.leaf = reference.name;
  metrics.kind = reference.kind;
  metrics.dtype = tensor::to_string(reference.array.dtype);
  metrics.elements = reference.array.element_count();
  metrics.exact = reference.array.bytes == candidate.array.bytes;
  if (metrics.exact) return finding;

  const Integers was = reference.array.to_integers();
  const Integers is = candidate.array.to_integers();
  Integers in_golden;
  if (golden != nullptr && golden->array.shape == reference.array.shape &&
      golden->array.dtype == reference.array.dtype) {
    in_golden = golden->array.to_integers();
  }
  const Tally counts = tally(was, in_golden, is, ordering_behind(reference, around, policy));
  metrics.mismatches = counts.different;
  if (counts.different == counts.tied) {
    finding.notes.push_back(fmt::format("{} of {} values differ where the order of near-equal values decides",
                                        counts.different, metrics.elements));
    return finding;
  }
  const bool unknown = counts.different == counts.tied + counts.unstable;
  metrics.verdict = unknown ? Verdict::inconclusive : Verdict::diverged;
  finding.reasons.push_back(
      unknown ? fmt::format("{} of {} values differ where the model's own fp32 and fp64 runs or near-ties differ too",
                            counts.different, metrics.elements)
              : fmt::format("{} of {} {} values differ", counts.different, metrics.elements, metrics.kind));
  return finding;
}

}  // namespace adapt::judge
