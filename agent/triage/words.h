// A line as the words that a learned judgement counts: without numbers, addresses and quotes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace adapt::triage {

inline constexpr std::size_t kMaxWords = 48;  // of a line; later ones do not count

// Single words, then pairs of neighbours ("out of"), each once. Digits read '#', letters are small, a dotted or
// slashed name is its parts; addresses of pages are dropped.
std::vector<std::string> words_of(std::string_view line);

}  // namespace adapt::triage
