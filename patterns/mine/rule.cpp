#include "patterns/mine/rule.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <set>

#include "patterns/computed.h"

namespace adapt::patterns::mine {
namespace {

constexpr double kLargeNumber = 1000;

std::uint64_t combine(std::uint64_t hash, std::uint64_t value) {
  return (hash ^ (value + 0x9e3779b97f4a7c15ULL)) * 0xff51afd7ed558ccdULL;
}

// What stands in place of a variable or a child: a term, or what is computed.
struct Part {
  std::string_view label;  // of an argument
  std::uint64_t hash = 0;
  std::string text;         // of a word; "" where it is not known
  bool positional = false;  // an argument without a keyword: which parameter it is depends on the callee
  std::uint64_t value = 0;  // of an argument: without its label
};

Part part_of(const TermTree& tree, TermId id) {
  const Term& term = tree.at(id);
  Part out{{}, term.hash, {}, false, 0};
  if (term.kind == "label" || term.kind == "identifier") out.text = std::string(term.node.text());
  if (term.kind != "argument" || term.count != 1) return out;
  out.label = term.text;
  out.positional = term.positional;
  out.value = tree.at(tree.children(id).front()).hash;
  return out;
}

// The hash of a term where `fill` gives what stands in place of variables.
class Hasher {
 public:
  using Fill = std::function<std::vector<Part>(int variable)>;
  Hasher(const TermTree& tree, const Rule::Side& side, Fill fill) : tree_(tree), side_(side), fill_(std::move(fill)) {}

  std::vector<std::uint64_t> roots() const {
    std::vector<std::uint64_t> out;
    for (const TermId root : side_.roots)
      for (const Part& part : parts(root)) out.push_back(part.hash);
    return out;
  }

 private:
  std::vector<Part> parts(TermId id) const {
    if (const auto hole = side_.holes.find(id); hole != side_.holes.end()) return fill_(hole->second);
    const Term& term = tree_.at(id);
    if (is_whole_name(tree_, side_, id)) return {part_of(tree_, id)};
    Part out{{}, 0, {}, false, 0};
    if (!term.name.empty()) {
      out.hash = name_hash(name_of(id), id);
    } else if (term.kind == "call" && term.count > 0) {
      out.hash = call(id);
    } else {
      std::vector<std::uint64_t> below;
      for (const Part& part : children(id, 0)) below.push_back(part.hash);
      out.hash = term_hash(term.kind, term.text, term.name, below);
      if (term.kind == "label" || term.kind == "identifier") out.text = std::string(term.text);
      if (term.kind == "argument" && below.size() == 1) {
        out.label = term.text;
        out.positional = term.positional;
        out.value = below.front();
      }
    }
    return {out};
  }

  // What the children from `first` on are, what a run stands for included.
  std::vector<Part> children(TermId id, std::uint32_t first) const {
    std::vector<Part> out;
    const auto add = [&](std::vector<Part> more) { out.insert(out.end(), more.begin(), more.end()); };
    const auto run = side_.runs.find(id);
    const auto children = tree_.children(id);
    for (std::uint32_t i = first; i <= children.size(); ++i) {
      if (run != side_.runs.end() && i == run->second.first) {
        add(fill_(run->second.variable));
        i += run->second.count;
      }
      if (i < children.size()) add(parts(children[i]));
    }
    return out;
  }

  std::uint64_t one(TermId id) const {
    const auto found = parts(id);
    return found.size() == 1 ? found.front().hash : 0;
  }

  // Of a dotted name with a variable for its last word; "" where that word is not known.
  std::string name_of(TermId id) const {
    const Term& term = tree_.at(id);
    if (term.name.empty() || is_whole_name(tree_, side_, id)) return std::string(term.name);
    const auto word = parts(tree_.children(id).back());
    if (word.size() != 1 || word.front().text.empty()) return {};
    return std::string(tree_.isomorphisms().normal(
        fmt::format("{}.{}", tree_.at(tree_.children(id).front()).name, word.front().text)));
  }

  std::uint64_t name_hash(const std::string& name, TermId id) const {
    if (name.empty()) return combine(one(tree_.children(id).front()), one(tree_.children(id).back()));
    if (tree_.isomorphisms().is_known_package(name)) return term_hash("", "", name, {});
    return term_hash("identifier", name.substr(name.rfind('.') + 1), "", {});
  }

  std::uint64_t call(TermId id) const {
    const TermId callee = tree_.children(id).front();
    CallShape shape;
    shape.callee = one(callee);
    const Term& term = tree_.at(callee);
    const bool is_hole = side_.holes.contains(callee);
    if (!is_hole && term.kind == "attribute" && term.name.empty() && term.count > 0) {
      const auto method = parts(tree_.children(callee).back());
      if (method.size() == 1 && !method.front().text.empty()) {
        words_.push_back(method.front().text);
        shape.method = words_.back();
        shape.receiver = one(tree_.children(callee).front());
      }
    }
    const std::string name = is_hole ? std::string() : name_of(callee);
    const Parameters* parameters = !name.empty()          ? tree_.isomorphisms().function(name)
                                   : shape.method.empty() ? nullptr
                                                          : tree_.isomorphisms().method(shape.method);
    std::size_t position = 0;
    for (const Part& part : children(id, 1)) {
      if (!part.positional) {
        if (part.label.empty()) parameters = nullptr;  // behind a splat no position is known
        shape.arguments.push_back({part.label, part.hash});
        continue;
      }
      const std::string_view label =
          parameters != nullptr && position < parameters->size() ? (*parameters)[position++] : std::string_view{};
      const std::uint64_t value[] = {part.value};
      shape.arguments.push_back({label, term_hash("argument", label, "", value)});
    }
    return call_hash(std::move(shape), tree_.isomorphisms());
  }

