#include "agent/triage/signatures.h"

#include <algorithm>
#include <map>

#include "tools/base/text.h"

namespace adapt::triage {
namespace {

constexpr std::size_t kMaxHits = 4096;  // on one line

bool in_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

std::vector<std::string_view> split_at(std::string_view text, std::string_view mark) {
  std::vector<std::string_view> out;
  for (;;) {
    const std::size_t at = text.find(mark);
    out.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + mark.size());
  }
}

// Groups of a pattern, each the texts that follow one another.
std::vector<std::vector<std::string_view>> read_pattern(std::string_view text) {
  std::vector<std::vector<std::string_view>> out;
  for (const std::string_view group : split_at(text, " & ")) out.push_back(split_at(group, " * "));
  return out;
}

}  // namespace

SignatureIndex::SignatureIndex(const Tables& tables) {
  std::map<std::string, std::uint32_t, std::less<>> numbers;
  std::vector<std::string> needles;
  for (std::uint32_t row = 0; row < tables.signatures.size(); ++row) {
    std::vector<Group>& groups = patterns_.emplace_back();
    std::uint32_t key = 0;
    std::size_t longest = 0;
    for (const auto& texts : read_pattern(tables.signatures[row].pattern)) {
      Group& group = groups.emplace_back();
      for (std::string_view text : texts) {
        const bool is_whole = text.size() > 2 && text.front() == '<' && text.back() == '>';
        if (is_whole) text = text.substr(1, text.size() - 2);
        const auto [entry, is_new] = numbers.emplace(text, static_cast<std::uint32_t>(needles.size()));
        if (is_new) needles.emplace_back(text);
        group.push_back({entry->second, is_whole});
        if (text.size() <= longest) continue;
        longest = text.size();
        key = entry->second;
      }
    }
    keyed_.resize(needles.size());
    keyed_[key].push_back(row);
  }
  for (const std::string& needle : needles) lengths_.push_back(needle.size());
  matcher_.emplace(needles);
}

const SignatureIndex& built_in_index() {
  static const SignatureIndex index(built_in_tables());
  return index;
}

SignatureFinder::SignatureFinder(const SignatureIndex& index) : index_(index), found_(index.lengths_.size()) {}

bool SignatureFinder::place_group(std::string_view line, const SignatureIndex::Group& group, Match& match) const {
  std::uint32_t from = 0;
  bool first = true;
  for (const SignatureIndex::Part& part : group) {
    const auto length = static_cast<std::uint32_t>(index_.lengths_[part.needle]);
    const auto fits = [&](std::uint32_t end) {
      const std::uint32_t begin = end - length;
      return begin >= from && (!part.is_whole || begin == 0 || !in_word(line[begin - 1])) &&
             (!part.is_whole || end == line.size() || !in_word(line[end]));
    };
    const auto& ends = found_[part.needle];
    const auto placed = std::ranges::find_if(ends, fits);
    if (placed == ends.end()) return false;
    if (first) match.begin = std::min(match.begin, *placed - length);
    first = false;
    from = *placed;
  }
  match.end = std::max(match.end, from);
  return true;
}

void SignatureFinder::find(std::string_view line, std::vector<Match>& out) {
  out.clear();
  hits_.clear();
  index_.matcher_->find(line, kMaxHits, hits_);
  if (hits_.empty()) return;
  for (const Matcher::Hit& hit : hits_) found_[hit.needle].push_back(hit.end);
  for (const Matcher::Hit& hit : hits_) {
    if (found_[hit.needle].front() != hit.end) continue;  // once a needle
    for (const std::uint32_t row : index_.keyed_[hit.needle]) {
      Match match{row, static_cast<std::uint32_t>(line.size()), 0};
      if (std::ranges::all_of(index_.patterns_[row],
                              [&](const SignatureIndex::Group& group) { return place_group(line, group, match); }))
        out.push_back(match);
    }
  }
  for (const Matcher::Hit& hit : hits_) found_[hit.needle].clear();
  std::ranges::sort(out, {}, &Match::signature);
}

}  // namespace adapt::triage
