#include "patterns/sections.h"

#include <algorithm>

#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

const std::vector<std::string>& section_names() {
  static const std::vector<std::string> names = {"when",  "vars",    "edit",   "imports", "helper",
                                                 "check", "carrier", "origin", "record",  "sample"};
  return names;
}

}  // namespace

Result<std::vector<Section>> cut_sections(std::string_view text, std::string_view name) {
  std::vector<Section> sections(1);
  std::uint32_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    const std::string_view bare = trim(line);
    if (line.starts_with('[') && bare.ends_with(']')) {
      const auto words = words_of(bare.substr(1, bare.size() - 2));
      const std::string kind = words.empty() ? "" : words.front();
      const auto& names = section_names();
      if (std::find(names.begin(), names.end(), kind) != names.end()) {
        sections.push_back({kind, {words.begin() + 1, words.end()}, number, {}});
        continue;
      }
      // In the code of a sample a line may well be a list; anywhere else, or nearly a section, it is a slip.
      const bool in_code =
          sections.back().kind == "sample" || sections.back().kind == "helper" || sections.back().kind == "check";
      const std::string hint = did_you_mean(kind, names);
      if (!in_code || (!hint.empty() && words.size() > 1))
        return fail(ErrorKind::parse, "{}:{}: unknown section '[{}]'{}", name, number, kind, hint);
    }
    sections.back().lines.push_back({line, number});
  }
  return sections;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> out;
  for (const std::string_view word : split(text, ' '))
    if (!trim(word).empty()) out.emplace_back(trim(word));
  return out;
}

std::pair<std::string_view, std::string_view> key_value(std::string_view line) {
  line = trim(line.substr(0, std::min(line.find(" # "), line.size())));
  const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
  return {line.substr(0, end), trim(line.substr(end))};
}

bool is_comment(std::string_view line) { return trim(line).empty() || trim(line).starts_with('#'); }

std::string code_of(const std::vector<Line>& lines) {
  std::string out;
  for (const Line& line : lines) {
    if (out.empty() && trim(line.text).empty()) continue;
    out.append(line.text).append("\n");
  }
  while (out.ends_with("\n\n")) out.pop_back();
  return out;
}

}  // namespace adapt::patterns
