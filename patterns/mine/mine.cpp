#include "patterns/mine/mine.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "patterns/mine/abstraction.h"
#include "patterns/mine/formatting.h"
#include "patterns/mine/generalise.h"
#include "patterns/mine/rule_text.h"
#include "patterns/mine/sequences.h"
#include "patterns/mine/specialise.h"

namespace adapt::patterns::mine {
namespace {

constexpr std::size_t kMergeTries = 60;   // of one rule
constexpr std::size_t kEnough = 3;        // sites that make a rule believable without asking how common its code is
constexpr std::size_t kManyExamples = 3;  // of which a rule must explain two places
constexpr double kMaxFrequency = 0.005;   // of files, for a rule with fewer sites
constexpr double kMaxFrequencyInOneFile = 0.05;  // for a rule with enough sites, all in the one example
constexpr double kMaxFrequencyOnce = 0.002;      // for a rule with one site of many

class Miner {
 public:
  Miner(std::span<const Example> examples, const MineOptions& options) : examples_(examples), options_(options) {}

  Result<Mined> run() {
    Mined out;
    for (const Example& example : examples_) {
      out.edits += example.edits().size();
      repairs_ += example.edits().empty() ? 0 : 1;
    }
    ADAPT_TRY_VOID(collect());
    ADAPT_TRY_VOID(generalise());
    choose(out);
    return out;
  }

 private:
  Result<void> collect() {
    for (std::size_t i = 0; i < examples_.size(); ++i)
      for (std::size_t e = 0; e < examples_[i].edits().size(); ++e)
        for (Fragment& fragment : fragments(examples_[i], e)) {
          fragment.example = i;
          if (auto rule = formatting_rule(examples_[i], fragment)) ADAPT_TRY_VOID(add(std::move(*rule)));
          for (const Abstraction how :
               {Abstraction::literals, Abstraction::subtrees, Abstraction::chains, Abstraction::names}) {
            auto rule = abstract(examples_[i], fragment, how);
            if (!rule) continue;
            if (auto wider = with_sequences(*rule)) ADAPT_TRY_VOID(add(std::move(*wider)));
            ADAPT_TRY_VOID(add(std::move(*rule)));
          }
        }
    return {};
  }

  // Scores the rule and keeps it, unless it is known, or cannot be written.
  Result<Learned*> add(Rule rule) {
    if (pool_.size() >= options_.max_rules || !seen_.insert(rule_hash(rule)).second) return nullptr;
    std::vector<std::string> taken;
    name_variables(rule, taken);
    auto compiled = compile_rule(rule, *options_.isomorphisms);
    if (!compiled) return nullptr;
    auto result = score(rule, *compiled, examples_);
    if (!result && result.error().kind == ErrorKind::budget) return nullptr;
    if (!result) return tl::unexpected<Error>(result.error());
    if (result->right == 0) return nullptr;
    if (close_labels(rule, *result)) return add(std::move(rule));
    for (Rule& narrower : specialise(rule, *result)) ADAPT_TRY_VOID(add(std::move(narrower)));
    pool_.push_back(std::make_unique<Learned>(Learned{std::move(rule), std::move(*compiled), std::move(*result)}));
    return pool_.back().get();
  }

  // Merges rules of one shape, those with most sites first.
  Result<void> generalise() {
    std::vector<Learned*> work;
    for (const auto& learned : pool_) work.push_back(learned.get());
    const auto more = [](const Learned* a, const Learned* b) { return a->score.right > b->score.right; };
    std::stable_sort(work.begin(), work.end(), more);
    for (std::size_t i = 0; i < work.size() && i < options_.max_rules; ++i) {
      std::size_t tries = 0;
      for (std::size_t j = 0; j < i && tries < kMergeTries; ++j) {
        // Rules of the same places are different views of one thing: what they share is less than either.
        if (!alike(work[i]->rule, work[j]->rule) || work[i]->score.covered == work[j]->score.covered) continue;
        ++tries;
        for (const bool swapped : {false, true}) {
          auto merged = swapped ? merge(work[j]->rule, work[i]->rule) : merge(work[i]->rule, work[j]->rule);
          if (!merged) continue;
          ADAPT_TRY(Learned * added, add(std::move(*merged)));
          if (added != nullptr && added->score.right > std::max(work[i]->score.right, work[j]->score.right))
            work.push_back(added);
          break;
        }
      }
    }
    return {};
  }

  static bool alike(const Rule& a, const Rule& b) {
    if (a.is_expression != b.is_expression || a.before.roots.size() != b.before.roots.size() ||
        a.after.roots.size() != b.after.roots.size())
      return false;
    for (std::size_t i = 0; i < a.before.roots.size(); ++i)
      if (a.tree(false).at(a.before.roots[i]).kind != b.tree(false).at(b.before.roots[i]).kind) return false;
    return true;
  }

