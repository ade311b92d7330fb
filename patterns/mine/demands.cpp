#include "patterns/mine/demands.h"

#include <algorithm>

#include "patterns/assignments.h"

namespace adapt::patterns::mine {
namespace {

struct Demand {
  std::string_view function;   // last word of its name
  std::string_view parameter;  // as the argument is labelled
  std::string_view constraint;
  bool graded = true;  // may be known or only possible
};
constexpr Demand kDemands[] = {
    {"where", "condition", "dtype=bool"},
    {"where", "condition", "tensor"},
    {"where", "input", "not kind = subscript", false},  // what an index chose has another shape
    {"masked_fill", "mask", "dtype=bool"},
    {"masked_scatter", "mask", "dtype=bool"},
    {"masked_select", "mask", "dtype=bool"},
};

// Calls `visit` with whatever is asked of the argument that the term is.
template <class Visit>
void each_demand(const TermTree& tree, TermId id, Visit visit) {
  const TermId argument = tree.at(id).parent;
  if (argument == kNoTerm || tree.at(argument).kind != "argument" || tree.at(argument).parent == kNoTerm) return;
  const TermId call = tree.at(argument).parent;
  if (tree.at(call).kind != "call") return;
  const std::string_view name = called_name(tree, call);
  for (const Demand& demand : kDemands)
    if (demand.function == name && demand.parameter == tree.at(argument).text) visit(demand);
}

bool is_demanded(const TermTree& tree, const Rule::Side& side, int variable, std::string_view constraint) {
  bool found = false;
  for (const auto& [id, hole] : side.holes)
    if (hole == variable)
      each_demand(tree, id, [&](const Demand& asked) { found = found || asked.constraint == constraint; });
  return found;
}

}  // namespace

bool add_demands(Rule& rule, Certainty certainty) {
  bool added = false;
  for (const auto& [id, hole] : rule.after.holes) {
    RuleVariable& variable = rule.variables[static_cast<std::size_t>(hole)];
    if (variable.kind != VariableKind::expr || variable.computation) continue;
    each_demand(rule.tree(true), id, [&](const Demand& asked) {
      if (is_demanded(rule.tree(false), rule.before, hole, asked.constraint)) return;
      if (!asked.graded && certainty == Certainty::possible) return;
      const bool known = asked.graded && certainty == Certainty::known;
      std::string constraint = (known ? "known " : "") + std::string(asked.constraint);
      if (std::ranges::find(variable.constraints, constraint) != variable.constraints.end()) return;
      variable.constraints.push_back(std::move(constraint));
      added = true;
    });
  }
  return added;
}

}  // namespace adapt::patterns::mine
