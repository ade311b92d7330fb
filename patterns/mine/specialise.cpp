#include "patterns/mine/specialise.h"

#include <algorithm>
#include <functional>

#include "patterns/assignments.h"
#include "patterns/edit_body.h"
#include "patterns/is_tensor.h"
#include "patterns/made_by.h"
#include "patterns/read_by.h"
#include "patterns/scope.h"
#include "patterns/traced.h"
#include "tools/base/text.h"

namespace adapt::patterns::mine {
namespace {

constexpr std::size_t kMaxValues = 6;    // of a closed set of code
constexpr std::size_t kManyForStep = 6;  // sites that a step on the way must keep
// Conditions of one rule; fewer where nothing asks for them but that all its sites have them.
constexpr std::size_t kMaxConditions = 3, kMaxHabits = 2;
constexpr std::size_t kMaxSteps = 3;            // conditions that are tried together
constexpr std::size_t kMaxMakers = 3;           // different calls that make values of one sort
constexpr std::size_t kManyForExceptions = 10;  // right sites
constexpr std::size_t kRareException = 6;       // right sites for each wrong one
constexpr std::size_t kManyTraced = 4;          // sites
constexpr double kMostTraced = 0.8;             // share of sites

using Test = std::function<bool(const Site&)>;

class Narrower {
 public:
  Narrower(const Rule& rule, const Score& score)
      : rule_(rule), score_(score), inserts_(rule.after.roots.size() > rule.before.roots.size()) {}

  std::vector<Rule> run() {
    if (conditions(rule_) >= (score_.wrong == 0 ? kMaxHabits : kMaxConditions)) return {};
    if (score_.wrong == 0) {
      mostly_traced();
      for (std::size_t i = 0; i < rule_.variables.size(); ++i) {
        always_boolean(i);
        if (rule_.before.roots.size() > 1 || is_receiver(i)) by_maker(i);  // code alike means little
        if (inserts_) by_reader(i);
      }
      return std::move(out_);
    }
    for (std::size_t i = 0; i < rule_.variables.size(); ++i) {
      by_constraint(i, "not imported", kSeldomChance);
      by_constraint(i, "simple", kOftenChance);
      by_constraint(i, "not simple", kOftenChance);
      by_constraint(i, "known tensor", kSeldomChance);
      by_constraint(i, "tensor", kSeldomChance);
      for (const char* dtype : {"bool", "int", "float"}) {
        by_constraint(i, fmt::format("known dtype={}", dtype), kSeldomChance);
        by_constraint(i, fmt::format("not dtype={}", dtype), kSeldomChance);
      }
      by_constraint(i, "not tensor", kSeldomChance);
      by_kind(i);
      by_values(i);
      by_exceptions(i);
      by_maker(i);
      by_reader(i);
    }
    by_definition();
    for (const char* form : {"in ", "not in "}) by_place(form + std::string("traced"), kSeldomChance);
    for (const std::string& place : place_words())
      for (const char* form : {"in ", "not in "})
        by_place(form + place, place == "annotation" ? kSeldomChance : kMostlyChance);
    if (step_ && conditions(rule_) < kMaxSteps) out_.push_back(std::move(*step_));
    return std::move(out_);
  }

 private:
  // How many right sites must show it, and which share of them, before a difference is believed.
  struct Needed {
    std::size_t sites;
    double share;
  };
  static constexpr Needed kSeldomChance{2, 0}, kOftenChance{4, 0.8}, kMostlyChance{10, 0.9};

  // Takes the narrower rule when it has no wrong site left. Of those that leave some out, the best one is a step on the
  // way: another condition may do the rest.
  void consider(const Test& holds, Needed needed, Rule narrow) {
    std::size_t kept = 0, left = 0;
    for (const Site& site : score_.sites) {
      if (site.verdict == Verdict::unclear || site.verdict == Verdict::excused || !holds(site)) continue;
      ++(site.verdict == Verdict::right ? kept : left);
    }
    const auto share = [&](double of) { return static_cast<double>(kept) >= of * static_cast<double>(score_.right); };
    if (left == 0) {
      if (needed.share > 0 && kept < needed.sites) return;
      if (kept >= std::min(score_.right, needed.sites) && share(needed.share)) out_.push_back(std::move(narrow));
    } else if (2 * left <= score_.wrong && kept >= kManyForStep && share(kOftenChance.share)) {
      if (step_ && std::pair(left, score_.right - kept) >= step_cost_) return;
      step_ = std::move(narrow);
      step_cost_ = {left, score_.right - kept};
    }
  }

