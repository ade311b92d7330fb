// The words of a source as sorted hashes, and the question whether a source can hold what a pattern needs. The one
// tokenizer behind every filter: the answer may be yes too often, never no too often.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::index {

using WordHash = std::uint32_t;

WordHash word_hash(std::string_view word);

// Hashes of all words (identifiers, keywords, numbers, also those in strings and comments), sorted, each once.
std::vector<WordHash> words_of(std::string_view text);

// The same into a table that is used again: for many texts in a row.
class WordCounter {
 public:
  WordCounter();
  // Valid until the next call.
  std::span<const WordHash> words_of(std::string_view text);

 private:
  void add(WordHash hash);
  void grow();
  std::vector<WordHash> slots_;
  std::vector<std::uint32_t> used_in_;  // round in which the slot was filled
  std::uint32_t round_ = 0;
  std::vector<WordHash> found_;
};

// Calls `visit(begin, end, hash)` for each word, in order.
template <class Visit>
void for_each_word(std::string_view text, Visit visit);

// Words of which a source must hold one.
struct WordClause {
  std::vector<std::string> words;
  // For whoever can tell:
  bool in_code = false;        // a word in a string or comment does not count
  bool called = false;         // nor one that no argument list follows
  std::uint32_t brackets = 0;  // at most so many with commas stand around the word within what is looked for
};

// What a source must hold: of each clause one word.
class WordFilter {
 public:
  struct Clause {
    std::vector<WordHash> words;
    bool in_code = false, called = false;
    std::uint32_t brackets = 0;
  };
  WordFilter() = default;
  explicit WordFilter(const std::vector<WordClause>& clauses);

  // `words` as words_of gives them.
  bool may_match(std::span<const WordHash> words) const;
  const std::vector<Clause>& clauses() const { return clauses_; }

 private:
  std::vector<Clause> clauses_;
};

namespace detail {
inline constexpr WordHash kSeed = 0x811c9dc5U;
inline WordHash step(WordHash hash, char c) { return (hash ^ static_cast<unsigned char>(c)) * 0x01000193U; }
inline constexpr std::array<bool, 256> kWord = [] {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c)
    table[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 128;
  return table;
}();
// Blanks to the grammar, letters by their bytes: byte order mark, word joiner, zero-width space. Their length, or 0.
inline std::size_t odd_blank(std::string_view text, std::size_t at) {
  const std::string_view mark = text.substr(at, 3);
  return mark == "\xef\xbb\xbf" || mark == "\xe2\x81\xa0" || mark == "\xe2\x80\x8b" ? 3 : 0;
}
}  // namespace detail

template <class Visit>
void for_each_word(std::string_view text, Visit visit) {
  const auto is_word = [&](std::size_t at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    return detail::kWord[byte] && (byte < 0xe2 || detail::odd_blank(text, at) == 0);
  };
  for (std::size_t i = 0; i < text.size();) {
    if (!is_word(i)) {
      i += std::max<std::size_t>(1, detail::odd_blank(text, i));
      continue;
    }
    const std::size_t begin = i;
    WordHash hash = detail::kSeed;
    for (; i < text.size() && is_word(i); ++i) hash = detail::step(hash, text[i]);
    visit(begin, i, hash);
  }
}

}  // namespace adapt::index
