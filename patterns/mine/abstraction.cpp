#include "patterns/mine/abstraction.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "patterns/made_by.h"
#include "patterns/number_of.h"
#include "tools/base/text.h"

namespace adapt::patterns::mine {
namespace {

constexpr std::string_view kName = "kind = identifier", kNumber = "kind = integer|float|unary_operator";

using Hashes = std::unordered_set<std::uint64_t>;
using Counts = std::unordered_map<std::uint64_t, std::size_t>;

bool is_literal(const Term& term) {
  return term.kind == "integer" || term.kind == "float" || term.kind == "true" || term.kind == "false" ||
         term.kind == "none" || term.kind == "ellipsis" || (term.kind == "string" && term.count == 0);
}

bool is_constant(const TermTree& tree, TermId id) {
  const Term& term = tree.at(id);
  if (term.kind == "unary_operator" && term.count == 2) return is_literal(tree.at(tree.children(id).back()));
  return is_literal(term);
}

// Given to a call or assigned, not part of an operation.
bool is_value(const TermTree& tree, TermId id) {
  const std::string_view around = tree.at(tree.at(id).parent).kind;
  return around == "argument" || around == "assignment" || around == "subscript";
}

// The number of an axis: the same number elsewhere in the new code is that axis again.
bool is_axis(const TermTree& tree, TermId id) {
  const Term& argument = tree.at(tree.at(id).parent);
  return argument.kind == "argument" && (argument.text == "dim" || argument.text == "axis");
}

bool is_receiver_word(const Term& term) { return term.text == "self" || term.text == "cls"; }

// Where assignment and loops put their value.
bool is_target(const TermTree& tree, TermId id) {
  for (; id != kNoTerm; id = tree.at(id).parent) {
    const Term& term = tree.at(id);
    const std::string_view field = term.node.field_name(), around = term.node.parent().kind();
    if (field == "left" && (around.ends_with("assignment") || around.starts_with("for_"))) return true;
    if (field == "alias" || term.node.kind() == "as_pattern_target") return true;
    if (term.node.parent().kind() == "parameters" || term.node.parent().kind() == "lambda_parameters") return true;
    if (term.kind != "tuple" && term.kind != "identifier" && term.kind != "list_splat_pattern") return false;
  }
  return false;
}

class Abstractor {
 public:
  Abstractor(const Example& example, const Fragment& fragment, Abstraction abstraction)
      : example_(example), fragment_(fragment), abstraction_(abstraction) {
    for (const TermId root : fragment.before) count(example.before(), root, in_before_);
    for (const TermId root : fragment.after) count(example.after(), root, in_after_);
    for (const TermId root : fragment.before) find_bound(root);
  }

  std::optional<Rule> run() {
    while (true) {
      Rule rule = punch();
      std::set<std::string> missing;
      if (find_unbound(rule, missing)) return std::nullopt;
      if (missing.empty()) return defect(rule).empty() ? std::optional(std::move(rule)) : std::nullopt;
      // The new code uses a name that is inside holes: the smallest of them is opened, so that the name gets its own.
      for (const std::string& name : missing)
        if (!open_smallest(rule, name)) return std::nullopt;
    }
  }

 private:
  static void count(const TermTree& tree, TermId id, Counts& out) {
    ++out[tree.at(id).hash];
    for (const TermId child : tree.children(id)) count(tree, child, out);
  }

  bool holds_variable(TermId id) const {
    const TermTree& tree = example_.before();
    const Term& term = tree.at(id);
    if (term.kind == "identifier" && term.name.empty()) return is_receiver_word(term) || is_variable_term(term);
    const auto children = tree.children(id);
    return std::any_of(children.begin(), children.end(), [&](TermId child) { return holds_variable(child); });
  }

  bool is_variable_term(const Term& term) const { return is_variable(example_.before_parsed(), term); }

  // Whether the code changed for a reason of its own: what became of it is what the variable stands for afterwards.
  bool is_another_edit(TermId id) const {
    const TreeEdit& own = example_.edits()[fragment_.edit];
    const pyast::Span place = run_span(example_.before(), own.before_parent, own.before_first, own.before_count);
    const Term& term = example_.before().at(id);
    const TermId after = example_.diff().continued(id);
    return stands_for_most() && is_expression(term) && term.name.empty() && after != kNoTerm &&
           !example_.diff().unchanged(id) && is_expression(example_.after().at(after)) && !term.span().contains(place);
  }

