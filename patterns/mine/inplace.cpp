#include "patterns/mine/inplace.h"

#include <functional>

namespace adapt::patterns::mine {
namespace {

constexpr std::string_view kEnding = "_";

// The one word after a dot, outside of variables, that `wanted` holds for; kNoTerm where there is none or are several.
TermId only_label(const TermTree& tree, const Rule::Side& side, const std::function<bool(std::string_view)>& wanted) {
  TermId out = kNoTerm;
  std::size_t count = 0;
  const std::function<void(TermId)> visit = [&](TermId id) {
    if (side.holes.contains(id)) return;
    const Term& term = tree.at(id);
    if (term.kind == "label" && tree.at(term.parent).kind == "attribute" && wanted(term.text)) {
      out = id;
      ++count;
    }
    for (const TermId child : children_outside_runs(tree, side, id)) visit(child);
  };
  for (const TermId root : side.roots) visit(root);
  return count == 1 ? out : kNoTerm;
}

}  // namespace

std::optional<Rule> any_inplace_method(const Rule& rule) {
  const TermId method = only_label(rule.tree(false), rule.before, [](std::string_view word) {
    return word.size() > 1 && word.ends_with(kEnding) && !word.starts_with(kEnding);
  });
  if (method == kNoTerm) return std::nullopt;
  std::string_view plain = rule.tree(false).at(method).text;
  plain.remove_suffix(kEnding.size());
  const TermId became = only_label(rule.tree(true), rule.after, [&](std::string_view word) { return word == plain; });
  if (became == kNoTerm) return std::nullopt;
  Rule out = rule;
  const auto variable = static_cast<int>(out.variables.size());
  out.variables.push_back({VariableKind::name, "", {}, false, std::nullopt});
  out.variables.push_back({VariableKind::name,
                           "",
                           {},
                           false,
                           RuleComputation{Computation::How::drop_suffix, {variable}, std::string(kEnding)}});
  out.before.holes[method] = variable;
  out.after.holes[became] = variable + 1;
  return out;
}

}  // namespace adapt::patterns::mine
