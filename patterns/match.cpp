#include "patterns/match.h"

#include <algorithm>
#include <span>
#include <unordered_map>
#include <unordered_set>

namespace adapt::patterns {
namespace {

using Role = PatternTerm::Role;

// What is left to do: one term against one term, or a list against a list, then the rest. Lives on the stack of
// solve().
struct Goal {
  const Goal* next = nullptr;
  const PatternTerm* pattern = nullptr;  // single; null: list
  TermId term = kNoTerm;
  std::span<const PatternTerm* const> items;
  std::span<const TermId> terms;
  TermId owner = kNoTerm;  // whose children `terms` are
  bool open_end = false;   // terms may be left over
  bool block_start = false;
};

struct MemoKey {
  const void* items;
  std::uint64_t place;  // owner, position
  std::uint64_t bound;  // what the repeated variables stand for
  bool operator==(const MemoKey&) const = default;
};
struct MemoHash {
  std::size_t operator()(const MemoKey& key) const {
    std::uint64_t hash = reinterpret_cast<std::uintptr_t>(key.items);
    for (const std::uint64_t part : {key.place, key.bound}) hash = (hash ^ part) * 0x9ddfea08eb382d69ULL;
    return hash ^ (hash >> 29U);
  }
};

// A capture while matching: terms that live in the tree or on the stack of solve().
struct Bound {
  const TermTree* tree = nullptr;
  std::span<const TermId> terms;
};

class Matcher {
 public:
  Matcher(const Compiled& pattern, const std::vector<Variable>& variables, const TermTree& tree,
          const MatchOptions& options)
      : pattern_(pattern),
        variables_(variables),
        tree_(tree),
        options_(options),
        bound_(variables.size()),
        trace_(static_cast<std::size_t>(pattern.term_count)) {
    for (std::size_t i = 0; i < options.bound.size(); ++i)
      if (options.bound[i]) bound_[i] = Bound{options.bound[i]->tree, options.bound[i]->terms};
    start_ = bound_;
    for (const PatternTerm& root : pattern.roots) root_items_.push_back(&root);
  }

  Result<std::vector<Match>> run() {
    if (pattern_.is_expression) {
      find_expressions();
    } else {
      find_statements();
      std::sort(matches_.begin(), matches_.end(),
                [](const Match& a, const Match& b) { return a.span().begin < b.span().begin; });
    }
    if (exceeded_) return fail(ErrorKind::budget, "matching took more than {} steps", options_.max_steps);
    return std::move(matches_);
  }

 private:
  bool wanted(pyast::Span span) const { return !options_.inside || options_.inside->contains(span); }
  bool full() const { return exceeded_ || matches_.size() >= options_.max_matches; }

  // What may match the first root, in source order: from the rarest word that it needs, or nothing when it needs none.
  std::optional<std::vector<TermId>> anchored() const {
    const std::vector<Anchor>* rarest = nullptr;
    std::size_t fewest = 0;
    for (const auto& clause : pattern_.anchors) {
      std::size_t places = 0;
      for (const Anchor& anchor : clause) places += tree_.count_of_word(anchor.word);
      if (rarest == nullptr || places < fewest) {
        rarest = &clause;
        fewest = places;
      }
    }
    if (rarest == nullptr) return std::nullopt;
    std::vector<TermId> out;
    for (const Anchor& anchor : *rarest)
      for (TermId term : tree_.with_word(anchor.word)) {
        for (std::uint32_t up = anchor.depth; up > 0 && term != kNoTerm; --up) term = tree_.at(term).parent;
        if (term != kNoTerm) out.push_back(term);
      }
    std::sort(out.begin(), out.end());  // ids are in pre-order
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
  }

  static std::span<const PatternTerm> spellings(const PatternTerm& term) {
    return term.role == Role::any_of ? std::span<const PatternTerm>(term.children) : std::span(&term, 1);
  }

  void find_expressions() {
    const PatternTerm& root = pattern_.roots.front();
    std::vector<std::string_view> kinds;
    for (const PatternTerm& spelling : spellings(root)) {
      kinds.push_back(spelling.kind);
      if (!spelling.name.empty() || spelling.kind == "identifier") {  // a name may be one word or a chain
        kinds.push_back("identifier");
        kinds.push_back("attribute");
      }
    }
    std::sort(kinds.begin(), kinds.end());
    kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
    std::vector<TermId> starts;
    if (auto places = anchored()) {
      starts = std::move(*places);
      std::erase_if(starts,
                    [&](TermId id) { return !std::binary_search(kinds.begin(), kinds.end(), tree_.at(id).kind); });
    } else {
      for (const std::string_view kind : kinds) {
        const auto found = tree_.of_kind(kind);
        starts.insert(starts.end(), found.begin(), found.end());
      }
      std::sort(starts.begin(), starts.end());
    }
    const auto in_annotation = [this](TermId id) { return tree_.at(id).in_annotation; };
    if (!is_dotted_name(root)) std::erase_if(starts, in_annotation);
    // Ids are in pre-order but for annotations, which follow the code that they stand in.
    if (std::any_of(starts.begin(), starts.end(), in_annotation))
      std::stable_sort(starts.begin(), starts.end(),
                       [this](TermId a, TermId b) { return tree_.at(a).span().begin < tree_.at(b).span().begin; });
    for (const TermId start : starts) {
      if (full()) return;
      if (options_.inside && !wanted(tree_.at(start).span())) continue;
      Goal goal;
      goal.pattern = &root;
      goal.term = start;
      if (attempt(goal)) matches_.back().roots = {start};
    }
  }

