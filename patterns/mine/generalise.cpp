#include "patterns/mine/generalise.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>

namespace adapt::patterns::mine {
namespace {

// Of the leaves that the poorer rule knows, the share that the merged one must still know. Below it two rules have no
// more in common than being edits.
constexpr double kRetained = 0.6;

class Merger {
 public:
  Merger(const Rule& a, const Rule& b) : a_(a), b_(b) {}

  std::optional<Rule> run() {
    out_.example = a_.example;
    out_.example_index = a_.example_index;
    out_.level = std::max(a_.level, b_.level);
    out_.is_expression = a_.is_expression;
    out_.fresh = a_.fresh;
    if (a_.is_expression != b_.is_expression || a_.scopes != b_.scopes || a_.fresh != b_.fresh) return std::nullopt;
    for (const bool is_after : {false, true})
      if (!merge_side(is_after)) return std::nullopt;
    if (!defect(out_).empty()) return std::nullopt;
    const auto known = [](const Rule& rule) { return knowledge(rule, false).all() + knowledge(rule, true).all(); };
    const auto least = static_cast<double>(std::min(known(a_), known(b_)));
    if (static_cast<double>(known(out_)) < kRetained * least) return std::nullopt;
    return std::move(out_);
  }

 private:
  struct Sides {
    const TermTree& tree_a;
    const TermTree& tree_b;
    const Rule::Side& a;
    const Rule::Side& b;
    Rule::Side& out;
  };
  struct Words {
    std::string a, b;  // "" where the rule has a variable
  };
  // What a variable of the merged rule stands for: in each rule a variable, or code by its hash.
  using Key = std::tuple<int, std::uint64_t, int, std::uint64_t>;

  bool merge_side(bool is_after) {
    const Sides sides{a_.tree(is_after), b_.tree(is_after), is_after ? a_.after : a_.before,
                      is_after ? b_.after : b_.before, is_after ? out_.after : out_.before};
    if (sides.a.roots.size() != sides.b.roots.size()) return false;
    sides.out.roots = sides.a.roots;
    for (std::size_t i = 0; i < sides.a.roots.size(); ++i)
      if (!merge_terms(sides, sides.a.roots[i], sides.b.roots[i])) return false;
    return true;
  }

  static int hole(const Rule::Side& side, TermId id) {
    const auto found = side.holes.find(id);
    return found == side.holes.end() ? -1 : found->second;
  }

  static bool has_holes(const TermTree& tree, const Rule::Side& side, TermId id) {
    if (side.holes.contains(id) || side.runs.contains(id)) return true;
    const auto children = tree.children(id);
    return std::any_of(children.begin(), children.end(), [&](TermId child) { return has_holes(tree, side, child); });
  }

  int variable(const Key& key, VariableKind kind, bool was_constant) {
    const auto [found, fresh] = variables_.try_emplace(key, static_cast<int>(out_.variables.size()));
    if (fresh) {
      const bool listed = is_listed(a_, std::get<0>(key)) || is_listed(b_, std::get<2>(key));
      out_.variables.push_back({kind, "", constraints_of(key), was_constant || listed, std::nullopt});
    }
    return found->second;
  }

  // Stands for certain values only, so what stands for more is looked at anew.
  static bool is_listed(const Rule& rule, int variable) {
    if (variable < 0) return false;
    const RuleVariable& declared = rule.variables[static_cast<std::size_t>(variable)];
    return declared.was_constant || std::ranges::any_of(declared.constraints, [](const std::string& constraint) {
             return constraint.starts_with("in {") || constraint.starts_with("number");
           });
  }

  // Two words that differ: a variable, in the new code one that may follow from the old.
  std::optional<int> word(const Sides& sides, TermId x, TermId y) {
    const int va = hole(sides.a, x), vb = hole(sides.b, y);
    if ((va >= 0 && kind_of(a_, va) != VariableKind::name) || (vb >= 0 && kind_of(b_, vb) != VariableKind::name))
      return std::nullopt;
    const Term &a = sides.tree_a.at(x), &b = sides.tree_b.at(y);
    const Key key{va, va < 0 ? a.hash : 0, vb, vb < 0 ? b.hash : 0};
    const Words words{va < 0 ? std::string(a.node.text()) : std::string(), vb < 0 ? std::string(b.node.text()) : ""};
    if (!variables_.contains(key) && &sides.out == &out_.after) return computed(key, words);
    const int index = variable(key, VariableKind::name, !is_definition(sides.tree_a, x));
    words_.emplace(index, words);
    return index;
  }

