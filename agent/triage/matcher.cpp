#include "agent/triage/matcher.h"

#include <bit>
#include <deque>

#include "tools/base/result.h"

namespace adapt::triage {
namespace {

constexpr std::uint16_t kEnds = 0x8000;

std::uint8_t lower(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte >= 'A' && byte <= 'Z' ? static_cast<std::uint8_t>(byte + ('a' - 'A')) : byte;
}

}  // namespace

// Aho and Corasick's automaton with every failure link followed beforehand, so that a byte costs one look-up.
Matcher::Matcher(const std::vector<std::string>& needles) {
  std::uint8_t used = 0;
  for (const std::string& needle : needles)
    for (const char c : needle)
      if (classes_[lower(c)] == 0) classes_[lower(c)] = ++used;
  for (int byte = 'A'; byte <= 'Z'; ++byte)
    classes_[static_cast<std::size_t>(byte)] = classes_[lower(static_cast<char>(byte))];
  width_ = std::bit_ceil(std::size_t{used} + 1);
  shift_ = static_cast<unsigned>(std::countr_zero(width_));

  std::vector<std::vector<std::uint32_t>> ends(1);
  next_.assign(width_, 0);
  for (std::uint32_t index = 0; index < needles.size(); ++index) {
    ADAPT_CHECK(!needles[index].empty(), "a needle is empty");
    std::uint16_t state = 0;
    for (const char c : needles[index]) {
      const std::size_t cell = (std::size_t{state} << shift_) + classes_[lower(c)];
      if (next_[cell] == 0) {
        ADAPT_CHECK(ends.size() < kEnds, "too many needles for one table");
        next_[cell] = static_cast<std::uint16_t>(ends.size());
        ends.emplace_back();
        next_.resize(next_.size() + width_, 0);
      }
      state = next_[cell];
    }
    ends[state].push_back(index);
  }

  // In order of depth: the state reached by what is left of a text when its first byte is dropped is complete already.
  std::vector<std::uint16_t> shorter(ends.size(), 0);
  std::deque<std::uint16_t> open;
  for (std::size_t c = 0; c < width_; ++c)
    if (next_[c] != 0) open.push_back(next_[c]);
  while (!open.empty()) {
    const std::uint16_t state = open.front();
    open.pop_front();
    const std::vector<std::uint32_t>& also = ends[shorter[state]];
    ends[state].insert(ends[state].end(), also.begin(), also.end());
    for (std::size_t c = 0; c < width_; ++c) {
      std::uint16_t& cell = next_[(std::size_t{state} << shift_) + c];
      const std::uint16_t instead = next_[(std::size_t{shorter[state]} << shift_) + c];
      if (cell == 0) {
        cell = instead;
      } else {
        shorter[cell] = instead;
        open.push_back(cell);
      }
    }
  }
  for (const auto& of_state : ends) {
    begins_.push_back(static_cast<std::uint32_t>(ends_.size()));
    ends_.insert(ends_.end(), of_state.begin(), of_state.end());
  }
  begins_.push_back(static_cast<std::uint32_t>(ends_.size()));
  for (std::uint16_t& cell : next_)
    if (!ends[cell].empty()) cell |= kEnds;
}

void Matcher::find(std::string_view text, std::size_t most, std::vector<Hit>& hits) const {
  std::uint32_t state = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::uint16_t cell = next_[(std::size_t{state} << shift_) + classes_[static_cast<std::uint8_t>(text[at])]];
    state = cell & static_cast<std::uint16_t>(~kEnds);
    if ((cell & kEnds) == 0) continue;
    report(state, static_cast<std::uint32_t>(at + 1), most, hits);
    if (hits.size() >= most) return;
  }
}

void Matcher::report(std::uint32_t state, std::uint32_t end, std::size_t most, std::vector<Hit>& hits) const {
  for (std::uint32_t i = begins_[state]; i < begins_[state + 1] && hits.size() < most; ++i)
    hits.push_back({ends_[i], end});
}

}  // namespace adapt::triage
