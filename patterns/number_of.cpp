#include "patterns/number_of.h"

#include <charconv>
#include <limits>

#include "patterns/assignments.h"

namespace adapt::patterns {
namespace {

std::optional<double> parse_number(std::string_view text) {
  if (text.ends_with('f')) text.remove_suffix(1);  // how normal floats are told from integers
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// float("-inf")
std::optional<double> called_float(const TermTree& tree, TermId call) {
  const auto children = tree.children(call);
  if (children.size() != 2 || called_name(tree, call) != "float") return std::nullopt;
  const Term& argument = tree.at(children[1]);
  if (argument.kind != "argument" || argument.count != 1) return std::nullopt;
  const Term& text = tree.at(tree.children(children[1]).front());
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (text.kind != "string") return std::nullopt;
  if (text.text == ":inf" || text.text == ":+inf") return kInfinity;
  if (text.text == ":-inf") return -kInfinity;
  return std::nullopt;
}

}  // namespace

std::optional<double> number_of(const TermTree& tree, TermId expression) {
  const Term& term = tree.at(expression);
  if (term.kind == "integer" || term.kind == "float") return parse_number(term.text);
  if (!term.name.empty())
    return term.name.ends_with(".inf") ? std::optional(std::numeric_limits<double>::infinity()) : std::nullopt;
  if (term.kind == "call" && term.count > 0) return called_float(tree, expression);
  if (term.kind != "unary_operator" || term.count != 2) return std::nullopt;
  const auto children = tree.children(expression);
  const auto value = number_of(tree, children[1]);
  if (!value || (tree.at(children[0]).text != "-" && tree.at(children[0]).text != "+")) return std::nullopt;
  return tree.at(children[0]).text == "-" ? -*value : *value;
}

}  // namespace adapt::patterns
