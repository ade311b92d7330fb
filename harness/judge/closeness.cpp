#include "harness/judge/closeness.h"

#include <cmath>

namespace adapt::judge {
namespace {

std::string differs(const Leaf& leaf, std::size_t element, const std::string& is, const std::string& was) {
  return fmt::format("{}: element {} of {} is {} and was {}", leaf.name, element, leaf.array.element_count(), is, was);
}

std::string integers_differ(const Leaf& was, const Leaf& is) {
  const auto before = was.array.to_integers(), after = is.array.to_integers();
  for (std::size_t i = 0; i < before.size(); ++i)
    if (before[i] != after[i]) return differs(was, i, std::to_string(after[i]), std::to_string(before[i]));
  return "";
}

bool same(double before, double after, const Closeness& closeness) {
  if (std::isnan(before) || std::isnan(after)) return std::isnan(before) && std::isnan(after);
  if (closeness.exact) return before == after && std::signbit(before) == std::signbit(after);
  if (std::isinf(before) || std::isinf(after)) return before == after;
  return std::abs(before - after) <= closeness.atol + closeness.rtol * std::abs(before);
}

std::string floats_differ(const Leaf& was, const Leaf& is, const Closeness& closeness) {
  const auto before = was.array.to_doubles(), after = is.array.to_doubles();
  for (std::size_t i = 0; i < before.size(); ++i)
    if (!same(before[i], after[i], closeness))
      return differs(was, i, fmt::format("{:.9g}", after[i]), fmt::format("{:.9g}", before[i]));
  return "";
}

}  // namespace

std::string first_difference(const Outputs& reference, const Outputs& candidate, const Closeness& closeness) {
  if (std::string found = structure_difference(reference, candidate); !found.empty()) return found;
  for (std::size_t i = 0; i < reference.leaves.size(); ++i) {
    const Leaf& was = reference.leaves[i];
    const Leaf& is = candidate.leaves[i];
    const bool whole = was.kind == "int" || was.kind == "bool";
    if (std::string found = whole ? integers_differ(was, is) : floats_differ(was, is, closeness); !found.empty())
      return found;
  }
  return "";
}

}  // namespace adapt::judge
