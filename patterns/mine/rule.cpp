#include "patterns/mine/rule.h"

#include <algorithm>
#include <functional>
#include <set>

namespace adapt::patterns::mine {
namespace {

// The hash of a term where `fill` gives what stands in place of variables.
class Hasher {
 public:
  using Part = CallShape::Argument;
  using Fill = std::function<std::vector<Part>(int variable)>;
  Hasher(const TermTree& tree, const Rule::Side& side, Fill fill) : tree_(tree), side_(side), fill_(std::move(fill)) {}

  void add(TermId id, std::vector<std::uint64_t>& out) const {
    if (const auto hole = side_.holes.find(id); hole != side_.holes.end()) {
      for (const Part& part : fill_(hole->second)) out.push_back(part.hash);
      return;
    }
    const Term& term = tree_.at(id);
    if (term.kind == "call" && term.count > 0) return out.push_back(call(id));
    if (!term.name.empty()) return out.push_back(term.hash);
    std::vector<std::uint64_t> below;
    add_children(id, 0, [&](std::string_view, std::uint64_t hash) { below.push_back(hash); });
    out.push_back(term_hash(term.kind, term.text, term.name, below));
  }

  std::vector<std::uint64_t> roots() const {
    std::vector<std::uint64_t> out;
    for (const TermId root : side_.roots) add(root, out);
    return out;
  }

 private:
  // `take` gets label and hash of each child from `first` on, what a run stands for included.
  template <class Take>
  void add_children(TermId id, std::uint32_t first, Take take) const {
    const auto run = side_.runs.find(id);
    const auto children = tree_.children(id);
    for (std::uint32_t i = first; i <= children.size(); ++i) {
      if (run != side_.runs.end() && i == run->second.first) {
        for (const Part& part : fill_(run->second.variable)) take(part.label, part.hash);
        i += run->second.count;
      }
      if (i >= children.size()) break;
      const Term& child = tree_.at(children[i]);
      std::vector<std::uint64_t> hashes;
      add(children[i], hashes);
      for (const std::uint64_t hash : hashes) take(child.kind == "argument" ? child.text : std::string_view{}, hash);
    }
  }

  std::uint64_t one(TermId id) const {
    std::vector<std::uint64_t> out;
    add(id, out);
    return out.size() == 1 ? out.front() : 0;
  }

  std::uint64_t call(TermId id) const {
    const TermId callee = tree_.children(id).front();
    CallShape shape;
    shape.callee = one(callee);
    const Term& term = tree_.at(callee);
    const bool method =
        term.kind == "attribute" && term.name.empty() && term.count > 0 && !side_.holes.contains(callee);
    if (method && !side_.holes.contains(tree_.children(callee).back())) {
      shape.method = tree_.at(tree_.children(callee).back()).text;
      shape.receiver = one(tree_.children(callee).front());
    }
    add_children(id, 1, [&](std::string_view label, std::uint64_t hash) { shape.arguments.push_back({label, hash}); });
    return call_hash(std::move(shape), tree_.isomorphisms());
  }

  const TermTree& tree_;
  const Rule::Side& side_;
  Fill fill_;
};

std::uint64_t combine(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ (value + 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;
}

std::set<int> variables_of(const Rule::Side& side) {
  std::set<int> out;
  for (const auto& [term, variable] : side.holes) out.insert(variable);
  for (const auto& [parent, run] : side.runs) out.insert(run.variable);
  return out;
}

}  // namespace

std::uint64_t rule_hash(const Rule& rule) {
  // Variables are told apart by kind, constraints and order of appearance, not by name.
  std::map<int, std::uint64_t> order;
  const auto fill = [&](int variable) {
    const RuleVariable& declared = rule.variables[static_cast<std::size_t>(variable)];
    std::uint64_t hash =
        combine(order.try_emplace(variable, order.size()).first->second, static_cast<std::uint64_t>(declared.kind));
    for (const std::string& constraint : declared.constraints)
      hash = combine(hash, std::hash<std::string>{}(constraint));
    return std::vector<Hasher::Part>{{{}, hash}};
  };
  std::uint64_t hash = rule.is_expression ? 1 : 2;
  for (const bool is_after : {false, true}) {
    hash = combine(hash, 3);
    for (const std::uint64_t root : Hasher(rule.tree(is_after), is_after ? rule.after : rule.before, fill).roots())
      hash = combine(hash, root);
  }
  for (const std::string& scope : rule.scopes) hash = combine(hash, std::hash<std::string>{}(scope));
  return hash;
}

std::vector<std::uint64_t> instance(const Rule& rule, const Captures& captures) {
  const auto fill = [&](int variable) {
    std::vector<Hasher::Part> out;
    const auto& capture = captures[static_cast<std::size_t>(variable)];
    if (!capture) return out;
    for (const TermId id : capture->terms) {
      const Term& term = capture->tree->at(id);
      out.push_back({term.kind == "argument" ? term.text : std::string_view{}, term.hash});
    }
    return out;
  };
  return Hasher(rule.tree(true), rule.after, fill).roots();
}

Knowledge knowledge(const Rule& rule, bool is_after) {
  const TermTree& tree = rule.tree(is_after);
  const Rule::Side& side = is_after ? rule.after : rule.before;
  Knowledge out;
  const std::function<void(TermId)> visit = [&](TermId id) {
    if (const auto hole = side.holes.find(id); hole != side.holes.end()) {
      // A label stands for the few that were seen.
      out.leaves += rule.variables[static_cast<std::size_t>(hole->second)].kind == VariableKind::name ? 1 : 0;
      return;
    }
    const Term& term = tree.at(id);
    if (!term.name.empty() || (term.count == 0 && term.node.is_named())) ++out.leaves;
    if (term.kind == "argument" && !term.text.empty() && !term.positional) ++out.leaves;
    if (!term.name.empty() || term.count == 0) return;
    out.shape += term.kind == "argument" || term.kind == "expression_statement" || term.kind == "block" ? 0 : 1;
    const auto run = side.runs.find(id);
    const auto children = tree.children(id);
    for (std::uint32_t i = 0; i < children.size(); ++i)
      if (run == side.runs.end() || i < run->second.first || i >= run->second.first + run->second.count)
        visit(children[i]);
  };
  for (const TermId root : side.roots) visit(root);
  return out;
}

std::string defect(const Rule& rule) {
  const std::set<int> bound = variables_of(rule.before);
  for (const int variable : variables_of(rule.after))
    if (!bound.contains(variable)) return "the new code needs something that the old code does not hold";
  for (const TermId root : rule.before.roots)
    if (rule.before.holes.contains(root)) return "the old code is only a variable";
  const Knowledge known = knowledge(rule, false);
  if (known.leaves == 0 && known.shape < 2) return "the old code says nothing";
  return {};
}

}  // namespace adapt::patterns::mine
