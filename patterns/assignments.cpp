#include "patterns/assignments.h"

#include <algorithm>
#include <span>

namespace adapt::patterns {
namespace {

bool mentions(const TermTree& tree, TermId id, std::string_view name) {
  const Term& term = tree.at(id);
  if (term.kind == "identifier" && term.text == name) return true;
  const auto children = tree.children(id);
  return std::any_of(children.begin(), children.end(), [&](TermId child) { return mentions(tree, child, name); });
}

}  // namespace

pyast::Node function_around(pyast::Node node) {
  while (node && node.kind() != "function_definition" && node.kind() != "module") node = node.parent();
  return node;
}

std::vector<Assigned> assignments_to(const TermTree& tree, TermId variable) {
  std::vector<Assigned> out;
  const std::string_view name = tree.at(variable).text;
  const pyast::Span around = function_around(tree.at(variable).node).span();
  const auto all = tree.of_kind("assignment");
  const auto first = std::partition_point(
      all.begin(), all.end(), [&](TermId assignment) { return tree.at(assignment).span().begin < around.begin; });
  for (const TermId assignment : std::span(first, all.end())) {
    if (tree.at(assignment).span().begin >= around.end) break;
    const auto parts = tree.children(assignment);
    if (parts.size() < 2) continue;
    const Term& left = tree.at(parts.front());
    if (left.kind == "identifier" && left.text == name) {
      if (!mentions(tree, parts.back(), name)) out.push_back({parts.back(), std::nullopt});
    } else if (left.kind == "tuple") {
      const auto targets = tree.children(parts.front());
      for (std::size_t i = 0; i < targets.size(); ++i)
        if (tree.at(targets[i]).text == name) out.push_back({parts.back(), i});
    }
  }
  return out;
}

std::vector<TermId> values_assigned(const TermTree& tree, TermId target, bool by_module) {
  std::vector<TermId> out;
  for (const TermId assignment : tree.of_kind("assignment")) {
    const auto parts = tree.children(assignment);
    if (parts.size() < 2 || tree.at(parts.front()).hash != tree.at(target).hash) continue;
    const TermId statement = tree.at(assignment).parent;
    if (!by_module || (statement != kNoTerm && tree.at(statement).parent == tree.root())) out.push_back(parts.back());
  }
  return out;
}

pyast::Node annotation_of(const TermTree& tree, TermId variable) {
  const std::string_view name = tree.at(variable).text;
  const pyast::Node parameters = function_around(tree.at(variable).node).child_by_field("parameters");
  if (!parameters) return {};
  for (const pyast::Node parameter : parameters.named_children()) {
    const auto parts = parameter.named_children();
    if (!parts.empty() && parts.front().text() == name) return parameter.child_by_field("type");
  }
  return {};
}

std::string_view called_name(const TermTree& tree, TermId call) {
  const TermId callee = tree.children(call).front();
  const Term& term = tree.at(callee);
  if (!term.name.empty()) return term.name.substr(term.name.rfind('.') + 1);
  return term.kind == "attribute" ? tree.at(tree.children(callee).back()).text : term.text;
}

TermId operand_of(const TermTree& tree, TermId call, std::size_t n) {
  const auto parts = tree.children(call);
  const Term& callee = tree.at(parts.front());
  if (callee.name.empty() && callee.kind == "attribute") {
    if (n == 0) return tree.children(parts.front()).front();
    --n;
  }
  if (n + 1 >= parts.size() || tree.at(parts[n + 1]).kind != "argument") return kNoTerm;
  return tree.children(parts[n + 1]).front();
}

}  // namespace adapt::patterns
