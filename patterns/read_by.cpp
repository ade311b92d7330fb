#include "patterns/read_by.h"

#include "patterns/assignments.h"

namespace adapt::patterns {
namespace {

pyast::Node statement_around(pyast::Node node) {
  while (node && node.parent() && node.parent().kind() != "block" && node.parent().kind() != "module")
    node = node.parent();
  return node;
}

// The call that the use is receiver or argument of, or kNoTerm.
TermId call_with(const TermTree& tree, TermId use) {
  const TermId around = tree.at(use).parent;
  if (around == kNoTerm) return kNoTerm;
  const TermId call = tree.at(around).parent;
  if (call == kNoTerm || tree.at(call).kind != "call") return kNoTerm;
  const bool receiver = tree.at(around).kind == "attribute" && tree.children(call).front() == around;
  return receiver || tree.at(around).kind == "argument" ? call : kNoTerm;
}

bool is_assigned_anew(const Term& use) {
  return use.node.field_name() == "left" && use.node.parent().kind() == "assignment";
}

}  // namespace

std::set<std::string> readers_of(const TermTree& tree, TermId variable) {
  const Term& term = tree.at(variable);
  if (term.kind != "identifier" || !term.name.empty()) return {};
  const std::uint32_t begin = statement_around(term.node).span().end;
  std::uint32_t end = function_around(term.node).span().end;
  std::set<std::string> out;
  for (const TermId use : tree.with_word(term.text)) {
    const Term& place = tree.at(use);
    if (place.kind != "identifier" || place.span().begin < begin) continue;
    if (place.span().begin >= end) break;
    if (is_assigned_anew(place)) end = std::min(end, place.node.parent().span().end);  // its value reads the old one
    if (const TermId call = call_with(tree, use); call != kNoTerm) out.emplace(called_name(tree, call));
  }
  return out;
}

}  // namespace adapt::patterns
