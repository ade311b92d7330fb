#include "patterns/used_as_mask.h"

#include <algorithm>

#include "patterns/assignments.h"

namespace adapt::patterns {
namespace {

bool is_mask_of(const TermTree& tree, TermId argument) {
  const TermId call = tree.at(argument).parent;
  if (call == kNoTerm || tree.at(call).kind != "call") return false;
  const std::string_view name = called_name(tree, call), label = tree.at(argument).text;
  return (name == "where" && label == "condition") ||
         ((name == "masked_fill" || name == "masked_fill_") && label == "mask");
}

bool is_negated(const TermTree& tree, TermId operation) {
  return tree.at(operation).kind == "unary_operator" && tree.at(tree.children(operation).front()).text == "~";
}

}  // namespace

bool used_as_mask(const TermTree& tree, TermId variable) {
  const Term& term = tree.at(variable);
  const bool attribute = term.kind == "attribute" && term.count > 0;
  const std::string_view word = attribute ? tree.at(tree.children(variable).back()).text : term.text;
  const pyast::Span around = function_around(term.node).span();
  const auto places = tree.with_word(word);
  return std::any_of(places.begin(), places.end(), [&](TermId place) {
    const TermId whole = attribute ? tree.at(place).parent : place;
    if (whole == kNoTerm || tree.at(whole).hash != term.hash || !around.contains(tree.at(whole).span())) return false;
    const TermId user = tree.at(whole).parent;
    return user != kNoTerm && (is_negated(tree, user) || (tree.at(user).kind == "argument" && is_mask_of(tree, user)));
  });
}

}  // namespace adapt::patterns
