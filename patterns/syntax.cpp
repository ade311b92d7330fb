#include "patterns/syntax.h"

#include <algorithm>
#include <unordered_set>

namespace adapt::patterns {
namespace {

// The value of a variable may be one of these; everything else in the tree is punctuation or structure.
const std::unordered_set<std::string_view>& expression_kinds() {
  static const std::unordered_set<std::string_view> kinds = {"identifier",
                                                             "attribute",
                                                             "call",
                                                             "subscript",
                                                             "string",
                                                             "concatenated_string",
                                                             "integer",
                                                             "float",
                                                             "true",
                                                             "false",
                                                             "none",
                                                             "ellipsis",
                                                             "list",
                                                             "tuple",
                                                             "dictionary",
                                                             "set",
                                                             "list_comprehension",
                                                             "dictionary_comprehension",
                                                             "set_comprehension",
                                                             "generator_expression",
                                                             "binary_operator",
                                                             "unary_operator",
                                                             "boolean_operator",
                                                             "comparison_operator",
                                                             "not_operator",
                                                             "conditional_expression",
                                                             "lambda",
                                                             "named_expression",
                                                             "await",
                                                             "dotted_name"};
  return kinds;
}

}  // namespace

bool is_expression_kind(std::string_view kind) { return expression_kinds().contains(kind); }

std::vector<std::string> expression_kind_names() { return {expression_kinds().begin(), expression_kinds().end()}; }

bool is_expression(const Term& term) { return is_expression_kind(term.kind); }

bool is_statement(const Term& term) { return term.kind.ends_with("_statement") || term.kind.ends_with("_definition"); }

bool is_chain(const TermTree& tree, TermId id) {
  while (tree.at(id).kind == "attribute") {
    const auto children = tree.children(id);
    if (children.empty()) return false;
    id = children.front();
  }
  return tree.at(id).kind == "identifier";
}

bool has_call(const TermTree& tree, TermId id) {
  const std::string_view kind = tree.at(id).kind;
  if (kind == "call" || kind == "await" || kind == "yield" || kind == "named_expression") return true;
  const auto children = tree.children(id);
  return std::any_of(children.begin(), children.end(), [&](TermId child) { return has_call(tree, child); });
}

}  // namespace adapt::patterns
