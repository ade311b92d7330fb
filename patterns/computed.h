// The code of computed variables at a match.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/match.h"

namespace adapt::patterns {

// Text, or a term of the source that is pasted.
struct ComputedPiece {
  std::string text;
  const TermTree* tree = nullptr;
  TermId term = kNoTerm;
  char unquoted = 0;  // this quote becomes the other one in the pasted text

  bool is_text() const { return tree == nullptr; }
};
using ComputedCode = std::vector<ComputedPiece>;

// Nothing where it cannot be computed: the word has not that ending, the values do not fit the format.
std::optional<ComputedCode> compute(const Variable& variable, const std::vector<Variable>& variables,
                                    const Captures& captures);

// The word that prefix and suffix computations make.
std::optional<std::string> changed_word(const Computation& computation, std::string_view word);

// The code as one word, where it is one.
std::optional<std::string> as_word(const ComputedCode& code);

// The hash that the code has as a term.
std::uint64_t hash_of(const ComputedCode& code, const Isomorphisms& isomorphisms);

}  // namespace adapt::patterns
