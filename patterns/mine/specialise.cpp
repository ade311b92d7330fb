#include "patterns/mine/specialise.h"

#include <algorithm>
#include <functional>

#include "patterns/edit_body.h"
#include "patterns/is_tensor.h"
#include "patterns/scope.h"
#include "tools/base/text.h"

namespace adapt::patterns::mine {
namespace {

constexpr std::size_t kMaxValues = 6;   // of a closed set of code
constexpr std::size_t kManyLabels = 8;  // more than these are no list of words

using Test = std::function<bool(const Site&)>;

class Narrower {
 public:
  Narrower(const Rule& rule, const Score& score) : rule_(rule), score_(score) {}

  std::vector<Rule> run() {
    if (score_.wrong == 0) {
      for (std::size_t i = 0; i < rule_.variables.size(); ++i) always_boolean(i);
      return std::move(out_);
    }
    for (std::size_t i = 0; i < rule_.variables.size(); ++i) {
      by_constraint(i, "not imported", kSeldomChance);
      by_constraint(i, "simple", kOftenChance);
      by_constraint(i, "not simple", kOftenChance);
      by_constraint(i, "known tensor", kSeldomChance);
      by_constraint(i, "not tensor", kSeldomChance);
      for (const char* dtype : {"bool", "int", "float"}) {
        by_constraint(i, fmt::format("known dtype={}", dtype), kSeldomChance);
        by_constraint(i, fmt::format("not dtype={}", dtype), kSeldomChance);
      }
      by_kind(i);
      by_values(i);
    }
    by_definition();
    for (const std::string& place : place_words())
      for (const char* form : {"in ", "not in "}) by_place(form + place);
    return std::move(out_);
  }

 private:
  // How many right sites must show it, and which share of them, before a difference is believed.
  struct Needed {
    std::size_t sites;
    double share;
  };
  static constexpr Needed kSeldomChance{2, 0}, kOftenChance{4, 0.8};

  bool separates(const Test& holds, Needed needed) const {
    std::size_t kept = 0;
    for (const Site& site : score_.sites) {
      if (site.verdict == Verdict::wrong && holds(site)) return false;
      if (site.verdict == Verdict::right && holds(site)) ++kept;
    }
    if (needed.share > 0 && kept < needed.sites) return false;
    return kept >= std::min(score_.right, needed.sites) &&
           static_cast<double>(kept) >= needed.share * static_cast<double>(score_.right);
  }

  static const Capture* capture(const Site& site, std::size_t variable) {
    const auto& found = site.match.captures[variable];
    return found && found->terms.size() == 1 ? &*found : nullptr;
  }

  void add(std::size_t variable, const std::string& constraint) {
    Rule narrow = rule_;
    auto& constraints = narrow.variables[variable].constraints;
    if (std::find(constraints.begin(), constraints.end(), constraint) != constraints.end()) return;
    constraints.push_back(constraint);
    out_.push_back(std::move(narrow));
  }

  bool is_expr(std::size_t variable) const { return rule_.variables[variable].kind == VariableKind::expr; }

  void by_constraint(std::size_t variable, const std::string& text, Needed needed) {
    if (!is_expr(variable)) return;
    const auto parsed = parse_constraints(text);
    if (!parsed) return;
    const Test holds = [&](const Site& site) {
      const Capture* found = capture(site, variable);
      return found != nullptr && parsed->front().holds(*found->tree, found->terms.front());
    };
    if (separates(holds, needed)) add(variable, text);
  }

  // That a value is boolean, and a tensor at that, is seldom chance.
  void always_boolean(std::size_t variable) {
    if (!is_expr(variable)) return;
    const auto all = [&](const auto& test) {
      return std::all_of(score_.sites.begin(), score_.sites.end(), [&](const Site& site) {
        const Capture* found = capture(site, variable);
        return found != nullptr && test(*found->tree, found->terms.front());
      });
    };
    if (!all([](const TermTree& tree, TermId id) { return dtype_of(tree, id) == DtypeClass::boolean; })) return;
    add(variable, "known dtype=bool");
    if (all([](const TermTree& tree, TermId id) { return is_tensor(tree, id) == true; })) add(variable, "known tensor");
  }

  // The kinds of code that were seen at right sites.
  void by_kind(std::size_t variable) {
    if (!is_expr(variable)) return;
    std::set<std::string> kinds;
    for (const Site& site : score_.sites) {
      const Capture* found = capture(site, variable);
      if (site.verdict == Verdict::right && found != nullptr) kinds.emplace(found->tree->at(found->terms.front()).kind);
    }
    if (kinds.empty() || kinds.size() > 2) return;
    const Test holds = [&](const Site& site) {
      const Capture* found = capture(site, variable);
      return found != nullptr && kinds.contains(std::string(found->tree->at(found->terms.front()).kind));
    };
    if (separates(holds, kOftenChance)) add(variable, "kind = " + join({kinds.begin(), kinds.end()}, "|"));
  }