  const TermTree& tree_;
  const Rule::Side& side_;
  Fill fill_;
  mutable std::deque<std::string> words_;
};

std::set<int> variables_of(const Rule::Side& side) {
  std::set<int> out;
  for (const auto& [term, variable] : side.holes) out.insert(variable);
  for (const auto& [parent, run] : side.runs) out.insert(run.variable);
  return out;
}

}  // namespace

std::string large_number(double value) {
  if (std::abs(value) < kLargeNumber) return {};
  return value < 0 ? fmt::format("number <= -{}", kLargeNumber) : fmt::format("number >= {}", kLargeNumber);
}

bool has_computation(const Rule& rule) {
  return std::ranges::any_of(rule.variables, [](const RuleVariable& v) { return v.computation.has_value(); });
}

std::uint64_t rule_hash(const Rule& rule) {
  // Variables are told apart by kind, constraints and order of appearance, not by name.
  std::map<int, std::uint64_t> order;
  const auto fill = [&](int variable) {
    const RuleVariable& declared = rule.variables[static_cast<std::size_t>(variable)];
    std::uint64_t hash =
        combine(order.try_emplace(variable, order.size()).first->second, static_cast<std::uint64_t>(declared.kind));
    for (const std::string& constraint : declared.constraints)
      hash = combine(hash, std::hash<std::string>{}(constraint));
    if (declared.computation) {
      hash = combine(hash, static_cast<std::uint64_t>(declared.computation->how) + 100);
      hash = combine(hash, std::hash<std::string>{}(declared.computation->text));
    }
    return std::vector<Part>{{{}, hash, {}, false, 0}};
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

std::vector<std::uint64_t> instance(const Rule& rule, const Edit& compiled, const Captures& captures,
                                    const Captures& place) {
  const Isomorphisms& isomorphisms = rule.tree(true).isomorphisms();
  const auto fill = [&](int variable) {
    std::vector<Part> out;
    const auto index = static_cast<std::size_t>(variable);
    if (const auto& computation = rule.variables[index].computation) {
      const Captures& from = computation->how == Computation::How::tensor_at_hand ? place : captures;
      const auto code = compute(compiled.variables[index], compiled.variables, from);
      if (code) out.push_back({{}, hash_of(*code, isomorphisms), as_word(*code).value_or(""), false, 0});
      return out;
    }
    if (!captures[index]) return out;
    for (const TermId id : captures[index]->terms) out.push_back(part_of(*captures[index]->tree, id));
    return out;
  };
  return Hasher(rule.tree(true), rule.after, fill).roots();
}

bool has_scope(const Rule& rule, std::string_view line) {
  return std::ranges::find(rule.scopes, line) != rule.scopes.end();
}

bool is_whole_name(const TermTree& tree, const Rule::Side& side, TermId id) {
  const Term& term = tree.at(id);
  return !term.name.empty() && (term.count == 0 || !side.holes.contains(tree.children(id).back()));
}

std::vector<TermId> children_outside_runs(const TermTree& tree, const Rule::Side& side, TermId id) {
  const auto children = tree.children(id);
  std::vector<TermId> out(children.begin(), children.end());
  if (const auto run = side.runs.find(id); run != side.runs.end()) {
    const auto first = out.begin() + static_cast<std::ptrdiff_t>(run->second.first);
    out.erase(first, first + static_cast<std::ptrdiff_t>(run->second.count));
  }
  return out;
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
    const bool whole = is_whole_name(tree, side, id);
    if (whole || (term.count == 0 && term.node.is_named())) ++out.leaves;
    if (term.kind == "argument" && !term.text.empty() && !term.positional) ++out.leaves;
    if (whole || term.count == 0) return;
    out.shape += term.kind == "argument" || term.kind == "expression_statement" || term.kind == "block" ? 0 : 1;
    for (const TermId child : children_outside_runs(tree, side, id)) visit(child);
  };
  for (const TermId root : side.roots) visit(root);
  return out;
}

std::string defect(const Rule& rule) {
  const std::set<int> bound = variables_of(rule.before);
  for (const int variable : variables_of(rule.after))
    if (!bound.contains(variable) && !rule.variables[static_cast<std::size_t>(variable)].computation)
      return "the new code needs something that the old code does not hold";
  for (const TermId root : rule.before.roots)
    if (rule.before.holes.contains(root)) return "the old code is only a variable";
  const Knowledge known = knowledge(rule, false);
  if (known.leaves == 0 && known.shape < 2) return "the old code says nothing";
  return {};
}

}  // namespace adapt::patterns::mine
