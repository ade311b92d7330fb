// Finds where a compiled pattern stands in a source. Back-tracking with memoised sequence wildcards; the work is
// bounded.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "patterns/facts.h"
#include "patterns/pattern_term.h"

namespace adapt::patterns {

// What a variable stands for: terms of one tree, in source order. A single variable holds one.
struct Capture {
  const TermTree* tree = nullptr;
  std::vector<TermId> terms;
};
using Captures = std::vector<std::optional<Capture>>;  // by variable

struct Match {
  const TermTree* tree = nullptr;
  std::vector<TermId> roots;  // the expression, or consecutive statements of one block
  Captures captures;
  std::vector<std::vector<TermId>> trace;  // by pattern term id: what it matched; empty where it was not used

  pyast::Span span() const { return {tree->at(roots.front()).span().begin, tree->at(roots.back()).span().end}; }
};

struct MatchOptions {
  static constexpr std::uint64_t kMaxSteps = 5'000'000;
  Captures bound;                       // variables that already stand for something
  std::optional<pyast::Span> inside;    // only matches that lie in it
  std::uint64_t max_steps = kMaxSteps;  // of one call
  std::size_t max_matches = 100'000;
  Oracle oracle{};  // whom constraints ask about values
};

// All matches in source order. Runs of statements do not overlap one another; expressions may nest.
// Fails (budget) when it takes more than max_steps.
Result<std::vector<Match>> find_matches(const Compiled& pattern, const std::vector<Variable>& variables,
                                        const TermTree& tree, const MatchOptions& options);

}  // namespace adapt::patterns