  bool stands_for_most() const {
    return abstraction_ == Abstraction::subtrees || abstraction_ == Abstraction::literals ||
           abstraction_ == Abstraction::at_hand;
  }

  // Whether this piece of the old code may stand for anything. `callee`: it is what a call calls.
  bool may_vary(TermId id, bool callee) const {
    const TermTree& tree = example_.before();
    const Term& term = tree.at(id);
    if (term.kind == "block") return stands_for_most();
    if (!is_expression(term) || !term.name.empty()) return false;
    if (is_constant(tree, id))  // one that is there once more, or once less, belongs to the edit
      return abstraction_ == Abstraction::literals && is_value(tree, id) &&
             (is_axis(tree, id) || in_before_.at(term.hash) == in_after_.at(term.hash));
    if (term.kind == "identifier") return !is_receiver_word(term) && (is_variable_term(term) || is_module_object(id));
    if (term.kind == "attribute" && callee) return false;
    if (!holds_variable(id)) return false;
    switch (abstraction_) {
      case Abstraction::literals:
      case Abstraction::at_hand:
      case Abstraction::subtrees: return true;
      case Abstraction::chains: return is_chain(tree, id) || (term.kind == "string" && term.count > 0);
      case Abstraction::names: return term.kind == "string" && term.count > 0;
    }
    return false;
  }

  // A number that a call is given, and no axis: where there is a tensor instead, another function may be meant.
  bool is_bound_of_call(TermId id) const {
    const TermTree& tree = example_.before();
    const std::string_view kind = tree.at(id).kind;
    return (kind == "integer" || kind == "float") && tree.at(tree.at(id).parent).kind == "argument" &&
           !is_axis(tree, id);
  }

  // What a call at module level made, where an attribute of it is read: `log` of `log.warn`.
  bool is_module_object(TermId id) const {
    const TermTree& tree = example_.before();
    return tree.at(id).kind == "identifier" && tree.at(tree.at(id).parent).kind == "attribute" &&
           !is_variable_term(tree.at(id)) && !makers_of(tree, id).empty();
  }

  static bool is_chain(const TermTree& tree, TermId id) {
    while (tree.at(id).kind == "attribute" && tree.at(id).count > 0) id = tree.children(id).front();
    return tree.at(id).kind == "identifier";
  }

  Rule punch() {
    Rule rule;
    rule.example = &example_;
    rule.example_index = fragment_.example;
    rule.level = fragment_.level;
    rule.is_expression = fragment_.is_expression;
    rule.before.roots = fragment_.before;
    rule.after.roots = fragment_.after;
    if (example_.before().at(fragment_.before.front()).in_annotation) rule.scopes.emplace_back(kAnnotation);
    variables_.clear();
    elsewhere_.clear();
    for (const TermId root : fragment_.before) punch_before(rule, root, true, false);
    for (const TermId root : fragment_.after) punch_after(rule, root);
    keep_new_targets_names(rule);
    return rule;
  }

  // To give a name another value is one thing, to do it to an attribute, which others see, another.
  void keep_new_targets_names(Rule& rule) const {
    const auto is_target_of = [](const TermTree& tree, const Rule::Side& side, int variable) {
      return std::ranges::any_of(
          side.holes, [&](const auto& hole) { return hole.second == variable && is_target(tree, hole.first); });
    };
    for (const auto& [id, variable] : rule.after.holes) {
      auto& declared = rule.variables[static_cast<std::size_t>(variable)];
      if (declared.kind != VariableKind::expr || example_.after().at(id).kind != "identifier" ||
          !is_target_of(example_.after(), rule.after, variable) ||
          is_target_of(example_.before(), rule.before, variable))
        continue;
      if (std::ranges::find(declared.constraints, kName) == declared.constraints.end())
        declared.constraints.emplace_back(kName);
    }
  }

  // As large as can be, and taken away: what it is exactly is not what the edit is about.
  std::string large_constant(TermId id) const {
    if (abstraction_ != Abstraction::literals || in_after_.contains(example_.before().at(id).hash)) return {};
    const auto value = number_of(example_.before(), id);
    return value ? large_number(*value) : std::string();
  }

  // A name that the old code itself binds, such as the variable of a comprehension: any other would do.
  bool is_bound_here(const Term& term) const {
    return term.kind == "identifier" && term.name.empty() && bound_here_.contains(std::string(term.text)) &&
           is_variable_term(term) && !in_after_.contains(term.hash);
  }