  // What is also looked for in annotations: `A | B` means another thing there, a dotted name does not.
  static bool is_dotted_name(const PatternTerm& root) {
    return !(root.role == Role::any_of ? root.children.front() : root).name.empty();
  }

  void find_statements() {
    if (const auto places = anchored()) return find_statements_at(*places);
    const auto firsts = spellings(pattern_.roots.front());
    if (std::all_of(firsts.begin(), firsts.end(), [](const PatternTerm& first) { return first.role == Role::node; })) {
      std::vector<TermId> starts;
      for (const PatternTerm& first : firsts) {
        const auto found = tree_.of_kind(first.kind);
        starts.insert(starts.end(), found.begin(), found.end());
      }
      std::sort(starts.begin(), starts.end());
      return find_statements_at(starts);
    }
    for (const std::string_view kind : {"module", "block"})
      for (const TermId block : tree_.of_kind(kind)) {
        const auto statements = tree_.children(block);
        for (std::size_t i = 0; i < statements.size() && !full();) i += try_run(block, i);
      }
  }

  void find_statements_at(const std::vector<TermId>& starts) {
    std::unordered_map<TermId, std::size_t> next;  // by block: runs do not overlap
    for (const TermId start : starts) {
      const TermId block = tree_.at(start).parent;
      if (block == kNoTerm || (tree_.at(block).kind != "module" && tree_.at(block).kind != "block")) continue;
      if (full()) return;
      const auto statements = tree_.children(block);
      const auto position =
          static_cast<std::size_t>(std::lower_bound(statements.begin(), statements.end(), start) - statements.begin());
      std::size_t& free = next[block];
      if (position >= free) free = position + try_run(block, position);
    }
  }

  // How many statements of the block, from this one on, are dealt with.
  std::size_t try_run(TermId block, std::size_t position) {
    const auto statements = tree_.children(block).subspan(position);
    Goal goal;
    goal.items = root_items_;
    goal.terms = statements;
    goal.owner = block;
    goal.open_end = true;
    if (!attempt(goal)) return 1;
    const std::size_t length = statements.size() - root_left_;
    Match& match = matches_.back();
    match.roots.assign(statements.begin(), statements.begin() + static_cast<std::ptrdiff_t>(length));
    if (!wanted(match.span())) matches_.pop_back();
    return std::max<std::size_t>(length, 1);
  }

  // A failure leaves nothing behind.
  bool attempt(const Goal& goal) {
    if (!solve(&goal)) return false;
    std::fill(trace_.begin(), trace_.end(), std::span<const TermId>{});
    bound_ = start_;
    return true;
  }

  // Copied while everything that the spans point to is alive.
  void accept() {
    Match match;
    match.tree = &tree_;
    match.captures.resize(bound_.size());
    for (std::size_t i = 0; i < bound_.size(); ++i)
      if (bound_[i]) match.captures[i] = Capture{bound_[i]->tree, {bound_[i]->terms.begin(), bound_[i]->terms.end()}};
    for (const auto& terms : trace_) match.trace.emplace_back(terms.begin(), terms.end());
    matches_.push_back(std::move(match));
  }

  bool solve(const Goal* goal) {
    if (goal == nullptr) {
      accept();
      return true;
    }
    if (++steps_ > options_.max_steps) exceeded_ = true;
    if (exceeded_) return false;
    return goal->pattern != nullptr ? solve_single(*goal) : solve_list(*goal);
  }

  bool solve_single(const Goal& goal) {
    const PatternTerm& pattern = *goal.pattern;
    switch (pattern.role) {
      case Role::any_of:
        for (const PatternTerm& spelling : pattern.children) {
          Goal inner = goal;
          inner.pattern = &spelling;
          if (noted(pattern, one_term(goal), [&] { return solve(&inner); })) return true;
        }
        return false;
      case Role::variable:
      case Role::sequence: {
        return bind(pattern, one_term(goal), true, [&] { return solve(goal.next); });
      }
      case Role::node: break;
    }
    const Term& term = tree_.at(goal.term);
    if (!pattern.name.empty()) return term.name == pattern.name && leaf(goal);
    if (pattern.kind == "identifier") return is_word(term, pattern.text) && leaf(goal);
    if (term.kind != pattern.kind || term.text != pattern.text) return false;
    return noted(pattern, one_term(goal),
                 [&] { return pattern.kind == "call" ? solve_call(goal) : solve_children(goal); });
  }

