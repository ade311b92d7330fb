#include "patterns/mine/mine.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "patterns/mine/abstraction.h"
#include "patterns/mine/belief.h"
#include "patterns/mine/choose.h"
#include "patterns/mine/demands.h"
#include "patterns/mine/formatting.h"
#include "patterns/mine/generalise.h"
#include "patterns/mine/inplace.h"
#include "patterns/mine/labels.h"
#include "patterns/mine/rule_text.h"
#include "patterns/mine/sequences.h"
#include "patterns/mine/specialise.h"
#include "patterns/traced.h"

namespace adapt::patterns::mine {
namespace {

constexpr std::size_t kMergeTries = 60;  // of one rule
constexpr std::size_t kManyTraced = 6;   // edits
constexpr double kMostTraced = 0.95;     // share of edits

// Whether the repair is one of code that is traced: then the same code elsewhere is left alone.
bool is_of_traced_code(std::span<const Example> examples) {
  std::size_t edits = 0, traced = 0;
  for (const Example& example : examples)
    for (const TreeEdit& edit : example.edits()) {
      ++edits;
      traced += is_traced(example.before(), example.before().at(edit.before_parent).node) ? 1 : 0;
    }
  return edits >= kManyTraced && static_cast<double>(traced) >= kMostTraced * static_cast<double>(edits);
}

class Miner {
 public:
  Miner(std::span<const Example> examples, const MineOptions& options)
      : examples_(examples), options_(options), traced_(is_of_traced_code(examples)) {
    for (const Example& example : examples)
      if (!example.edits().empty()) repaired_.push_back(repaired(example));
  }

  Result<Mined> run() {
    ADAPT_TRY_VOID(collect());
    ADAPT_TRY_VOID(generalise());
    const Belief belief(examples_, options_.background);
    const std::vector<const Learned*> first = choose(pool_, belief);
    ADAPT_TRY_VOID(excuse(first));
    Mined out = arrange(choose(pool_, belief), first);
    for (const Example& example : examples_) out.edits += example.edits().size();
    return out;
  }

 private:
  Result<void> collect() {
    for (std::size_t i = 0; i < examples_.size(); ++i)
      for (std::size_t e = 0; e < examples_[i].edits().size(); ++e)
        for (Fragment& fragment : fragments(examples_[i], e)) {
          fragment.example = i;
          if (auto rule = formatting_rule(examples_[i], fragment)) ADAPT_TRY_VOID(add(std::move(*rule)));
          for (const Abstraction how : {Abstraction::literals, Abstraction::subtrees, Abstraction::chains,
                                        Abstraction::names, Abstraction::at_hand}) {
            auto rule = abstract(examples_[i], fragment, how);
            if (!rule || (how == Abstraction::at_hand && !has_computation(*rule))) continue;
            if (auto wider = with_sequences(*rule)) ADAPT_TRY_VOID(add_demanding(std::move(*wider)));
            ADAPT_TRY_VOID(add_demanding(std::move(*rule)));
          }
        }
    return {};
  }

  // With what its new code asks of the variables: for certain where the example's own code says as much.
  Result<void> add_demanding(Rule rule) {
    if (auto any = any_inplace_method(rule)) ADAPT_TRY_VOID(add_demanding(std::move(*any)));
    Rule certain = rule;
    if (add_demands(certain, Certainty::known)) {
      ADAPT_TRY(const Learned* added, add(std::move(certain)));
      if (added != nullptr) return {};
      add_demands(rule, Certainty::possible);
    }
    ADAPT_TRY_VOID(add(std::move(rule)));
    return {};
  }

  // On the examples, and on what they became: a repair that would go on repairing its own work is none.
  Result<Score> score_of(const Rule& rule, const Edit& compiled) const {
    ADAPT_TRY(Score out, score(rule, compiled, examples_));
    if (out.right == 0) return out;
    ADAPT_TRY(Score again, score(rule, compiled, repaired_));
    out.wrong += again.wrong;
    for (Site& site : again.sites) {
      site.example += examples_.size();
      out.sites.push_back(std::move(site));
    }
    return out;
  }

