#include "patterns/mine/belief.h"

#include <algorithm>

namespace adapt::patterns::mine {
namespace {

constexpr std::size_t kEnough = 3;        // sites that make a rule believable without asking how common its code is
constexpr std::size_t kManyExamples = 3;  // of which a rule must explain two places
constexpr double kMaxFrequency = 0.002;   // of files, for a rule with fewer sites
constexpr double kMaxFrequencyInOneFile = 0.05;  // for a rule with enough sites, all in the one example
constexpr double kMaxFrequencyOnce = 0.002;      // for a rule with one site of many

struct Share {
  std::string_view start;  // of a constraint
  double share;
};
constexpr Share kShares[] = {
    {"known dtype=", 0.05}, {"known tensor", 0.2}, {"made-by", 0.05}, {"read-by", 0.1}, {"number", 0.05}};

constexpr double kFormatted = 0.001;  // that the values fit the string is no chance

// That a value is a tensor, or a name, is no news.
bool tells_places_apart(const std::string& constraint) {
  return !constraint.starts_with("not ") && constraint != "known tensor" && !constraint.starts_with("kind = ");
}

bool says_something(const Rule& rule, TermId root) {
  Rule alone = rule;
  alone.before.roots = {root};
  if (knowledge(alone, false).leaves > 0) return true;
  const TermTree& tree = rule.tree(false);
  return std::any_of(rule.before.holes.begin(), rule.before.holes.end(), [&](const auto& hole) {
    const auto& constraints = rule.variables[static_cast<std::size_t>(hole.second)].constraints;
    return std::ranges::any_of(constraints, tells_places_apart) &&
           tree.at(root).span().contains(tree.at(hole.first).span());
  });
}

// A neighbour that may be any statement of its kind says nothing about the place.
bool has_empty_neighbour(const Rule& rule) {
  const auto& roots = rule.before.roots;
  return roots.size() > 1 && std::any_of(roots.begin(), roots.end(), [&](TermId root) {
           return rule.example->diff().unchanged(root) && !says_something(rule, root);
         });
}

// At more places it would be a part of what the author did than it is all of it.
bool is_mostly_part(const Learned& learned) {
  const auto parts =
      std::ranges::count_if(learned.score.sites, [](const Site& site) { return site.verdict == Verdict::unclear; });
  return !has_computation(learned.rule) && static_cast<std::size_t>(parts) > learned.score.right;
}

// Roughly which share of the code of its words the constraints of a rule let through.
double selectivity(const Rule& rule) {
  double out = 1;
  for (const RuleVariable& variable : rule.variables) {
    if (variable.computation && variable.kind == VariableKind::string) out *= kFormatted;
    for (const std::string& constraint : variable.constraints)
      for (const auto& [start, share] : kShares)
        if (constraint.starts_with(start)) out *= share;
  }
  return out;
}

}  // namespace

Belief::Belief(std::span<const Example> examples, const Background* background) : background_(background) {
  for (const Example& example : examples) repairs_ += example.edits().empty() ? 0 : 1;
}

bool Belief::often(const Learned& learned) const {
  if (learned.score.wrong > 0 || has_empty_neighbour(learned.rule) || is_mostly_part(learned)) return false;
  if (repairs_ >= kManyExamples && learned.score.right < 2) return false;
  if (learned.score.right >= kEnough && learned.score.files() > 1) return true;
  if (learned.score.right >= kEnough && repairs_ == 1) return is_rare(learned.rule, kMaxFrequencyInOneFile);
  return is_rare(learned.rule, kMaxFrequency);
}

bool Belief::is_rare(const Rule& rule, double frequency) const {
  return background_ == nullptr || background_->frequency(rule) * selectivity(rule) <= frequency;
}

bool Belief::once(const Learned& learned) const {
  return repairs_ >= kManyExamples && learned.score.wrong == 0 && learned.rule.is_expression &&
         learned.score.covered.size() == 1 && is_rare(learned.rule, kMaxFrequencyOnce);
}

}  // namespace adapt::patterns::mine
