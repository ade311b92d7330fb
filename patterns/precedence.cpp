// When code must be put in parentheses to stand at a place.
#include <algorithm>
#include <string_view>

#include "patterns/template.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

// Python's table, loosest first; a place asks for at least one of these.
enum Strength : int {
  anything = 0,  // tuples without parentheses, walrus, yield
  lambda,
  conditional,
  disjunction,
  conjunction,
  negation,
  comparison,
  bit_or,
  bit_xor,
  bit_and,
  shift,
  sum,
  product,
  unary,
  power,
  await,
  primary,
};

int operator_strength(std::string_view op) {
  if (op == "|") return Strength::bit_or;
  if (op == "^") return Strength::bit_xor;
  if (op == "&") return Strength::bit_and;
  if (op == "<<" || op == ">>") return Strength::shift;
  if (op == "+" || op == "-") return Strength::sum;
  if (op == "**") return Strength::power;
  return Strength::product;
}

std::string_view operator_of(pyast::Node node) {
  const pyast::Node op = node.child_by_field("operator");
  return op ? op.text() : std::string_view{};
}

int strength(pyast::Node node) {
  const std::string_view kind = node.kind();
  if (kind == "expression_list" || kind == "pattern_list" || kind == "named_expression" || kind == "yield")
    return Strength::anything;
  if (kind == "lambda") return Strength::lambda;
  if (kind == "conditional_expression") return Strength::conditional;
  if (kind == "boolean_operator") return operator_of(node) == "or" ? Strength::disjunction : Strength::conjunction;
  if (kind == "not_operator") return Strength::negation;
  if (kind == "comparison_operator") return Strength::comparison;
  if (kind == "binary_operator") return operator_strength(operator_of(node));
  if (kind == "unary_operator") return Strength::unary;
  if (kind == "await") return Strength::await;
  if (kind == "concatenated_string") return Strength::await;  // "a" "b".x would bind to the last part only
  return Strength::primary;
}

int asked_by(pyast::Node place) {
  const pyast::Node parent = place.parent();
  if (!parent) return Strength::anything;
  const std::string_view kind = parent.kind();
  const std::string_view field = place.field_name();
  if (kind == "attribute" || (kind == "call" && field == "function") || (kind == "subscript" && field == "value") ||
      kind == "await")
    return Strength::primary;
  if (kind == "unary_operator") return Strength::unary;
  if (kind == "binary_operator") {
    const int own = operator_strength(operator_of(parent));
    if (own == Strength::power) return field == "left" ? Strength::await : Strength::unary;
    return field == "left" ? own : own + 1;
  }
  if (kind == "comparison_operator") return Strength::comparison + 1;
  if (kind == "not_operator") return Strength::negation;
  if (kind == "boolean_operator") {
    const int own = operator_of(parent) == "or" ? Strength::disjunction : Strength::conjunction;
    return field == "left" ? own : own + 1;
  }
  if (kind == "conditional_expression" || kind == "if_clause" || kind == "for_in_clause") return Strength::disjunction;
  if (kind == "list_splat" || kind == "dictionary_splat") return Strength::comparison + 1;
  if (kind == "named_expression") return Strength::conditional;
  if (kind == "concatenated_string") return Strength::primary;
  static constexpr std::string_view kElements[] = {"argument_list",
                                                   "keyword_argument",
                                                   "list",
                                                   "tuple",
                                                   "set",
                                                   "pair",
                                                   "slice",
                                                   "subscript",
                                                   "lambda",
                                                   "default_parameter",
                                                   "typed_default_parameter",
                                                   "with_item",
                                                   "interpolation",
                                                   "list_comprehension",
                                                   "set_comprehension",
                                                   "generator_expression",
                                                   "expression_list",
                                                   "assert_statement"};
  return std::find(std::begin(kElements), std::end(kElements), kind) != std::end(kElements) ? Strength::lambda
                                                                                            : Strength::anything;
}

bool in_brackets(pyast::Node place) {
  for (pyast::Node at = place.parent(), child = place; at; child = at, at = at.parent()) {
    const std::string_view kind = at.kind();
    static constexpr std::string_view kBrackets[] = {"argument_list",
                                                     "parenthesized_expression",
                                                     "list",
                                                     "tuple",
                                                     "dictionary",
                                                     "set",
                                                     "list_comprehension",
                                                     "set_comprehension",
                                                     "dictionary_comprehension",
                                                     "generator_expression",
                                                     "parameters"};
    if (std::find(std::begin(kBrackets), std::end(kBrackets), kind) != std::end(kBrackets)) return true;
    if (kind == "subscript" && child.field_name() == "subscript") return true;
    if (kind.ends_with("_statement") || kind == "block" || kind == "module") return false;
  }
  return false;
}

}  // namespace

bool breaks_line(std::string_view code) {
  int depth = 0;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '#') {
      i = std::min(code.find('\n', i), code.size()) - 1;
    } else if (c == '"' || c == '\'') {
      const std::string_view quote =
          code.substr(i).starts_with(std::string(3, c)) ? code.substr(i, 3) : code.substr(i, 1);
      std::size_t end = i + quote.size();
      while (end < code.size() && !code.substr(end).starts_with(quote)) end += code[end] == '\\' ? 2 : 1;
      i = end + quote.size() - 1;
    } else if (c == '(' || c == '[' || c == '{') {
      ++depth;
    } else if (c == ')' || c == ']' || c == '}') {
      --depth;
    } else if (c == '\n' && depth <= 0) {
      return true;
    }
  }
  return false;
}

bool needs_parentheses(pyast::Node code, pyast::Node place) {
  if (strength(code) < asked_by(place)) return true;
  // 1.real is no attribute of 1.
  if (code.kind() == "integer" && place.parent() && place.parent().kind() == "attribute") return true;
  return breaks_line(code.text()) && !in_brackets(place);
}

}  // namespace adapt::patterns