  static Example repaired(const Example& example) {
    FilePair pair = example.files();
    pair.before.text = pair.after;
    return Example::compare(std::move(pair), example.shared_after(), example.shared_after());
  }

  // Scores the rule and keeps it, unless it is known, or cannot be written.
  Result<Learned*> add(Rule rule) {
    if (traced_ && !has_scope(rule, kTraced) && !has_scope(rule, kAnnotation)) rule.scopes.emplace_back(kTraced);
    if (pool_.size() >= options_.max_rules || !seen_.insert(rule_hash(rule)).second) return nullptr;
    std::vector<std::string> taken;
    name_variables(rule, taken);
    auto compiled = compile_rule(rule, *options_.isomorphisms);
    if (!compiled) return nullptr;
    auto result = score_of(rule, *compiled);
    if (!result && result.error().kind == ErrorKind::budget) return nullptr;
    if (!result) return tl::unexpected<Error>(result.error());
    if (result->right == 0) return nullptr;
    if (std::vector<Rule> closed = close_labels(rule, *result); !closed.empty()) {
      // What narrows the rule with any label may make the list needless.
      for (Rule& narrower : specialise(rule, *result)) ADAPT_TRY_VOID(add(std::move(narrower)));
      Learned* best = nullptr;
      for (Rule& with_list : closed) {
        ADAPT_TRY(Learned * added, add(std::move(with_list)));
        if (added != nullptr && (best == nullptr || added->score.right > best->score.right)) best = added;
      }
      return best;
    }
    excuse(*result);
    for (Rule& narrower : specialise(rule, *result)) ADAPT_TRY_VOID(add(std::move(narrower)));
    pool_.push_back(std::make_unique<Learned>(Learned{std::move(rule), std::move(*compiled), std::move(*result)}));
    return pool_.back().get();
  }

  // A rule that comes behind others is no mistake where one of them has been before it: "every write, but for those of
  // the same mask" is one rule behind another. Rules that were too wide get a second chance that way.
  Result<void> excuse(const std::vector<const Learned*>& first) {
    for (const Learned* learned : first)
      for (const Site& site : learned->score.sites)
        if (site.verdict == Verdict::right) claims_[site.example].push_back(site.match);
    const std::size_t known = pool_.size();
    for (std::size_t i = 0; i < known; ++i) {
      Learned& learned = *pool_[i];
      if (learned.score.wrong == 0 || !excuse(learned.score)) continue;
      for (Rule& narrower : specialise(learned.rule, learned.score)) ADAPT_TRY_VOID(add(std::move(narrower)));
    }
    return {};
  }

  // True when there was something to excuse.
  bool excuse(Score& score) const {
    std::size_t excused = 0;
    for (Site& site : score.sites)
      if (site.verdict == Verdict::wrong && is_claimed(site)) {
        site.verdict = Verdict::excused;
        ++excused;
      }
    score.wrong -= excused;
    return excused > 0;
  }

  bool is_claimed(const Site& site) const {
    const auto found = claims_.find(site.example);
    return found != claims_.end() &&
           std::ranges::any_of(found->second, [&](const Match& claim) { return takes(claim, site.match.span()); });
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

  std::span<const Example> examples_;
  std::vector<Example> repaired_;  // nothing is left to change in them
  const MineOptions& options_;
  bool traced_;
  std::vector<std::unique_ptr<Learned>> pool_;
  std::unordered_set<std::uint64_t> seen_;
  std::map<std::size_t, std::vector<Match>> claims_;  // by example: places of rules without mistakes that come first
};

}  // namespace

Result<Mined> mine(std::span<const Example> examples, const MineOptions& options) {
  return Miner(examples, options).run();
}

}  // namespace adapt::patterns::mine
