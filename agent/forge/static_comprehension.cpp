#include <fmt/format.h>

#include <algorithm>

#include "agent/forge/static_expression.h"

namespace adapt::forge {
namespace {

using Kind = StaticValue::Kind;
using pyast::Node;

bool is_clause(Node node) { return node.kind() == "for_in_clause" || node.kind() == "if_clause"; }

}  // namespace

StaticPtr StaticExpressions::comprehension_of(Node node, StaticScope& scope) {
  StaticValue out{.kind = node.kind() == "dictionary_comprehension" ? Kind::dict : Kind::list};
  std::vector<Node> clauses;
  for (const Node child : node.named_children())
    if (is_clause(child)) clauses.push_back(child);
  StaticScope inner{.outer = &scope};
  if (!clauses_of(node, clauses, 0, inner, out))
    return unknown_at(node, out.text.empty() ? "a comprehension" : "a comprehension over " + out.text);
  return make_value(std::move(out));
}

// Adds what the clauses from `at` on give; false where that is not known, with the reason in `out.text`.
bool StaticExpressions::clauses_of(Node node, const std::vector<Node>& clauses, std::size_t at, StaticScope& scope,
                                   StaticValue& out) {
  if (at == clauses.size()) {
    const Node body = node.child_by_field("body");
    if (out.pairs.size() + out.items.size() >= kMostItems || !take_step()) return false;
    if (!out.is(Kind::dict)) {
      out.items.push_back(value_of(body, scope));
      return true;
    }
    const StaticPtr key = value_of(body.child_by_field("key"), scope);
    if (!is_known(*key)) return false;
    set_item(out, key, value_of(body.child_by_field("value"), scope));
    return true;
  }
  const Node clause = clauses[at];
  if (clause.kind() == "if_clause") {
    const auto holds = truth_of(clause.named_children().front(), scope);
    return holds && (!*holds || clauses_of(node, clauses, at + 1, scope, out));
  }
  const StaticPtr over = value_of(clause.child_by_field("right"), scope);
  const auto items = iterate(*over);
  if (!items) {
    out.text = over->text;
    return false;
  }
  for (const StaticPtr& item : *items)
    if (!bind(clause.child_by_field("left"), item, scope.names) || !clauses_of(node, clauses, at + 1, scope, out))
      return false;
  return true;
}

std::optional<std::vector<StaticPtr>> StaticExpressions::iterate(const StaticValue& value) {
  if (value.is(Kind::list)) return value.items;
  if (value.is(Kind::class_) && value.is_enum) {
    if (!std::ranges::all_of(value.items, [](const StaticPtr& item) { return is_known(*item); })) return std::nullopt;
    return value.items;
  }
  if (!value.is(Kind::dict)) return std::nullopt;
  std::vector<StaticPtr> keys;
  for (const auto& [key, item] : value.pairs) keys.push_back(key);
  return keys;
}

bool StaticExpressions::bind(Node target, const StaticPtr& value, Names& names) {
  if (target.kind() == "identifier") {
    names.insert_or_assign(std::string(target.text()), value);
    return true;
  }
  const bool several =
      target.kind() == "pattern_list" || target.kind() == "tuple_pattern" || target.kind() == "list_pattern";
  const auto parts = target.named_children();
  if (!several || !value->is(Kind::list) || value->items.size() != parts.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (!bind(parts[i], value->items[i], names)) return false;
  return true;
}

std::optional<bool> StaticExpressions::truth_of(Node node, StaticScope& scope) {
  const std::string_view kind = node.kind();
  if (!take_step()) return std::nullopt;
  if (kind == "comparison_operator") return comparison_of(node, scope);
  if (kind == "not_operator") {
    const auto inner = truth_of(node.child_by_field("argument"), scope);
    return inner ? std::optional(!*inner) : std::nullopt;
  }
  if (kind == "boolean_operator") {
    const auto left = truth_of(node.child_by_field("left"), scope),
               right = truth_of(node.child_by_field("right"), scope);
    if (!left || !right) return std::nullopt;
    return node.child_by_field("operator").text() == "and" ? *left && *right : *left || *right;
  }
  if (kind == "parenthesized_expression" && node.named_children().size() == 1)
    return truth_of(node.named_children().front(), scope);
  const StaticPtr value = value_of(node, scope);
  switch (value->kind) {
    case Kind::none: return false;
    case Kind::truth:
    case Kind::number: return value->number != 0;
    case Kind::text: return !value->text.empty();
    case Kind::list: return !value->items.empty();
    case Kind::dict: return !value->pairs.empty();
    default: return std::nullopt;
  }
}

std::optional<bool> StaticExpressions::comparison_of(Node node, StaticScope& scope) {
  const auto parts = node.named_children();
  if (parts.size() != 2) return std::nullopt;
  std::string sign;
  for (const Node child : node.children())
    if (!child.is_named() || child.field_name() == "operators")
      sign += std::string(sign.empty() ? "" : " ") + std::string(child.text());
  const StaticPtr left = value_of(parts[0], scope), right = value_of(parts[1], scope);
  if (!is_known(*left)) return std::nullopt;
  if (sign == "in" || sign == "not in") {
    const auto items = iterate(*right);
    if (!items || !std::ranges::all_of(*items, [](const StaticPtr& item) { return is_known(*item); }))
      return std::nullopt;
    const bool inside = std::ranges::any_of(*items, [&](const StaticPtr& item) { return equal(*item, *left); });
    return inside == (sign == "in");
  }
  if (!is_known(*right)) return std::nullopt;
  if (sign == "==" || sign == "is") return equal(*left, *right);
  if (sign == "!=" || sign == "is not") return !equal(*left, *right);
  return std::nullopt;
}

}  // namespace adapt::forge
