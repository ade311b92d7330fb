#include "patterns/search/word_map.h"

#include <algorithm>
#include <unordered_map>

namespace adapt::search {

using patterns::Edit;

WordMap::WordMap(std::string_view text, const std::vector<std::uint32_t>& part_ends,
                 const std::vector<std::pair<std::string_view, std::string_view>>& aliases, const RuleSet& rules)
    : rules_(rules), parts_of_(rules.word_count()) {
  std::unordered_map<index::WordHash, std::vector<std::uint32_t>> other_names;
  for (const auto& [name, alias] : aliases)
    if (const std::uint32_t number = rules.number_of(index::word_hash(name)); number != RuleSet::kNoWord)
      other_names[index::word_hash(alias)].push_back(number);
  std::size_t part = 0;
  index::for_each_word(text, [&](std::size_t begin, std::size_t, index::WordHash hash) {
    while (part + 1 < part_ends.size() && begin >= part_ends[part]) ++part;
    if (const std::uint32_t number = rules.number_of(hash); number != RuleSet::kNoWord) add(number, part);
    if (other_names.empty()) return;
    if (const auto found = other_names.find(hash); found != other_names.end())
      for (const std::uint32_t number : found->second) add(number, part);
  });
}

void WordMap::add(std::uint32_t number, std::size_t part) {
  auto& found = parts_of_[number];
  if (found.empty() || found.back() != part) found.push_back(part);
}

std::size_t WordMap::places(const std::vector<index::WordHash>& clause) const {
  std::size_t out = 0;
  for (const index::WordHash word : clause) out += parts_of(word).size();
  return out;
}

std::vector<std::size_t> WordMap::holding(const Edit& edit, const std::vector<std::size_t>& group_of) const {
  const auto& clauses = edit.before.filter.clauses();
  std::vector<std::size_t> out;
  if (clauses.empty()) return group_of;
  const auto rarest = std::min_element(clauses.begin(), clauses.end(),
                                       [&](const auto& a, const auto& b) { return places(a) < places(b); });
  for (const index::WordHash word : *rarest)
    for (const std::size_t part : parts_of(word)) out.push_back(group_of[part]);
  std::erase_if(out, [&](std::size_t group) {
    return !std::all_of(clauses.begin(), clauses.end(), [&](const auto& clause) {
      return std::any_of(clause.begin(), clause.end(), [&](index::WordHash word) {
        const auto& parts = parts_of(word);
        const auto found = std::lower_bound(parts.begin(), parts.end(), group,
                                            [&](std::size_t part, std::size_t g) { return group_of[part] < g; });
        return found != parts.end() && group_of[*found] == group;
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