  bool believable(const Learned& learned) const {
    if (learned.score.wrong > 0 || has_empty_neighbour(learned.rule)) return false;
    if (repairs_ >= kManyExamples && learned.score.right < 2) return false;
    if (learned.score.right >= kEnough && learned.score.files() > 1) return true;
    if (learned.score.right >= kEnough && repairs_ == 1)
      return knows_types(learned.rule) || is_rare(learned, kMaxFrequencyInOneFile);
    return is_rare(learned, kMaxFrequency);
  }

  bool is_rare(const Learned& learned, double frequency) const {
    return options_.background == nullptr || options_.background->frequency(learned.rule) <= frequency;
  }

  // What only one place of many examples shows: believed where the code is so rare that it can hardly mean another
  // thing elsewhere.
  bool believable_once(const Learned& learned) const {
    return repairs_ >= kManyExamples && learned.score.wrong == 0 && learned.rule.is_expression &&
           learned.score.covered.size() == 1 && is_rare(learned, kMaxFrequencyOnce);
  }

  // Greedy: the rule with most places first; of equal ones the one that needs the least code around.
  void choose(Mined& out) {
    std::vector<const Learned*> often, once;
    for (const auto& learned : pool_) {
      if (believable(*learned))
        often.push_back(learned.get());
      else if (believable_once(*learned))
        once.push_back(learned.get());
    }
    Edits explained;
    take(often, explained, out.rules);
    drop_superfluous(out.rules);
    take(once, explained, out.rules);
    out.explained = explained.size();
  }

  using Edits = std::set<std::pair<std::size_t, std::size_t>>;

  static void take(std::vector<const Learned*>& candidates, Edits& explained, std::vector<Learned>& rules) {
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Learned* a, const Learned* b) { return better(*a, *b); });
    for (const Learned* learned : candidates) {
      const auto& covered = learned->score.covered;
      if (std::all_of(covered.begin(), covered.end(), [&](const auto& edit) { return explained.contains(edit); }))
        continue;
      explained.insert(covered.begin(), covered.end());
      rules.push_back(*learned);
    }
  }

  // A rule all of whose edits others make would only get in their way.
  static void drop_superfluous(std::vector<Learned>& rules) {
    for (std::size_t i = rules.size(); i-- > 0;) {
      Edits others;
      for (std::size_t k = 0; k < rules.size(); ++k)
        if (k != i) others.insert(rules[k].score.covered.begin(), rules[k].score.covered.end());
      const auto& own = rules[i].score.covered;
      if (std::includes(others.begin(), others.end(), own.begin(), own.end()))
        rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  // Code around what changed costs more than knowing more of it.
  static std::size_t known(const Rule& rule) {
    std::size_t constraints = rule.scopes.size();
    for (const RuleVariable& variable : rule.variables)
      for (const std::string& constraint : variable.constraints)
        constraints += constraint.starts_with("in {") ? 2 : 1;  // other code may be called otherwise
    return knowledge(rule, false).all() + constraints + 4 * (rule.before.roots.size() - 1);
  }

  // A neighbour that may be any statement of its kind says nothing about the place.
  static bool has_empty_neighbour(const Rule& rule) {
    const auto& roots = rule.before.roots;
    return roots.size() > 1 && std::any_of(roots.begin(), roots.end(), [&](TermId root) {
             return rule.example->diff().unchanged(root) && !says_something(rule, root);
           });
  }

  static bool says_something(const Rule& rule, TermId root) {
    Rule alone = rule;
    alone.before.roots = {root};
    if (knowledge(alone, false).leaves > 0) return true;
    const TermTree& tree = rule.tree(false);
    return std::any_of(rule.before.holes.begin(), rule.before.holes.end(), [&](const auto& hole) {
      const auto& constraints = rule.variables[static_cast<std::size_t>(hole.second)].constraints;
      return std::ranges::any_of(constraints, [](const std::string& c) { return !c.starts_with("not "); }) &&
             tree.at(root).span().contains(tree.at(hole.first).span());
    });
  }

  // That a value is boolean, or a tensor, is seldom chance.
  static bool knows_types(const Rule& rule) {
    return std::any_of(rule.variables.begin(), rule.variables.end(), [](const RuleVariable& variable) {
      return variable.computation ||
             std::any_of(variable.constraints.begin(), variable.constraints.end(),
                         [](const std::string& c) { return c == "known dtype=bool" || c == "known tensor"; });
    });
  }

  static bool better(const Learned& a, const Learned& b) {
    if (a.score.right != b.score.right) return a.score.right > b.score.right;
    if (knows_types(a.rule) != knows_types(b.rule)) return knows_types(a.rule);
    if (known(a.rule) != known(b.rule)) return known(a.rule) < known(b.rule);
    return a.score.covered.size() > b.score.covered.size();
  }

  std::span<const Example> examples_;
  const MineOptions& options_;
  std::size_t repairs_ = 0;  // examples with edits; the others show what must stay
  std::vector<std::unique_ptr<Learned>> pool_;
  std::unordered_set<std::uint64_t> seen_;
};

}  // namespace

Result<Mined> mine(std::span<const Example> examples, const MineOptions& options) {
  return Miner(examples, options).run();
}

}  // namespace adapt::patterns::mine