  void find_bound(TermId id) {
    const TermTree& tree = example_.before();
    const Term& term = tree.at(id);
    if (term.kind == "identifier" && term.name.empty() && is_target(tree, id)) bound_here_.emplace(term.text);
    for (const TermId child : tree.children(id)) find_bound(child);
  }

  void punch_before(Rule& rule, TermId id, bool is_root, bool callee) {
    const TermTree& tree = example_.before();
    const Term& term = tree.at(id);
    if (abstraction_ != Abstraction::names && is_bound_here(term)) {
      punch_hole(rule, rule.before, tree, id, variable_for(rule, id));
      return;
    }
    if (!is_root && is_another_edit(id)) {
      const int variable = variable_for(rule, id);
      punch_hole(rule, rule.before, tree, id, variable);
      elsewhere_[example_.diff().continued(id)] = variable;
      return;
    }
    if (!is_root && in_after_.contains(term.hash) && !opened_.contains(term.hash) && may_vary(id, callee)) {
      punch_hole(rule, rule.before, tree, id, variable_for(rule, id));
      return;
    }
    if (const std::string large = is_root ? std::string() : large_constant(id); !large.empty()) {
      const int variable = variable_for(rule, id);
      rule.variables[static_cast<std::size_t>(variable)].constraints = {large};
      punch_hole(rule, rule.before, tree, id, variable);
      return;
    }
    if (!term.name.empty() || term.kind == "string") return;
    const auto children = tree.children(id);
    for (std::size_t i = 0; i < children.size(); ++i)
      punch_before(rule, children[i], false, i == 0 && term.kind == "call");
  }

  void punch_after(Rule& rule, TermId id) {
    const TermTree& tree = example_.after();
    const Term& term = tree.at(id);
    if (const auto other = elsewhere_.find(id); other != elsewhere_.end()) {
      punch_hole(rule, rule.after, tree, id, other->second);
      return;
    }
    const auto found = variables_.find(term.hash);
    // A number means the same only where it is a value again, not as the `1` of `n - 1`.
    const bool fits = term.kind == "block" || (is_constant(tree, id) ? is_value(tree, id) : is_expression(term));
    if (found != variables_.end() && fits) {
      punch_hole(rule, rule.after, tree, id, found->second);
      return;
    }
    if (!term.name.empty() || term.kind == "string") return;
    if (abstraction_ == Abstraction::at_hand && is_new_device(id)) {
      punch_hole(rule, rule.after, tree, tree.children(id).front(), at_hand_variable(rule));
      return;
    }
    for (const TermId child : tree.children(id)) punch_after(rule, child);
  }

  // `x.device` or `self.x.device` where the old code says nothing of it.
  bool is_new_device(TermId id) const {
    const TermTree& tree = example_.after();
    if (tree.at(id).kind != "attribute" || tree.at(id).count == 0 || in_before_.contains(tree.at(id).hash))
      return false;
    if (tree.at(tree.children(id).back()).text != "device") return false;
    const TermId owner = tree.children(id).front();
    const bool member = tree.at(owner).kind == "attribute" && tree.at(owner).count > 0 &&
                        tree.at(tree.children(owner).front()).text == "self";
    return member || (tree.at(owner).kind == "identifier" && is_variable(example_.after_parsed(), tree.at(owner)));
  }

  static int at_hand_variable(Rule& rule) {
    const auto known =
        std::ranges::find_if(rule.variables, [](const RuleVariable& v) { return v.computation.has_value(); });
    if (known != rule.variables.end()) return static_cast<int>(known - rule.variables.begin());
    rule.variables.push_back(
        {VariableKind::expr, "", {}, false, RuleComputation{Computation::How::tensor_at_hand, {}, ""}});
    return static_cast<int>(rule.variables.size()) - 1;
  }

  static void punch_hole(const Rule& rule, Rule::Side& side, const TermTree& tree, TermId id, int variable) {
    if (rule.variables[static_cast<std::size_t>(variable)].kind == VariableKind::stmts)
      side.runs[id] = {0, tree.at(id).count, variable};
    else
      side.holes[id] = variable;
  }

  // `x.name`, and not `x.method(..)`.
  bool has_its_attribute_read(TermId id) const {
    const TermTree& tree = example_.before();
    const TermId attribute = tree.at(id).parent;
    if (tree.at(attribute).kind != "attribute") return false;
    const TermId around = tree.at(attribute).parent;
    return around == kNoTerm || tree.at(around).kind != "call" || tree.children(around).front() != attribute;
  }

