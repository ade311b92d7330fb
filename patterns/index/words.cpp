#include "patterns/index/words.h"

#include <algorithm>

namespace adapt::index {
namespace {
constexpr std::size_t kFirstSlots = std::size_t{1} << 12U;
}  // namespace

WordHash word_hash(std::string_view word) {
  WordHash hash = detail::kSeed;
  for (const char c : word) hash = detail::step(hash, c);
  return hash;
}

std::vector<WordHash> words_of(std::string_view text) {
  WordCounter counter;
  const auto words = counter.words_of(text);
  return {words.begin(), words.end()};
}

WordCounter::WordCounter() : slots_(kFirstSlots), used_in_(kFirstSlots) {}

// A source holds the same few words again and again: a table drops the repetitions before anything is sorted.
std::span<const WordHash> WordCounter::words_of(std::string_view text) {
  found_.clear();
  if (++round_ == 0) {
    std::fill(used_in_.begin(), used_in_.end(), 0);
    round_ = 1;
  }
  for_each_word(text, [&](std::size_t, std::size_t, WordHash hash) { add(hash); });
  std::sort(found_.begin(), found_.end());
  return found_;
}

void WordCounter::add(WordHash hash) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = (hash * 0x9e3779b1U >> 7U) & mask;
  while (used_in_[slot] == round_) {
    if (slots_[slot] == hash) return;
    slot = (slot + 1) & mask;
  }
  used_in_[slot] = round_;
  slots_[slot] = hash;
  found_.push_back(hash);
  if (found_.size() * 2 > slots_.size()) grow();
}

void WordCounter::grow() {
  const std::vector<WordHash> words = std::move(found_);
  slots_.assign(slots_.size() * 2, 0);
  used_in_.assign(slots_.size(), 0);
  round_ = 1;
  found_.clear();
  for (const WordHash word : words) add(word);
}

WordFilter::WordFilter(const std::vector<WordClause>& clauses) {
  for (const WordClause& clause : clauses) {
    auto& hashes = clauses_.emplace_back(Clause{{}, clause.in_code, clause.called, clause.brackets}).words;
    for (const std::string& word : clause.words) hashes.push_back(word_hash(word));
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
  }
}

bool WordFilter::may_match(std::span<const WordHash> words) const {
  return std::all_of(clauses_.begin(), clauses_.end(), [&](const Clause& clause) {
    return std::any_of(clause.words.begin(), clause.words.end(),
                       [&](WordHash word) { return std::binary_search(words.begin(), words.end(), word); });
  });
}

}  // namespace adapt::index
