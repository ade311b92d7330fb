// What a pattern would do to a set of sources.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "patterns/corpus.h"
#include "patterns/pattern.h"
#include "tools/edit/edit_set.h"

namespace adapt::patterns {

// One independent place: with the edits of rules chained to it, and the imports and helpers it needs. Any subset of the
// sites of a proposal may be applied.
struct Site {
  std::string pattern, edit, file, function;
  std::uint32_t line = 0;
  edit::EditSet edits;
};

// A place that fits, where the edit cannot be made.
struct Refusal {
  std::string edit, file;
  std::uint32_t line = 0;
  std::string reason;
};

struct Proposal {
  std::string pattern;
  int revision = 1;
  std::vector<Site> sites;  // never empty
  edit::EditSet edits;      // of all sites
  std::string risk;
  std::vector<std::string> assumptions;
  std::vector<Refusal> refused;
};

struct ProposeOptions {
  bool ignore_frames = false;               // the place of the failure is unknown: frame conditions hold
  bool examined = true;                     // the result, too: refused is what gives no Python or would change again
  std::vector<Refusal>* refused = nullptr;  // also filled when there is no proposal
  const FactsByFile* facts = nullptr;       // what a run told about these sources
  LinesByFile* asked = nullptr;             // a survey: what is not known holds, and is noted here
};

// Nothing when the pattern has no site. [when] is not asked again: see When::holds. Fails when matching exceeds its
// budget.
Result<std::optional<Proposal>> propose(const Pattern& pattern, const Signature& signature, Corpus& corpus,
                                        const ProposeOptions& options = {});
Result<std::optional<Proposal>> propose(const Pattern& pattern, const Signature& signature,
                                        std::span<const SourceFile> sources, const ProposeOptions& options = {});

}  // namespace adapt::patterns
