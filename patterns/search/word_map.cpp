#include "patterns/search/word_map.h"

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace adapt::search {
namespace {

// Whether arguments follow, perhaps behind the end of brackets: `(x.f)(y)`.
bool is_called(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const char c = text[at];
    if (c == '#')
      at = std::min(text.find('\n', at), text.size());
    else if (std::string_view(" \t\f\r\n\\)").find(c) != std::string_view::npos)
      ++at;
    else
      return c == '(';
  }
  return false;
}

}  // namespace

using patterns::Edit;

WordMap::WordMap(std::string_view text, const pyast::TopLevel& top, const RuleSet& rules)
    : rules_(rules), words_(rules.word_count()) {
  std::unordered_map<index::WordHash, std::vector<std::uint32_t>> other_names;
  for (const auto& [name, alias] : top.aliases)
    if (const std::uint32_t number = rules.number_of(index::word_hash(name)); number != RuleSet::kNoWord)
      other_names[index::word_hash(alias)].push_back(number);
  std::size_t next = 0;  // of the texts
  const auto see = [&](std::uint32_t number, std::size_t begin, std::size_t end) {
    while (next < top.texts.size() && begin >= top.texts[next].end) ++next;
    const auto offset = static_cast<std::uint32_t>(begin);
    Word& word = words_[number];
    word.anywhere.push_back(offset);
    if (next < top.texts.size() && begin >= top.texts[next].begin) return;
    word.in_code.push_back(offset);
    if (is_called(text, end)) word.called.push_back(offset);
  };
  index::for_each_word(text, [&](std::size_t begin, std::size_t end, index::WordHash hash) {
    if (const std::uint32_t number = rules.number_of(hash); number != RuleSet::kNoWord) see(number, begin, end);
    if (other_names.empty()) return;
    if (const auto found = other_names.find(hash); found != other_names.end())
      for (const std::uint32_t number : found->second) see(number, begin, end);
  });
}

const Offsets& WordMap::offsets_of(index::WordHash word, const Clause& clause) const {
  const Word& found = words_[rules_.number_of(word)];
  return clause.called ? found.called : clause.in_code ? found.in_code : found.anywhere;
}

std::size_t WordMap::count(const Clause& clause) const {
  std::size_t out = 0;
  for (const index::WordHash word : clause.words) out += offsets_of(word, clause).size();
  return out;
}

bool WordMap::stands_between(std::uint32_t begin, std::uint32_t end, const Clause& clause) const {
  return std::any_of(clause.words.begin(), clause.words.end(), [&](index::WordHash word) {
    const Offsets& offsets = offsets_of(word, clause);
    const auto found = std::lower_bound(offsets.begin(), offsets.end(), begin);
    return found != offsets.end() && *found < end;
  });
}

WordMap::Places WordMap::holding(const Edit& edit, const Offsets& groups) const {
  const auto& clauses = edit.before.filter.clauses();
  const auto rarest = std::min_element(clauses.begin(), clauses.end(),
                                       [&](const auto& a, const auto& b) { return count(a) < count(b); });
  Places out;
  if (rarest == clauses.end()) return out;
  out.brackets = rarest->brackets;
  for (const index::WordHash word : rarest->words)
    for (const std::uint32_t offset : offsets_of(word, *rarest)) {
      const auto next = std::upper_bound(groups.begin() + (groups.empty() ? 0 : 1), groups.end(), offset);
      const std::uint32_t begin = groups.empty() || next == groups.begin() + 1 ? 0 : *std::prev(next);
      const std::uint32_t end = next == groups.end() ? std::numeric_limits<std::uint32_t>::max() : *next;
      if (std::all_of(clauses.begin(), clauses.end(),
                      [&](const Clause& clause) { return stands_between(begin, end, clause); }))
        out.offsets.push_back(offset);
    }
  return out;
}

}  // namespace adapt::search
