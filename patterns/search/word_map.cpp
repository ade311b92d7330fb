#include "patterns/search/word_map.h"

#include <algorithm>
#include <unordered_map>

namespace adapt::search {

using patterns::Edit;

WordMap::WordMap(std::string_view text, const pyast::TopLevel& top, const RuleSet& rules)
    : rules_(rules), in_code_(rules.word_count()), anywhere_(rules.word_count()) {
  std::unordered_map<index::WordHash, std::vector<std::uint32_t>> other_names;
  for (const auto& [name, alias] : top.aliases)
    if (const std::uint32_t number = rules.number_of(index::word_hash(name)); number != RuleSet::kNoWord)
      other_names[index::word_hash(alias)].push_back(number);
  std::size_t line = 0;
  std::size_t next = 0;  // of the texts
  const auto see = [&](std::uint32_t number, std::size_t begin) {
    while (line + 1 < top.lines.size() && begin >= top.lines[line + 1]) ++line;
    while (next < top.texts.size() && begin >= top.texts[next].end) ++next;
    add(anywhere_[number], line);
    if (next == top.texts.size() || begin < top.texts[next].begin) add(in_code_[number], line);
  };
  index::for_each_word(text, [&](std::size_t begin, std::size_t, index::WordHash hash) {
    if (const std::uint32_t number = rules.number_of(hash); number != RuleSet::kNoWord) see(number, begin);
    if (other_names.empty()) return;
    if (const auto found = other_names.find(hash); found != other_names.end())
      for (const std::uint32_t number : found->second) see(number, begin);
  });
}

void WordMap::add(Lines& lines, std::size_t line) {
  if (lines.empty() || lines.back() != line) lines.push_back(line);
}

const WordMap::Lines& WordMap::lines_of(index::WordHash word, bool in_code) const {
  return (in_code ? in_code_ : anywhere_)[rules_.number_of(word)];
}

std::size_t WordMap::places(const index::WordFilter::Clause& clause) const {
  std::size_t out = 0;
  for (const index::WordHash word : clause.words) out += lines_of(word, clause.in_code).size();
  return out;
}

std::vector<std::size_t> WordMap::holding(const Edit& edit, const std::vector<std::size_t>& group_of) const {
  const auto& clauses = edit.before.filter.clauses();
  std::vector<std::size_t> out;
  if (clauses.empty()) return group_of;
  const auto rarest = std::min_element(clauses.begin(), clauses.end(),
                                       [&](const auto& a, const auto& b) { return places(a) < places(b); });
  for (const index::WordHash word : rarest->words)
    for (const std::size_t line : lines_of(word, rarest->in_code)) out.push_back(group_of[line]);
  std::erase_if(out, [&](std::size_t group) {
    return !std::all_of(clauses.begin(), clauses.end(), [&](const auto& clause) {
      return std::any_of(clause.words.begin(), clause.words.end(), [&](index::WordHash word) {
        const Lines& lines = lines_of(word, clause.in_code);
        const auto found = std::lower_bound(lines.begin(), lines.end(), group,
                                            [&](std::size_t line, std::size_t g) { return group_of[line] < g; });
        return found != lines.end() && group_of[*found] == group;
      });
    });
  });
  return out;
}

bool WordMap::holds_somewhere(const Edit& edit) const {
  const auto& clauses = edit.before.filter.clauses();
  return std::all_of(clauses.begin(), clauses.end(), [&](const auto& clause) { return places(clause) > 0; });
}

}  // namespace adapt::search