  // What code calls its own functions and classes.
  static bool is_definition(const TermTree& tree, TermId id) {
    const std::string_view around = tree.at(tree.at(id).parent).kind;
    return around == "function_definition" || around == "class_definition";
  }

  // One computation that makes both new words of the two words of one variable.
  std::optional<int> computed(const Key& key, const Words& words) {
    const auto& [va, ha, vb, hb] = key;
    for (const auto& [from_key, from] : variables_) {
      const auto old = words_.find(from);
      if (old == words_.end()) continue;
      std::optional<RuleComputation> how;
      for (const auto& [rule, variable, of, old_word, new_word] :
           {std::tuple(&a_, va, std::get<0>(from_key), old->second.a, words.a),
            std::tuple(&b_, vb, std::get<2>(from_key), old->second.b, words.b)}) {
        std::optional<RuleComputation> one;
        if (variable < 0) {
          if (of < 0) one = change_of(old_word, new_word);
        } else if (const auto& known = rule->variables[static_cast<std::size_t>(variable)].computation) {
          if (known->of == std::vector<int>{of}) one = RuleComputation{known->how, {}, known->text};
        }
        if (!one || (how && !(*how == *one))) {
          how.reset();
          break;
        }
        how = one;
      }
      if (!how) continue;
      how->of = {from};
      keep_unchanged(*how, out_.variables[static_cast<std::size_t>(from)]);
      const auto [found, fresh] = variables_.try_emplace(key, static_cast<int>(out_.variables.size()));
      if (fresh) out_.variables.push_back({VariableKind::name, "", {}, false, how});
      return found->second;
    }
    return std::nullopt;
  }

  // A word that has the ending already is one of the new ones.
  static void keep_unchanged(const RuleComputation& how, RuleVariable& from) {
    std::string constraint;
    if (how.how == Computation::How::add_suffix) constraint = fmt::format("not text ~ {}$", how.text);
    if (how.how == Computation::How::add_prefix) constraint = fmt::format("not text ~ ^{}", how.text);
    if (constraint.empty() || std::ranges::find(from.constraints, constraint) != from.constraints.end()) return;
    from.constraints.push_back(std::move(constraint));
  }

  static std::optional<RuleComputation> change_of(const std::string& from, const std::string& to) {
    using How = Computation::How;
    if (from.empty() || to.empty() || from == to) return std::nullopt;
    if (to.starts_with(from)) return RuleComputation{How::add_suffix, {}, to.substr(from.size())};
    if (to.ends_with(from)) return RuleComputation{How::add_prefix, {}, to.substr(0, to.size() - from.size())};
    if (from.starts_with(to)) return RuleComputation{How::drop_suffix, {}, from.substr(to.size())};
    if (from.ends_with(to)) return RuleComputation{How::drop_prefix, {}, from.substr(0, from.size() - to.size())};
    return std::nullopt;
  }

  // Constraints that both variables have still hold.
  std::vector<std::string> constraints_of(const Key& key) const {
    const auto& [va, ha, vb, hb] = key;
    if (va < 0 || vb < 0) return {};
    const auto& left = a_.variables[static_cast<std::size_t>(va)].constraints;
    const auto& right = b_.variables[static_cast<std::size_t>(vb)].constraints;
    std::vector<std::string> out;
    for (const std::string& constraint : left) {
      if (has(right, constraint)) out.push_back(constraint);
      // What one rule only takes for possible is all that both say.
      else if (has(right, without_known(constraint)) || has(right, "known " + constraint))
        out.push_back(without_known(constraint));
    }
    return out;
  }

  static bool has(const std::vector<std::string>& constraints, const std::string& wanted) {
    return std::ranges::find(constraints, wanted) != constraints.end();
  }

  static std::string without_known(const std::string& constraint) {
    return constraint.starts_with("known ") ? constraint.substr(6) : constraint;
  }

  VariableKind kind_of(const Rule& rule, int variable) const {
    return variable < 0 ? VariableKind::expr : rule.variables[static_cast<std::size_t>(variable)].kind;
  }

