#include "patterns/made_by.h"

#include "patterns/assignments.h"

namespace adapt::patterns {
namespace {

// Of a variable what its function assigns, or else the module.
std::vector<TermId> values_of(const TermTree& tree, TermId id) {
  if (tree.at(id).kind == "attribute") return values_assigned(tree, id, false);
  std::vector<TermId> out;
  for (const Assigned& assigned : assignments_to(tree, id)) {
    if (assigned.index) return {};
    out.push_back(assigned.value);
  }
  return out.empty() ? values_assigned(tree, id, true) : out;
}

}  // namespace

std::set<std::string> makers_of(const TermTree& tree, TermId expression) {
  const Term& term = tree.at(expression);
  if (term.kind == "call" && term.count > 0) return {std::string(called_name(tree, expression))};
  if (term.kind != "identifier" && term.kind != "attribute") return {};
  std::set<std::string> out;
  for (const TermId value : values_of(tree, expression)) {
    if (tree.at(value).kind != "call" || tree.at(value).count == 0) return {};
    out.emplace(called_name(tree, value));
  }
  return out;
}

}  // namespace adapt::patterns
