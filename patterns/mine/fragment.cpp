#include "patterns/mine/fragment.h"

#include <algorithm>

namespace adapt::patterns::mine {
namespace {

// A run of statements of one block, before and after.
struct Run {
  TermId before_block = kNoTerm, after_block = kNoTerm;
  std::uint32_t before = 0, before_count = 0, after = 0, after_count = 0;
};

class Climber {
 public:
  Climber(const Example& example, std::size_t edit) : example_(example), index_(edit), edit_(example.edits()[edit]) {}

  std::vector<Fragment> run() {
    if (is_block(example_.before().at(edit_.before_parent))) {
      add_runs({edit_.before_parent, edit_.after_parent, edit_.before_first, edit_.before_count, edit_.after_first,
                edit_.after_count});
    } else if (edit_.before_count == 1 && edit_.after_count == 1) {
      climb(child(example_.before(), edit_.before_parent, edit_.before_first),
            child(example_.after(), edit_.after_parent, edit_.after_first));
    }
    return std::move(out_);
  }

 private:
  static TermId child(const TermTree& tree, TermId parent, std::uint32_t index) { return tree.children(parent)[index]; }

  static std::uint32_t index_of(const TermTree& tree, TermId id) {
    const auto siblings = tree.children(tree.at(id).parent);
    return static_cast<std::uint32_t>(std::find(siblings.begin(), siblings.end(), id) - siblings.begin());
  }

  void climb(TermId x, TermId y) {
    const TermTree &before = example_.before(), &after = example_.after();
    while (true) {
      const Term &a = before.at(x), &b = after.at(y);
      if (a.parent == kNoTerm || b.parent == kNoTerm) return;
      if (is_block(before.at(a.parent))) {
        if (is_block(after.at(b.parent))) add_runs({a.parent, b.parent, index_of(before, x), 1, index_of(after, y), 1});
        return;
      }
      if (is_expression(a) && is_expression(b) && a.kind != "dotted_name") add(true, {x}, {y});
      if (a.in_annotation && !before.at(a.parent).in_annotation) return;  // a type stands for itself
      x = a.parent;
      y = b.parent;
    }
  }

  void add_runs(const Run& run) {
    add_run(run);
    const Run next = extended(run, false), previous = extended(run, true);
    add_run(next);
    add_run(previous);
    add_run(extended(next, true));
  }

  // With one more statement at an end, where that is one statement on both sides.
  Run extended(Run run, bool in_front) const {
    if (run.before_block == kNoTerm) return run;
    const auto before = example_.before().children(run.before_block);
    const auto after = example_.after().children(run.after_block);
    Run none;
    if (in_front) {
      if (run.before == 0 || run.after == 0) return none;
      --run.before, --run.after, ++run.before_count, ++run.after_count;
      return example_.diff().counterpart(before[run.before]) == after[run.after] ? run : none;
    }
    if (run.before + run.before_count >= before.size() || run.after + run.after_count >= after.size()) return none;
    ++run.before_count, ++run.after_count;
    return example_.diff().counterpart(before[run.before + run.before_count - 1]) ==
                   after[run.after + run.after_count - 1]
               ? run
               : none;
  }

  void add_run(const Run& run) {
    if (run.before_block == kNoTerm) return;
    const auto take = [](const TermTree& tree, TermId block, std::uint32_t first, std::uint32_t count) {
      const auto children = tree.children(block).subspan(first, count);
      return std::vector<TermId>(children.begin(), children.end());
    };
    if (run.before_count == 0) {  // an insertion needs a neighbour to be found by
      ++level_;
      return;
    }
    add(false, take(example_.before(), run.before_block, run.before, run.before_count),
        take(example_.after(), run.after_block, run.after, run.after_count));
  }

  void add(bool is_expression, std::vector<TermId> before, std::vector<TermId> after) {
    std::size_t size = 0;
    for (const TermId id : before) size += count_terms(example_.before(), id);
    for (const TermId id : after) size += count_terms(example_.after(), id);
    const unsigned level = level_++;
    if (size > kMaxFragment) return;
    out_.push_back({0, index_, level, is_expression, std::move(before), std::move(after)});
  }

  const Example& example_;
  std::size_t index_;
  const TreeEdit& edit_;
  unsigned level_ = 0;
  std::vector<Fragment> out_;
};

}  // namespace

std::size_t count_terms(const TermTree& tree, TermId id) {
  std::size_t out = 1;
  for (const TermId child : tree.children(id)) out += count_terms(tree, child);
  return out;
}

std::vector<Fragment> fragments(const Example& example, std::size_t edit) { return Climber(example, edit).run(); }

}  // namespace adapt::patterns::mine
