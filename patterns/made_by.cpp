#include "patterns/made_by.h"

#include "patterns/assignments.h"

namespace adapt::patterns {
namespace {

// What is assigned to this very code: in a function, or else anywhere.
std::vector<TermId> values_assigned(const TermTree& tree, TermId id) {
  std::vector<TermId> out;
  const Term& term = tree.at(id);
  if (term.kind == "identifier")
    for (const Assigned& assigned : assignments_to(tree, id)) {
      if (assigned.index) return {};
      out.push_back(assigned.value);
    }
  if (!out.empty()) return out;
  for (const TermId assignment : tree.of_kind("assignment")) {
    const auto parts = tree.children(assignment);
    if (parts.size() < 2 || tree.at(parts.front()).hash != term.hash) continue;
    const TermId statement = tree.at(assignment).parent;
    const bool top = statement != kNoTerm && tree.at(statement).parent == tree.root();
    if (term.kind == "attribute" || top) out.push_back(parts.back());
  }
  return out;
}

}  // namespace

std::set<std::string> makers_of(const TermTree& tree, TermId expression) {
  const Term& term = tree.at(expression);
  if (term.kind == "call" && term.count > 0) return {std::string(called_name(tree, expression))};
  if (term.kind != "identifier" && term.kind != "attribute") return {};
  std::set<std::string> out;
  for (const TermId value : values_assigned(tree, expression)) {
    if (tree.at(value).kind != "call" || tree.at(value).count == 0) return {};
    out.emplace(called_name(tree, value));
  }
  return out;
}

}  // namespace adapt::patterns