  // Nothing when it has the constraint already.
  std::optional<Rule> with(std::size_t variable, const std::string& constraint) const {
    Rule narrow = rule_;
    auto& constraints = narrow.variables[variable].constraints;
    if (std::find(constraints.begin(), constraints.end(), constraint) != constraints.end()) return std::nullopt;
    constraints.push_back(constraint);
    return narrow;
  }

  void add(std::size_t variable, const std::string& constraint) {
    if (auto narrow = with(variable, constraint)) out_.push_back(std::move(*narrow));
  }

  void consider(const Test& holds, Needed needed, std::size_t variable, const std::string& constraint) {
    if (auto narrow = with(variable, constraint)) consider(holds, needed, std::move(*narrow));
  }

  bool is_expr(std::size_t variable) const { return rule_.variables[variable].kind == VariableKind::expr; }

  void by_constraint(std::size_t variable, const std::string& text, Needed needed) {
    if (!is_expr(variable)) return;
    const auto parsed = parse_constraints(text);
    if (!parsed) return;
    const Test holds = [&](const Site& site) {
      const Capture* found = one_term(site, variable);
      return found != nullptr && parsed->front().holds(*found->tree, found->terms.front());
    };
    consider(holds, needed, variable, text);
  }

  // That a value is boolean, and a tensor at that, is seldom chance.
  void always_boolean(std::size_t variable) {
    if (!is_expr(variable)) return;
    const auto all = [&](const auto& test) {
      return std::all_of(score_.sites.begin(), score_.sites.end(), [&](const Site& site) {
        const Capture* found = one_term(site, variable);
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
      const Capture* found = one_term(site, variable);
      if (site.verdict == Verdict::right && found != nullptr) kinds.emplace(found->tree->at(found->terms.front()).kind);
    }
    if (kinds.empty() || kinds.size() > 2) return;
    const Test holds = [&](const Site& site) {
      const Capture* found = one_term(site, variable);
      return found != nullptr && kinds.contains(std::string(found->tree->at(found->terms.front()).kind));
    };
    consider(holds, kOftenChance, variable, "kind = " + join({kinds.begin(), kinds.end()}, "|"));
  }

  // Exactly the code that was seen at right sites: only for what reads as a word or number.
  void by_values(std::size_t variable) {
    if (score_.right < 2 || rule_.variables[variable].kind == VariableKind::args) return;  // one value is no set
    std::set<std::string> values;
    for (const Site& site : score_.sites) {
      const Capture* found = one_term(site, variable);
      if (site.verdict != Verdict::right) continue;
      if (found == nullptr) return;
      const std::string text(found->tree->at(found->terms.front()).node.text());
      if (text.size() > 40 || text.find_first_of(",{}#;\n") != std::string::npos) return;
      values.insert(text);
    }
    if (values.empty() || values.size() > kMaxValues) return;
    if (rule_.variables[variable].kind == VariableKind::expr && !rule_.variables[variable].was_constant &&
        !always_fixed_words(variable))
      return;
    const Test holds = [&](const Site& site) {
      const Capture* found = one_term(site, variable);
      return found != nullptr && values.contains(std::string(found->tree->at(found->terms.front()).node.text()));
    };
    consider(holds, kSeldomChance, variable, "in {" + join({values.begin(), values.end()}, ", ") + "}");
  }

  // Of reads of attributes all but those of the few objects that were seen to keep theirs.
  void by_exceptions(std::size_t variable) {
    if (rule_.tree(false).at(rule_.before.roots.front()).kind != "attribute") return;
    if (!is_expr(variable) || score_.right < kManyForExceptions || kRareException * score_.wrong > score_.right) return;
    std::set<std::string> names;
    for (const Site& site : score_.sites) {
      if (site.verdict != Verdict::wrong) continue;
      const Capture* found = one_term(site, variable);
      const Term* term = found == nullptr ? nullptr : &found->tree->at(found->terms.front());
      if (term == nullptr || (term->kind != "identifier" && term->kind != "attribute")) return;
      if (term->node.text().find_first_of("(\n") != std::string_view::npos) return;
      names.emplace(term->node.text());
    }
    const Test holds = [&](const Site& site) {
      const Capture* found = one_term(site, variable);
      return found == nullptr || !names.contains(std::string(found->tree->at(found->terms.front()).node.text()));
    };
    consider(holds, kMostlyChance, variable, "not in {" + join({names.begin(), names.end()}, ", ") + "}");
  }

  // Names of the module and attributes of the object: files that do the same call them the same.
  bool always_fixed_words(std::size_t variable) const {
    return std::all_of(score_.sites.begin(), score_.sites.end(), [&](const Site& site) {
      const Capture* found = one_term(site, variable);
      if (site.verdict != Verdict::right || found == nullptr) return true;
      const Term& term = found->tree->at(found->terms.front());
      if (term.kind == "attribute") return term.node.text().starts_with("self.");
      return term.kind == "identifier" && !values_assigned(*found->tree, found->terms.front(), true).empty();
    });
  }

  // Whose attribute the code reads.
  bool is_receiver(std::size_t variable) const {
    const TermTree& tree = rule_.tree(false);
    return std::any_of(rule_.before.holes.begin(), rule_.before.holes.end(), [&](const auto& hole) {
      return hole.second == static_cast<int>(variable) && tree.at(tree.at(hole.first).parent).kind == "attribute";
    });
  }

  // The calls that made the value at right sites.
  void by_maker(std::size_t variable) {
    if (!is_expr(variable)) return;
    std::set<std::string> makers;
    for (const Site& site : score_.sites) {
      const Capture* found = one_term(site, variable);
      if (site.verdict == Verdict::right && found != nullptr)
        makers.merge(makers_of(*found->tree, found->terms.front()));
    }
    if (!makers.empty() && makers.size() <= kMaxMakers)
      by_constraint(variable, "made-by {" + join({makers.begin(), makers.end()}, ", ") + "}", kSeldomChance);
  }

  // The calls that take the value next, at all right sites.
  void by_reader(std::size_t variable) {
    if (!is_expr(variable)) return;
    std::optional<std::set<std::string>> common;
    for (const Site& site : score_.sites) {
      const Capture* found = one_term(site, variable);
      if (site.verdict != Verdict::right || found == nullptr) continue;
      const std::set<std::string> readers = readers_of(*found->tree, found->terms.front());
      if (!common) common = readers;
      std::erase_if(*common, [&](const std::string& name) { return !readers.contains(name); });
    }
    for (const std::string& name : common.value_or(std::set<std::string>()))
      by_constraint(variable, "read-by {" + name + "}", kSeldomChance);
  }

  void by_place(const std::string& text, Needed needed) {
    std::vector<Variable> none;
    auto line = parse_scope_line(text, none, rule_.tree(false).isomorphisms());
    if (!line || has_scope(rule_, text)) return;
    Edit probe;
    probe.scope_lines.push_back(std::move(*line));
    Rule narrow = rule_;
    narrow.scopes.push_back(text);
    consider([&](const Site& site) { return in_scope(probe, site.match, {}, nullptr).value_or(false); }, needed,
             std::move(narrow));
  }

  // That nearly all of many sites are where a model is traced is no chance.
  void mostly_traced() {
    if (score_.right < kManyTraced || has_scope(rule_, kTraced) || has_scope(rule_, kAnnotation)) return;
    std::size_t traced = 0;
    for (const Site& site : score_.sites)
      traced += site.verdict == Verdict::right &&
                        is_traced(*site.match.tree, site.match.tree->at(site.match.roots.front()).node)
                    ? 1
                    : 0;
    if (static_cast<double>(traced) < kMostTraced * static_cast<double>(score_.right)) return;
    out_.push_back(rule_);
    out_.back().scopes.emplace_back(kTraced);
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
    Rule narrow = rule_;
    narrow.scopes.push_back("in def " + *names.begin());
    consider([&](const Site& site) { return names.contains(name(site)); }, kSeldomChance, std::move(narrow));
  }

  static std::size_t conditions(const Rule& rule) {
    std::size_t out = rule.scopes.size();
    for (const RuleVariable& variable : rule.variables)  // what sort of code it is comes from the example itself
      out += static_cast<std::size_t>(
          std::ranges::count_if(variable.constraints, [](const std::string& c) { return !c.starts_with("kind = "); }));
    return out;
  }

  const Rule& rule_;
  const Score& score_;
  bool inserts_;  // statements: for the sake of those behind them
  std::vector<Rule> out_;
  std::optional<Rule> step_;
  std::pair<std::size_t, std::size_t> step_cost_;  // wrong sites that are left, right ones that are lost
};

}  // namespace

std::vector<Rule> specialise(const Rule& rule, const Score& score) { return Narrower(rule, score).run(); }

}  // namespace adapt::patterns::mine
