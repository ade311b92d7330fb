#include "patterns/mine/formatting.h"

#include "patterns/fstring.h"

namespace adapt::patterns::mine {
namespace {

// "..".format(..)
bool is_format_call(const TermTree& tree, TermId id) {
  const Term& term = tree.at(id);
  if (term.kind != "call" || term.count < 2) return false;
  const TermId callee = tree.children(id).front();
  return tree.at(callee).kind == "attribute" && tree.at(callee).count == 3 &&
         tree.at(tree.children(callee).front()).kind == "string" &&
         tree.at(tree.children(callee).back()).text == "format";
}

// ".." % value
bool is_percent(const TermTree& tree, TermId id) {
  const auto children = tree.children(id);
  return tree.at(id).kind == "binary_operator" && children.size() == 3 && tree.at(children[0]).kind == "string" &&
         tree.at(children[1]).text == "%";
}

}  // namespace

std::optional<Rule> formatting_rule(const Example& example, const Fragment& fragment) {
  if (!fragment.is_expression) return std::nullopt;
  const TermTree& tree = example.before();
  const TermId root = fragment.before.front(), after = fragment.after.front();
  Rule rule;
  rule.example = &example;
  rule.example_index = fragment.example;
  rule.level = fragment.level;
  rule.is_expression = true;
  rule.before.roots = {root};
  rule.after.roots = {after};
  std::optional<ComputedCode> code;
  Computation::How how{};
  if (is_format_call(tree, root)) {
    const auto arguments = tree.children(root).subspan(1);
    const TermId string = tree.children(tree.children(root).front()).front();
    how = Computation::How::format_fstring;
    code = format_fstring(tree, string, {&tree, {arguments.begin(), arguments.end()}});
    rule.before.holes[string] = 0;
    rule.before.runs[root] = {1, static_cast<std::uint32_t>(arguments.size()), 1};
    rule.variables = {{VariableKind::string, "", {}, false, {}}, {VariableKind::args, "", {}, false, {}}};
  } else if (is_percent(tree, root)) {
    const TermId string = tree.children(root)[0], value = tree.children(root)[2];
    how = Computation::How::percent_fstring;
    code = percent_fstring(tree, string, {&tree, {value}});
    rule.before.holes[string] = 0;
    rule.before.holes[value] = 1;
    rule.variables = {{VariableKind::string, "", {}, false, {}}, {VariableKind::expr, "", {}, false, {}}};
  }
  if (!code || hash_of(*code, tree.isomorphisms()) != example.after().at(after).hash) return std::nullopt;
  rule.variables.push_back({VariableKind::string, "", {}, false, RuleComputation{how, {0, 1}, ""}});
  rule.after.holes[after] = 2;
  return rule;
}

}  // namespace adapt::patterns::mine
