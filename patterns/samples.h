// Runs the samples that a pattern carries.
#pragma once

#include <string>
#include <vector>

#include "patterns/pattern.h"

namespace adapt::patterns {

inline constexpr std::size_t kMinSamples = 2;  // of each sort

struct SampleFailure {
  std::string sample;  // "" when the complaint is about the pattern's samples as a whole
  std::uint32_t line = 0;
  std::string why;
  std::string diff;  // unified, from what was expected to what came; may be ""
};

// Every `change` sample must come out as written and not change again; every `keep` sample must stay as it is.
// Frames and [when] are not asked: a sample has no failure. Fewer than kMinSamples of a sort is a failure too, but for
// patterns that were learned and that nobody trusts yet.
Result<std::vector<SampleFailure>> check_samples(const Pattern& pattern);

// The text with every site applied, or as it is; `refused` says in words which places were refused, "" for none.
struct AppliedText {
  std::string text, refused;
};
Result<AppliedText> apply_to_text(const Pattern& pattern, const std::string& module, const std::string& text,
                                  const Facts& facts = {});

}  // namespace adapt::patterns
