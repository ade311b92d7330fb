// Patterns as questions to a source: which words one must hold, and how much of it has to be seen at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "patterns/pattern.h"

namespace adapt::search {

// How much of a file decides about a match: it lies in one such part, and nothing outside of it is asked.
enum class Reach : std::uint8_t {
  element,    // what stands between two commas, within brackets around it or not
  part,       // a statement of the module, or a member of a class in it
  statement,  // a statement of the module
  file,
};

struct Rule {
  const patterns::Pattern* pattern = nullptr;
  std::vector<const patterns::Edit*> edits;  // those that begin a site: not chained to another
  Reach reach = Reach::part;
};

class RuleSet {
 public:
  // The patterns must outlive it.
  explicit RuleSet(std::span<const patterns::Pattern* const> patterns);

  const std::vector<Rule>& rules() const { return rules_; }
  // Whether a source with these words (index::words_of) may hold a site of some rule.
  bool may_match(std::span<const index::WordHash> words) const;

  // The words that any rule asks for are numbered.
  static constexpr std::uint32_t kNoWord = ~std::uint32_t{0};
  std::uint32_t number_of(index::WordHash word) const;
  std::size_t word_count() const { return words_.size(); }

 private:
  std::vector<Rule> rules_;
  std::vector<index::WordHash> words_;         // sorted
  std::array<std::uint64_t, 1024> perhaps_{};  // one bit for the low bits of each word: most words are none of ours
};

// Python with metavariables, typed in for one search. Lives as long as the result. `declared` says more about some of
// them; one that the code does not hold is an error.
Result<std::unique_ptr<const patterns::Pattern>> pattern_of_code(
    std::string_view code, std::shared_ptr<const patterns::Isomorphisms> isomorphisms,
    std::vector<patterns::Variable> declared = {});

}  // namespace adapt::search