  bool solve_children(const Goal& goal) {
    const PatternTerm& pattern = *goal.pattern;
    std::vector<const PatternTerm*> items;
    items.reserve(pattern.children.size());
    for (const PatternTerm& child : pattern.children) items.push_back(&child);
    Goal inner;
    inner.next = goal.next;
    inner.items = items;
    inner.terms = tree_.children(goal.term);
    inner.owner = goal.term;
    inner.block_start = pattern.kind == "block";
    return solve(&inner);
  }

  static std::span<const TermId> one_term(const Goal& goal) { return {&goal.term, 1}; }

  bool leaf(const Goal& goal) {
    return noted(*goal.pattern, one_term(goal), [&] { return solve(goal.next); });
  }

  // A bare word in a pattern also finds the imported thing of that name, however it was imported.
  static bool is_word(const Term& term, std::string_view word) {
    if (term.kind == "identifier" && term.text == word) return true;
    return term.name.size() > word.size() && term.name.ends_with(word) &&
           term.name[term.name.size() - word.size() - 1] == '.';
  }

  // Labelled arguments go by label in any order, the others in sequence.
  bool solve_call(const Goal& goal) {
    const PatternTerm& pattern = *goal.pattern;
    std::vector<TermId> left(tree_.children(goal.term).begin(), tree_.children(goal.term).end());
    if (left.empty() || pattern.children.empty()) return false;
    std::vector<Goal> labelled;
    std::vector<const PatternTerm*> items;
    Goal callee;
    callee.pattern = &pattern.children.front();
    callee.term = left.front();
    left.erase(left.begin());
    for (std::size_t i = 1; i < pattern.children.size(); ++i) {
      const PatternTerm& argument = pattern.children[i];
      if (argument.role != Role::node || argument.kind != "argument" || argument.text.empty()) {
        items.push_back(&argument);
        continue;
      }
      const auto same = std::find_if(left.begin(), left.end(), [&](TermId id) {
        return tree_.at(id).kind == "argument" && tree_.at(id).text == argument.text;
      });
      if (same == left.end()) return false;
      Goal value;
      value.pattern = &argument.children.front();
      value.term = tree_.children(*same).front();
      labelled.push_back(value);
      left.erase(same);
    }
    Goal rest;
    rest.next = goal.next;
    rest.items = items;
    rest.terms = left;
    rest.owner = goal.term;
    const Goal* next = &rest;
    for (auto value = labelled.rbegin(); value != labelled.rend(); ++value) {
      value->next = next;
      next = &*value;
    }
    callee.next = next;
    return solve(&callee);
  }

  bool solve_list(const Goal& goal) {
    if (goal.items.empty()) {
      if (!goal.terms.empty() && !goal.open_end) return false;
      if (goal.open_end) root_left_ = goal.terms.size();
      return solve(goal.next);
    }
    Goal rest = goal;
    rest.block_start = false;
    const PatternTerm& item = *goal.items.front();
    if (item.role == Role::sequence) return solve_sequence(goal, rest, item);
    if (goal.terms.empty()) return false;
    // A docstring that the pattern does not mention is not part of the code it describes.
    if (goal.block_start && is_docstring(goal.terms.front()) && !mentions_docstring(item)) {
      rest.terms = goal.terms.subspan(1);
      return solve_list(rest);
    }
    rest.items = goal.items.subspan(1);
    rest.terms = goal.terms.subspan(1);
    // An unlabelled argument is the next positional one, whatever its parameter is called.
    const Term& term = tree_.at(goal.terms.front());
    if (item.role == Role::node && item.kind == "argument") {
      if (term.kind != "argument" || !term.positional) return false;
      Goal value;
      value.next = &rest;
      value.pattern = &item.children.front();
      value.term = tree_.children(goal.terms.front()).front();
      return noted(item, goal.terms.first(1), [&] { return solve(&value); });
    }
    Goal first;
    first.next = &rest;
    first.pattern = &item;
    first.term = goal.terms.front();
    return solve(&first);
  }

  bool solve_sequence(const Goal& goal, Goal& rest, const PatternTerm& item) {
    const MemoKey key{&item, (std::uint64_t{goal.owner} << 32U) | goal.terms.size(), fingerprint()};
    if (failed_.contains(key)) return false;
    rest.items = goal.items.subspan(1);
    const bool greedy = rest.items.empty() || rest.items.front()->role == Role::sequence;
    const std::size_t most = acceptable(item, goal.terms);
    for (std::size_t n = 0; n <= most; ++n) {
      const std::size_t length = greedy ? most - n : n;
      rest.terms = goal.terms.subspan(length);
      if (bind(item, goal.terms.first(length), false, [&] { return solve(&rest); })) return true;
      if (exceeded_) return false;
    }
    failed_.insert(key);
    return false;
  }

