// The outer shape of a .adapt file: bracketed heads and the lines below them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/base/result.h"

namespace adapt::patterns {

struct Line {
  std::string_view text;
  std::uint32_t number = 0;
};

struct Section {
  std::string kind;                // "" for the head of the file
  std::vector<std::string> words;  // what follows the kind in the brackets
  std::uint32_t line = 0;
  std::vector<Line> lines;
};

// `text` must outlive the result; `name` is the file's, for complaints.
Result<std::vector<Section>> cut_sections(std::string_view text, std::string_view name);

// Parted by blanks.
std::vector<std::string> words_of(std::string_view text);

// "key   value" -> both; a " # comment" at the end is dropped.
std::pair<std::string_view, std::string_view> key_value(std::string_view line);

// A line without content.
bool is_comment(std::string_view line);

// Joined, blank lines at both ends removed, one line end at the end.
std::string code_of(const std::vector<Line>& lines);

}  // namespace adapt::patterns