  // Exactly the code that was seen at right sites: only for what reads as a word or number.
  void by_values(std::size_t variable) {
    if (score_.right < 2) return;  // one value is no set
    std::set<std::string> values;
    for (const Site& site : score_.sites) {
      const Capture* found = capture(site, variable);
      if (site.verdict != Verdict::right) continue;
      if (found == nullptr) return;
      const std::string text(found->tree->at(found->terms.front()).node.text());
      if (text.size() > 40 || text.find_first_of(",{}#;\n") != std::string::npos) return;
      values.insert(text);
    }
    if (values.empty() || values.size() > kMaxValues) return;
    if (rule_.variables[variable].kind == VariableKind::expr && !rule_.variables[variable].was_constant) return;
    const Test holds = [&](const Site& site) {
      const Capture* found = capture(site, variable);
      return found != nullptr && values.contains(std::string(found->tree->at(found->terms.front()).node.text()));
    };
    if (separates(holds, kSeldomChance)) add(variable, "in {" + join({values.begin(), values.end()}, ", ") + "}");
  }

  void by_place(const std::string& text) {
    std::vector<Variable> none;
    auto line = parse_scope_line(text, none, rule_.tree(false).isomorphisms());
    if (!line || std::find(rule_.scopes.begin(), rule_.scopes.end(), text) != rule_.scopes.end()) return;
    Edit probe;
    probe.scope_lines.push_back(std::move(*line));
    const Needed needed = text.ends_with("annotation") ? kSeldomChance : kOftenChance;
    if (!separates([&](const Site& site) { return in_scope(probe, site.match, {}, nullptr).value_or(false); }, needed))
      return;
    Rule narrow = rule_;
    narrow.scopes.push_back(text);
    out_.push_back(std::move(narrow));
  }

  // The function that all right sites stand in.
  void by_definition() {
    const auto name = [](const Site& site) {
      const pyast::Node node = enclosing(site.match.tree->at(site.match.roots.front()).node, "function_definition");
      return node ? std::string(node.child_by_field("name").text()) : std::string();
    };
    std::set<std::string> names;
    for (const Site& site : score_.sites)
      if (site.verdict == Verdict::right) names.insert(name(site));
    if (names.size() != 1 || names.begin()->empty()) return;
    if (!separates([&](const Site& site) { return names.contains(name(site)); }, kSeldomChance)) return;
    Rule narrow = rule_;
    narrow.scopes.push_back("in def " + *names.begin());
    out_.push_back(std::move(narrow));
  }

  const Rule& rule_;
  const Score& score_;
  std::vector<Rule> out_;
};

}  // namespace

namespace {

// Whether the new code does without it: a constant that an edit takes away is what the edit is about.
bool is_gone(const Rule& rule, int variable) {
  const auto holds = [variable](const auto& hole) { return hole.second == variable; };
  return std::none_of(rule.after.holes.begin(), rule.after.holes.end(), holds);
}

}  // namespace

bool close_labels(Rule& rule, const Score& score) {
  bool changed = false;
  for (std::size_t i = 0; i < rule.variables.size(); ++i) {
    RuleVariable& variable = rule.variables[i];
    if (!variable.was_constant || !variable.constraints.empty()) continue;
    std::set<std::string> values;
    bool names = true;
    for (const Site& site : score.sites) {
      const auto& capture = site.match.captures[i];
      if (site.verdict != Verdict::right || !capture || capture->terms.size() != 1) continue;
      const Term& term = capture->tree->at(capture->terms.front());
      if (term.node.text().find_first_of(",{}#;\n") != std::string_view::npos) return changed;  // no word for a set
      names = names && (variable.kind == VariableKind::name || !term.name.empty());
      values.emplace(term.name.empty() ? term.node.text() : term.name);
    }
    if (!(names || is_gone(rule, static_cast<int>(i))) || values.empty() ||
        (values.size() >= kManyLabels && score.wrong == 0))
      continue;
    variable.constraints.push_back("in {" + join({values.begin(), values.end()}, ", ") + "}");
    changed = true;
  }
  return changed;
}

std::vector<Rule> specialise(const Rule& rule, const Score& score) { return Narrower(rule, score).run(); }

}  // namespace adapt::patterns::mine
