// What changed between two versions of a file, as edits of the term tree: comments, layout and spelling that patterns
// do not see are no changes.
#pragma once

#include <cstdint>
#include <vector>

#include "patterns/term.h"

namespace adapt::patterns::mine {

// A run of siblings before, and the run that stands in its place after. Either may be empty, not both.
struct TreeEdit {
  TermId before_parent = kNoTerm, after_parent = kNoTerm;
  std::uint32_t before_first = 0, before_count = 0;  // among the children of the parent
  std::uint32_t after_first = 0, after_count = 0;

  bool operator==(const TreeEdit&) const = default;
};

// What holds statements.
bool is_block(const Term& term);

// The bytes of a run of children; for an empty run the place between its neighbours.
pyast::Span run_span(const TermTree& tree, TermId parent, std::uint32_t first, std::uint32_t count);

class TreeDiff {
 public:
  // Both trees must outlive it. Work is bounded by nodes times the longest gap between unchanged statements.
  TreeDiff(const TermTree& before, const TermTree& after);

  const std::vector<TreeEdit>& edits() const { return edits_; }  // in source order

  // The term after that a term before became: the same code, or code that is changed further down. kNoTerm where it was
  // replaced as a whole, moved or deleted.
  TermId counterpart(TermId before) const { return counterpart_[before]; }
  // Its counterpart, or the one term that came in its place.
  TermId became(TermId before) const {
    return counterpart_[before] != kNoTerm ? counterpart_[before] : replacement_[before];
  }
  // The same, but of what was replaced only calls of another function with as many arguments: those are one edit
  // wherever they stand, and no part of an edit around them.
  TermId continued(TermId before) const { return is_renamed_[before] ? became(before) : counterpart_[before]; }
  bool unchanged(TermId before) const { return unchanged_[before]; }

  // In the block that corresponds to `block`: where the place before its child `index` may lie.
  struct Place {
    std::uint32_t low = 0, high = 0;
  };
  Place place(TermId block, std::uint32_t index) const;

 private:
  struct Gap {
    std::uint32_t before_begin = 0, before_end = 0, after_begin = 0, after_end = 0;
  };
  void compare(TermId x, TermId y);
  void compare_children(TermId x, TermId y);
  void compare_calls(TermId x, TermId y);
  void compare_values(TermId x, TermId y);
  void compare_blocks(TermId x, TermId y);
  void compare_gap(TermId x, TermId y, const Gap& gap);
  void replace(TermId x, TermId y);
  void mark_same(TermId x, TermId y);
  void pair_statements(TermId block, std::uint32_t before, std::uint32_t after);

  const TermTree& before_;
  const TermTree& after_;
  std::vector<TreeEdit> edits_;
  std::vector<TermId> counterpart_, replacement_;
  std::vector<bool> unchanged_, is_renamed_;
  std::vector<std::vector<std::uint32_t>> partner_;  // by block: child before -> child after, or kNoTerm
};

}  // namespace adapt::patterns::mine