  int variable_for(Rule& rule, TermId id) {
    const Term& term = example_.before().at(id);
    const auto [found, fresh] = variables_.try_emplace(term.hash, static_cast<int>(rule.variables.size()));
    if (fresh) {
      rule.variables.push_back(
          {term.kind == "block" ? VariableKind::stmts : VariableKind::expr, "", {}, false, std::nullopt});
      if (is_module_object(id)) {
        const auto makers = makers_of(example_.before(), id);
        rule.variables.back().constraints.push_back("made-by {" + join({makers.begin(), makers.end()}, ", ") + "}");
      }
      if (is_bound_of_call(id)) rule.variables.back().constraints.emplace_back(kNumber);
      // What an object does with its own attributes is another matter than what others do with them.
      if (has_its_attribute_read(id)) rule.variables.back().constraints.push_back("not in {self, cls}");
    }
    return found->second;
  }

  // Whether a statement of the new code reads a name that only it or a later one assigns.
  bool reads_too_early() const {
    const TermTree& tree = example_.after();
    std::set<std::string> old_words, assigned;
    for (const TermId root : fragment_.before) add_words(example_.before(), root, old_words);
    for (auto root = fragment_.after.rbegin(); root != fragment_.after.rend(); ++root) {
      const auto children = tree.children(*root);
      const bool assigns = children.size() == 1 && tree.at(children.front()).kind == "assignment";
      const auto parts = assigns ? tree.children(children.front()) : children;
      if (assigns) add_words(tree, parts.front(), assigned);
      std::set<std::string> read;
      for (const TermId part : parts.subspan(assigns ? 1 : 0)) add_words(tree, part, read);
      if (std::ranges::any_of(
              read, [&](const std::string& name) { return assigned.contains(name) && !old_words.contains(name); }))
        return true;
    }
    return false;
  }

  // Local names that the new code reads outside the holes and does not bind itself. True when one is nowhere in the old
  // code.
  bool find_unbound(Rule& rule, std::set<std::string>& missing) const {
    if (reads_too_early()) return true;
    const TermTree& tree = example_.after();
    std::set<std::string> bound, read;
    const std::function<void(TermId)> visit = [&](TermId id) {
      if (rule.after.holes.contains(id) || rule.after.runs.contains(id)) return;
      const Term& term = tree.at(id);
      if (term.kind == "identifier" && is_variable(example_.after_parsed(), term) && !is_receiver_word(term))
        (is_target(tree, id) ? bound : read).emplace(term.text);
      if (!term.name.empty()) return;
      for (const TermId child : tree.children(id)) visit(child);
    };
    for (const TermId root : fragment_.after) visit(root);
    std::set<std::string> old_words;
    for (const TermId root : fragment_.before) add_words(example_.before(), root, old_words);
    for (const std::string& name : bound)
      if (!old_words.contains(name)) rule.fresh.push_back(name);
    for (const std::string& name : read) {
      if (bound.contains(name)) continue;
      if (!old_words.contains(name)) return true;
      missing.insert(name);
    }
    return false;
  }

  static void add_words(const TermTree& tree, TermId id, std::set<std::string>& out) {
    const Term& term = tree.at(id);
    if (term.kind == "identifier") out.emplace(term.text);
    for (const TermId child : tree.children(id)) add_words(tree, child, out);
  }

  bool open_smallest(const Rule& rule, const std::string& name) {
    const TermTree& tree = example_.before();
    TermId best = kNoTerm;
    std::size_t least = 0;
    for (const auto& [id, variable] : rule.before.holes) {
      std::set<std::string> words;
      add_words(tree, id, words);
      if (tree.at(id).kind == "identifier" || !words.contains(name)) continue;
      const std::size_t size = count_terms(tree, id);
      if (best == kNoTerm || size < least) best = id, least = size;
    }
    return best != kNoTerm && opened_.insert(tree.at(best).hash).second;
  }

  const Example& example_;
  const Fragment& fragment_;
  Abstraction abstraction_;
  Counts in_before_, in_after_;
  Hashes opened_;
  std::set<std::string> bound_here_;
  std::unordered_map<std::uint64_t, int> variables_;  // hash of the code -> variable
  std::unordered_map<TermId, int> elsewhere_;         // what became of code that other edits change -> variable
};

}  // namespace

std::optional<Rule> abstract(const Example& example, const Fragment& fragment, Abstraction abstraction) {
  return Abstractor(example, fragment, abstraction).run();
}

}  // namespace adapt::patterns::mine
