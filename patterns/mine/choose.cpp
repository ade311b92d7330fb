#include "patterns/mine/choose.h"

#include <algorithm>
#include <functional>
#include <set>

namespace adapt::patterns::mine {
namespace {

constexpr double kTracedBonus = 1.3;   // so many times the places are given up for keeping to traced code
constexpr std::size_t kLocalName = 3;  // so much other knowledge is no worse than the name of a variable

// Variables of the example that the rule asks for by their name: other code calls them otherwise.
std::size_t local_names(const Rule& rule) {
  const TermTree& tree = rule.tree(false);
  std::size_t out = 0;
  const std::function<void(TermId)> visit = [&](TermId id) {
    const Term& term = tree.at(id);
    if (rule.before.holes.contains(id) || rule.before.runs.contains(id) || !term.name.empty()) return;
    const bool receiver = term.text == "self" || term.text == "cls";
    out += !receiver && is_variable(rule.example->before_parsed(), term) ? 1 : 0;
    for (const TermId child : tree.children(id)) visit(child);
  };
  for (const TermId root : rule.before.roots) visit(root);
  return out;
}

// Code around what changed costs more than knowing more of it.
std::size_t known(const Rule& rule) {
  std::size_t constraints = rule.scopes.size();
  for (const RuleVariable& variable : rule.variables)
    for (const std::string& constraint : variable.constraints)
      constraints += constraint.starts_with("in {") ? 2 : 1;  // other code may be called otherwise
  return knowledge(rule, false).all() + kLocalName * local_names(rule) + constraints +
         4 * (rule.before.roots.size() - 1);
}

// That a value is boolean, or a tensor, or where it goes, is seldom chance.
bool knows_values(const Rule& rule) {
  return std::any_of(rule.variables.begin(), rule.variables.end(), [](const RuleVariable& variable) {
    return variable.computation ||
           std::any_of(variable.constraints.begin(), variable.constraints.end(), [](const std::string& c) {
             return c == "known dtype=bool" || c == "known tensor" || c.starts_with("read-by ");
           });
  });
}

// Variables that stand for any number of arguments: the rule does not ask how many there are.
std::ptrdiff_t sequences(const Rule& rule) {
  return std::ranges::count_if(rule.variables, [](const RuleVariable& v) { return v.kind == VariableKind::args; });
}

// Words that variables may stand for, where they are listed.
std::ptrdiff_t listed(const Rule& rule) {
  std::ptrdiff_t out = 0;
  for (const RuleVariable& variable : rule.variables)
    for (const std::string& constraint : variable.constraints)
      if (constraint.starts_with("in {")) out += std::ranges::count(constraint, ',') + 1;
  return out;
}

// A rule of traced code may lose a few places to one of all code: look-alikes are mostly what runs on the host.
double worth(const Learned& learned) {
  return static_cast<double>(learned.score.right) * (has_scope(learned.rule, kTraced) ? kTracedBonus : 1);
}

bool better(const Learned& a, const Learned& b) {
  if (worth(a) != worth(b)) return worth(a) > worth(b);
  if (knows_values(a.rule) != knows_values(b.rule)) return knows_values(a.rule);
  if (has_scope(a.rule, kTraced) != has_scope(b.rule, kTraced)) return has_scope(a.rule, kTraced);
  if (known(a.rule) != known(b.rule)) return known(a.rule) < known(b.rule);
  if (a.rule.level != b.rule.level) return a.rule.level < b.rule.level;
  if (sequences(a.rule) != sequences(b.rule)) return sequences(a.rule) > sequences(b.rule);
  if (listed(a.rule) != listed(b.rule)) return listed(a.rule) > listed(b.rule);
  return a.score.covered.size() > b.score.covered.size();
}

bool is_excused(const Learned& learned) {
  return std::any_of(learned.score.sites.begin(), learned.score.sites.end(),
                     [](const Site& site) { return site.verdict == Verdict::excused; });
}

// Whether it takes the place of the other rule's site, and rightly.
bool is_right_at(const Learned& learned, const Site& other) {
  return std::ranges::any_of(learned.score.sites, [&](const Site& site) {
    return site.verdict == Verdict::right && site.example == other.example && takes(site.match, other.match.span());
  });
}

using Edits = std::set<std::pair<std::size_t, std::size_t>>;

void take(std::vector<const Learned*>& candidates, Edits& explained, std::vector<const Learned*>& rules) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Learned* a, const Learned* b) { return better(*a, *b); });
  for (const Learned* learned : candidates) {
    const auto& covered = learned->score.covered;
    if (std::all_of(covered.begin(), covered.end(), [&](const auto& edit) { return explained.contains(edit); }))
      continue;
    explained.insert(covered.begin(), covered.end());
    rules.push_back(learned);
  }
}

// A rule all of whose edits others make would only get in their way.
void drop_superfluous(std::vector<const Learned*>& rules) {
  for (std::size_t i = rules.size(); i-- > 0;) {
    Edits others;
    for (std::size_t k = 0; k < rules.size(); ++k)
      if (k != i) others.insert(rules[k]->score.covered.begin(), rules[k]->score.covered.end());
    const auto& own = rules[i]->score.covered;
    if (std::includes(others.begin(), others.end(), own.begin(), own.end()))
      rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(i));
  }
}

}  // namespace

std::vector<const Learned*> choose(std::span<const std::unique_ptr<Learned>> pool, const Belief& belief) {
  std::vector<const Learned*> often, once, out;
  for (const auto& learned : pool) {
    if (belief.often(*learned))
      often.push_back(learned.get());
    else if (belief.once(*learned))
      once.push_back(learned.get());
  }
  Edits explained;
  take(often, explained, out);
  drop_superfluous(out);
  take(once, explained, out);
  return out;
}

Mined arrange(std::vector<const Learned*> chosen, const std::vector<const Learned*>& first) {
  std::vector<const Site*> owed;
  for (const Learned* learned : chosen)
    for (const Site& site : learned->score.sites)
      if (site.verdict == Verdict::excused) owed.push_back(&site);
  for (const Site* site : owed) {
    const auto pays = [&](const Learned* learned) { return is_right_at(*learned, *site); };
    if (std::ranges::any_of(chosen, pays)) continue;
    const auto found = std::ranges::find_if(first, pays);
    if (found != first.end()) chosen.push_back(*found);
  }
  std::stable_partition(chosen.begin(), chosen.end(), [](const Learned* l) { return !is_excused(*l); });
  Mined out;
  Edits explained;
  for (const Learned* learned : chosen) {
    explained.insert(learned->score.covered.begin(), learned->score.covered.end());
    out.rules.push_back(*learned);
  }
  out.explained = explained.size();
  return out;
}

}  // namespace adapt::patterns::mine
