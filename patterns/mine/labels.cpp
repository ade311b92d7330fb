#include "patterns/mine/labels.h"

#include <algorithm>
#include <optional>
#include <set>

#include "patterns/number_of.h"
#include "tools/base/text.h"

namespace adapt::patterns::mine {
namespace {

constexpr std::size_t kManyLabels = 8;   // more than these are no list of words
constexpr std::size_t kManyEndings = 3;  // so many words that change alike are a rule of words

// Whether the new code does without it: a constant that an edit takes away is what the edit is about.
bool is_gone(const Rule& rule, int variable) {
  const auto holds = [variable](const auto& hole) { return hole.second == variable; };
  return std::none_of(rule.after.holes.begin(), rule.after.holes.end(), holds);
}

bool has_set(const RuleVariable& variable) {
  return std::ranges::any_of(variable.constraints, [](const std::string& c) { return c.starts_with("in {"); });
}

// Numbers, all far from zero on one side, stand for "as large as can be". "" for anything else.
std::string large_numbers(const Score& score, std::size_t variable) {
  std::set<double> values;
  for (const Site& site : score.sites) {
    const Capture* capture = one_term(site, variable);
    if (site.verdict != Verdict::right || capture == nullptr) continue;
    const auto value = number_of(*capture->tree, capture->terms.front());
    if (!value || large_number(*value).empty()) return {};
    values.insert(*value);
  }
  if (values.empty() || (*values.begin() < 0) != (*values.rbegin() < 0)) return {};
  return large_number(*values.begin());
}

using Words = std::set<std::string>;

// With the functions that are used like two or more of these: two of a kind are no accident.
Words with_alike(const Isomorphisms& isomorphisms, const Words& words) {
  Words out = words;
  for (const std::vector<std::string>& family : isomorphisms.alike())
    if (std::ranges::count_if(family, [&](const std::string& word) { return words.contains(word); }) > 1)
      out.insert(family.begin(), family.end());
  return out;
}

std::string set_of(const Words& words) { return "in {" + join({words.begin(), words.end()}, ", ") + "}"; }

// Whether a word of the new code is this one with another ending.
bool is_computed_from(const Rule& rule, int variable) {
  return std::any_of(rule.variables.begin(), rule.variables.end(), [&](const RuleVariable& other) {
    return other.computation && other.computation->of == std::vector<int>{variable};
  });
}

// What stood for the variable at sites of this verdict; nothing where some of it is no word for a set.
std::optional<Words> words_at(const Score& score, std::size_t variable, Verdict verdict) {
  Words out;
  for (const Site& site : score.sites) {
    const Capture* capture = one_term(site, variable);
    if (site.verdict != verdict || capture == nullptr) continue;
    const Term& term = capture->tree->at(capture->terms.front());
    if (term.node.text().find_first_of(",{}#;\n") != std::string_view::npos) return std::nullopt;
    out.emplace(term.name.empty() ? term.node.text() : term.name);
  }
  return out;
}

bool are_names(const Score& score, std::size_t variable) {
  return std::ranges::all_of(score.sites, [&](const Site& site) {
    const Capture* capture = one_term(site, variable);
    return site.verdict != Verdict::right || capture == nullptr ||
           !capture->tree->at(capture->terms.front()).name.empty();
  });
}

}  // namespace

std::vector<Rule> close_labels(const Rule& rule, const Score& score) {
  Rule seen = rule, alike = rule, undisputed = rule;
  bool changed = false, widened = false, disputed = false;
  for (std::size_t i = 0; i < rule.variables.size(); ++i) {
    const RuleVariable& variable = rule.variables[i];
    if (!variable.was_constant || has_set(variable)) continue;
    const auto add = [&](Rule& to, std::string constraint) {
      to.variables[i].constraints.push_back(std::move(constraint));
    };
    if (is_gone(rule, static_cast<int>(i)))
      if (const std::string large = large_numbers(score, i); !large.empty()) {
        if (std::ranges::find(variable.constraints, large) != variable.constraints.end()) continue;
        for (Rule* narrower : {&seen, &alike, &undisputed}) add(*narrower, large);
        changed = true;
        continue;
      }
    const auto words = words_at(score, i, Verdict::right);
    const std::size_t many = is_computed_from(rule, static_cast<int>(i)) ? kManyEndings : kManyLabels;
    const bool names = variable.kind == VariableKind::name || are_names(score, i);
    if (!words || words->empty() || !(names || is_gone(rule, static_cast<int>(i))) ||
        (words->size() >= many && score.wrong == 0))
      continue;
    const Words wider = with_alike(rule.tree(false).isomorphisms(), *words);
    // A word that stays everywhere is of another sort; one that stays here and there says nothing against those like
    // it.
    Words agreed = wider;
    for (const std::string& word : words_at(score, i, Verdict::wrong).value_or(Words{}))
      if (!words->contains(word)) agreed.erase(word);
    add(seen, set_of(*words));
    add(alike, set_of(wider));
    add(undisputed, set_of(agreed));
    changed = true;
    widened = widened || wider.size() > words->size();
    disputed = disputed || agreed.size() < wider.size();
  }
  std::vector<Rule> out;
  if (widened) out.push_back(std::move(alike));
  if (disputed) out.push_back(std::move(undisputed));
  if (changed) out.push_back(std::move(seen));
  return out;
}

}  // namespace adapt::patterns::mine