  bool merge_terms(const Sides& sides, TermId x, TermId y) {
    const Term& a = sides.tree_a.at(x);
    const Term& b = sides.tree_b.at(y);
    const int va = hole(sides.a, x), vb = hole(sides.b, y);
    if (is_word(a) && is_word(b)) {
      if (va < 0 && vb < 0 && a.hash == b.hash) return true;
      const auto found = word(sides, x, y);
      return found && put_hole(sides, x, *found);
    }
    if (is_computed(a_, va) || is_computed(b_, vb)) return merge_computed(sides, x, y);
    if (va >= 0 && vb >= 0 && kind_of(a_, va) == kind_of(b_, vb))
      return put_hole(sides, x, variable({va, 0, vb, 0}, kind_of(a_, va), false));
    if (va < 0 && vb < 0) {
      const bool plain = !has_holes(sides.tree_a, sides.a, x) && !has_holes(sides.tree_b, sides.b, y);
      if (plain && a.hash == b.hash) return true;
      if (has_one_owner(sides, x, y)) return merge_terms(sides, last(sides.tree_a, x), last(sides.tree_b, y));
      if (a.kind == b.kind && a.text == b.text && a.name.empty() && b.name.empty() && a.count > 0 && b.count > 0)
        if (const auto done = merge_children(sides, x, y)) return *done;
      if (!plain) return false;  // a variable cannot stand for code with variables in it
    }
    if (!is_expression(a) || !is_expression(b)) return false;
    if ((va < 0 && has_holes(sides.tree_a, sides.a, x)) || (vb < 0 && has_holes(sides.tree_b, sides.b, y)))
      return false;
    if ((va >= 0 && kind_of(a_, va) != VariableKind::expr) || (vb >= 0 && kind_of(b_, vb) != VariableKind::expr))
      return false;
    const Key key{va, va < 0 ? a.hash : 0, vb, vb < 0 ? b.hash : 0};
    return put_hole(sides, x, variable(key, VariableKind::expr, va < 0 && vb < 0));
  }

  static bool is_word(const Term& term) { return term.kind == "label"; }

  static bool is_computed(const Rule& rule, int variable) {
    return variable >= 0 && rule.variables[static_cast<std::size_t>(variable)].computation.has_value();
  }

  // Formatted strings: both rules make them the same way, of the same variables.
  bool merge_computed(const Sides& sides, TermId x, TermId y) {
    const int va = hole(sides.a, x), vb = hole(sides.b, y);
    if (!is_computed(a_, va) || !is_computed(b_, vb)) return false;
    const RuleVariable& a = a_.variables[static_cast<std::size_t>(va)];
    const RuleVariable& b = b_.variables[static_cast<std::size_t>(vb)];
    if (a.kind != b.kind || a.computation->how != b.computation->how || a.computation->text != b.computation->text)
      return false;
    RuleComputation how{a.computation->how, {}, a.computation->text};
    for (std::size_t i = 0; i < a.computation->of.size(); ++i) {
      const auto found = variables_.find({a.computation->of[i], 0, b.computation->of[i], 0});
      if (found == variables_.end()) return false;
      how.of.push_back(found->second);
    }
    const auto [found, fresh] = variables_.try_emplace({va, 0, vb, 0}, static_cast<int>(out_.variables.size()));
    if (fresh) out_.variables.push_back({a.kind, "", {}, false, how});
    return put_hole(sides, x, found->second);
  }

  // Dotted names that differ in the last word: `np.sin` and `np.cos`.
  static bool has_one_owner(const Sides& sides, TermId x, TermId y) {
    const Term &a = sides.tree_a.at(x), &b = sides.tree_b.at(y);
    return a.kind == "attribute" && b.kind == "attribute" && !a.name.empty() && !b.name.empty() && a.count > 0 &&
           b.count > 0 &&
           sides.tree_a.at(sides.tree_a.children(x).front()).hash ==
               sides.tree_b.at(sides.tree_b.children(y).front()).hash;
  }

  static TermId last(const TermTree& tree, TermId id) { return tree.children(id).back(); }

  static bool put_hole(const Sides& sides, TermId x, int variable) {
    sides.out.holes[x] = variable;
    return true;
  }

  // Nothing when the lists cannot be paired.
  std::optional<bool> merge_children(const Sides& sides, TermId x, TermId y) {
    const auto xs = sides.tree_a.children(x);
    const auto ys = sides.tree_b.children(y);
    if (sides.tree_a.at(x).kind == "call") return merge_calls(sides, x, y);
    const auto ra = sides.a.runs.find(x), rb = sides.b.runs.find(y);
    const bool run_a = ra != sides.a.runs.end(), run_b = rb != sides.b.runs.end();
    if (run_a != run_b) return std::nullopt;
    if (run_a) {  // whole blocks or lists of parameters
      const VariableKind kind = kind_of(a_, ra->second.variable);
      const int index = variable({ra->second.variable, 0, rb->second.variable, 0}, kind, false);
      sides.out.runs[x] = {0, ra->second.count, index};
      return true;
    }
    if (xs.size() != ys.size()) return std::nullopt;
    for (std::size_t i = 0; i < xs.size(); ++i)
      if (!merge_terms(sides, xs[i], ys[i])) return false;
    return true;
  }

