// Random changes to texts, for property tests.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "tools/edit/line_diff.h"

namespace adapt::edit {

// Removes, adds, swaps and changes a few lines; may drop or add the last line end.
inline std::string with_random_lines_changed(std::string_view text, std::mt19937& random) {
  std::vector<std::string> lines;
  for (const std::string_view line : lines_with_ends(text)) lines.emplace_back(line);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % (limit == 0 ? 1 : limit)); };
  for (std::size_t changes = 1 + below(8); changes > 0; --changes) {
    const std::size_t at = below(lines.size());
    const auto place = lines.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(4)) {
      case 0:
        if (!lines.empty()) lines.erase(place);
        break;
      case 1: lines.insert(place, "added_" + std::to_string(below(3)) + "\n"); break;
      case 2:
        if (!lines.empty()) std::swap(lines[at], lines[below(lines.size())]);
        break;
      default:
        if (!lines.empty()) lines[at] = "# " + lines[at];
    }
  }
  std::string out;
  for (const std::string& line : lines) out += line.ends_with('\n') ? line : line + "\n";
  if (below(4) == 0 && !out.empty()) out.pop_back();
  return out;
}

}  // namespace adapt::edit
