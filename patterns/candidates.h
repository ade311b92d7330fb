// The accepted matches of one edit in one file, rewritten: the step between matching and sites.
#pragma once

#include <vector>

#include "patterns/corpus.h"
#include "patterns/pattern.h"
#include "patterns/propose.h"

namespace adapt::patterns {

struct Candidate {
  Match match;
  std::vector<edit::TextEdit> edits;  // with those of matches inside what it pastes
};

struct Search {
  const Pattern* pattern = nullptr;
  const Edit* edit = nullptr;
  const Parsed* source = nullptr;
  const SourceFile* file = nullptr;
  const Signature* signature = nullptr;  // null: frame conditions hold
  bool root = true;                      // `failure.frame` applies to it
  MatchOptions options;
  std::vector<Refusal>* refused = nullptr;
};

// In source order; no two overlap.
Result<std::vector<Candidate>> find_candidates(const Search& search);

}  // namespace adapt::patterns