  // Arguments by label; where one call has more, a sequence stands for what follows the common ones.
  bool merge_calls(const Sides& sides, TermId x, TermId y) {
    const auto xs = sides.tree_a.children(x);
    const auto ys = sides.tree_b.children(y);
    const auto ra = sides.a.runs.find(x), rb = sides.b.runs.find(y);
    if (ra != sides.a.runs.end() && rb != sides.b.runs.end() && ra->second.first == rb->second.first)
      return merge_around_runs(sides, x, y);
    const std::size_t end_a = ra == sides.a.runs.end() ? xs.size() : ra->second.first;
    const std::size_t end_b = rb == sides.b.runs.end() ? ys.size() : rb->second.first;
    std::size_t common = 0;
    const auto pairs = [&](TermId p, TermId q) {
      const Term &a = sides.tree_a.at(p), &b = sides.tree_b.at(q);
      return common == 0 || (a.kind == b.kind && a.text == b.text);
    };
    for (; common < end_a && common < end_b && pairs(xs[common], ys[common]); ++common)
      if (!merge_terms(sides, xs[common], ys[common])) return false;
    if (common == xs.size() && common == ys.size()) return true;
    if (common == 0) return false;
    const auto first = static_cast<std::uint32_t>(common);
    const auto rest_a = rest(sides.tree_a, sides.a, x, first), rest_b = rest(sides.tree_b, sides.b, y, first);
    if (!rest_a || !rest_b) return false;
    const Key key{rest_a->first, rest_a->second, rest_b->first, rest_b->second};
    sides.out.runs[x] = {first, static_cast<std::uint32_t>(xs.size()) - first,
                         variable(key, VariableKind::args, false)};
    return true;
  }

  // Both have a sequence at the same place: what stands in front of it and behind it goes by position.
  bool merge_around_runs(const Sides& sides, TermId x, TermId y) {
    const auto xs = sides.tree_a.children(x), ys = sides.tree_b.children(y);
    const Rule::Run &a = sides.a.runs.at(x), &b = sides.b.runs.at(y);
    const std::size_t tail = xs.size() - a.first - a.count;
    if (ys.size() - b.first - b.count != tail) return false;
    const auto merge_pair = [&](TermId p, TermId q) {
      return sides.tree_a.at(p).text == sides.tree_b.at(q).text && merge_terms(sides, p, q);
    };
    if (!merge_terms(sides, xs[0], ys[0])) return false;
    for (std::size_t i = 1; i < a.first; ++i)
      if (!merge_pair(xs[i], ys[i])) return false;
    for (std::size_t i = 0; i < tail; ++i)
      if (!merge_pair(xs[xs.size() - tail + i], ys[ys.size() - tail + i])) return false;
    sides.out.runs[x] = {a.first, a.count, variable({a.variable, 0, b.variable, 0}, VariableKind::args, false)};
    return true;
  }

  // The sequence variable that stands for the children from `first` on, or the hash of those children.
  static std::optional<std::pair<int, std::uint64_t>> rest(const TermTree& tree, const Rule::Side& side, TermId id,
                                                           std::uint32_t first) {
    const auto children = tree.children(id).subspan(first);
    if (const auto run = side.runs.find(id); run != side.runs.end()) {
      if (run->second.first != first || run->second.count != children.size()) return std::nullopt;
      return std::pair(run->second.variable, std::uint64_t{0});
    }
    std::uint64_t hash = 1;
    for (const TermId child : children) {
      if (has_holes(tree, side, child)) return std::nullopt;
      hash = hash * 31 + tree.at(child).hash;
    }
    return std::pair(-1, hash);
  }

  const Rule &a_, &b_;
  Rule out_;
  std::map<Key, int> variables_;
  std::map<int, Words> words_;
};

}  // namespace

std::optional<Rule> merge(const Rule& a, const Rule& b) { return Merger(a, b).run(); }

}  // namespace adapt::patterns::mine
