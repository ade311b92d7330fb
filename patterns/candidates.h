// The accepted matches of edits in one file, rewritten: the step between matching and sites.
#pragma once

#include <vector>

#include "patterns/corpus.h"
#include "patterns/pattern.h"
#include "patterns/propose.h"

namespace adapt::patterns {

struct Candidate {
  const Edit* edit = nullptr;
  Match match;
  std::vector<edit::TextEdit> edits;  // with those of matches inside what it pastes, of whatever edit
};

struct Search {
  const Pattern* pattern = nullptr;
  std::vector<const Edit*> edits;
  const Parsed* source = nullptr;
  const SourceFile* file = nullptr;
  const Signature* signature = nullptr;  // null: frame conditions hold
  bool root = true;                      // `failure.frame` applies to it
  MatchOptions options;
  std::vector<Refusal>* refused = nullptr;
};

// Edit by edit, those of one in source order and without overlap.
Result<std::vector<Candidate>> find_candidates(const Search& search);

}  // namespace adapt::patterns