  // How many of the terms, from the first on, the variable may take.
  std::size_t acceptable(const PatternTerm& item, std::span<const TermId> terms) const {
    if (item.variable < 0) return terms.size();
    const Variable& variable = variables_[static_cast<std::size_t>(item.variable)];
    const auto end = std::find_if(terms.begin(), terms.end(),
                                  [&](TermId term) { return !variable.accepts(tree_, term, options_.oracle); });
    return static_cast<std::size_t>(end - terms.begin());
  }

  // `check`: the variable has not been asked yet whether it accepts the terms.
  template <class Then>
  bool bind(const PatternTerm& pattern, std::span<const TermId> terms, bool check, Then then) {
    if (pattern.variable < 0) return (!check || is_code(tree_.at(terms.front()))) && noted(pattern, terms, then);
    const auto index = static_cast<std::size_t>(pattern.variable);
    if (bound_[index]) return equal(*bound_[index], terms) && noted(pattern, terms, then);
    if (check && !variables_[index].accepts(tree_, terms.front(), options_.oracle)) return false;
    bound_[index] = Bound{&tree_, terms};
    if (noted(pattern, terms, then)) return true;
    bound_[index].reset();
    return false;
  }

  // What `$_` stands for.
  static bool is_code(const Term& term) { return is_expression(term) || is_statement(term) || term.kind == "label"; }

  bool equal(const Bound& bound, std::span<const TermId> terms) {
    if (bound.terms.size() != terms.size()) return false;
    steps_ += terms.size();
    for (std::size_t i = 0; i < terms.size(); ++i)
      if (!equal(bound.tree->at(bound.terms[i]), tree_.at(terms[i]))) return false;
    return true;
  }

  // Names of definitions are compared as words: where they are used an import may have resolved them.
  static bool equal(const Term& a, const Term& b) {
    if (a.hash == b.hash) return true;
    const bool words = (a.kind == "label" && b.kind == "identifier") || (a.kind == "identifier" && b.kind == "label");
    return words && last_word(a) == last_word(b);
  }
  static std::string_view last_word(const Term& term) {
    return term.name.empty() ? term.text : term.name.substr(term.name.rfind('.') + 1);
  }

  // Records what the pattern term stands for while `then` goes on. Spans point into frames of solve(), so an entry
  // must not outlive its try.
  template <class Then>
  bool noted(const PatternTerm& pattern, std::span<const TermId> terms, Then then) {
    std::span<const TermId>& entry = trace_[static_cast<std::size_t>(pattern.id)];
    entry = terms;
    if (then()) return true;
    entry = {};
    return false;
  }

  // Two states that agree here fail alike: other variables are bound once and never looked at again.
  std::uint64_t fingerprint() {
    std::uint64_t hash = 0;
    for (const int variable : pattern_.repeated) {
      const auto& bound = bound_[static_cast<std::size_t>(variable)];
      hash = hash * 0x9ddfea08eb382d69ULL + (bound ? 1 : 0);
      if (!bound) continue;
      steps_ += bound->terms.size();
      for (const TermId term : bound->terms) hash = (hash ^ bound->tree->at(term).hash) * 0xff51afd7ed558ccdULL;
    }
    return hash;
  }

  bool is_docstring(TermId id) const {
    const auto children = tree_.children(id);
    return tree_.at(id).kind == "expression_statement" && children.size() == 1 &&
           tree_.at(children.front()).kind == "string";
  }
  static bool mentions_docstring(const PatternTerm& item) {
    return item.kind == "expression_statement" && item.children.size() == 1 &&
           (item.children.front().kind == "string" || item.children.front().role == Role::variable);
  }

  const Compiled& pattern_;
  const std::vector<Variable>& variables_;
  const TermTree& tree_;
  const MatchOptions& options_;
  std::vector<std::optional<Bound>> bound_, start_;
  std::vector<std::span<const TermId>> trace_;
  std::vector<const PatternTerm*> root_items_;
  std::unordered_set<MemoKey, MemoHash> failed_;
  std::vector<Match> matches_;
  std::uint64_t steps_ = 0;
  std::size_t root_left_ = 0;  // statements after the match
  bool exceeded_ = false;
};

}  // namespace

Result<std::vector<Match>> find_matches(const Compiled& pattern, const std::vector<Variable>& variables,
                                        const TermTree& tree, const MatchOptions& options) {
  return Matcher(pattern, variables, tree, options).run();
}

}  // namespace adapt::patterns
