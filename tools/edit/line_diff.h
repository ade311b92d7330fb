// Which lines of one text became which lines of another.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace adapt::edit {

// With their line ends; the last line may have none. Only "\n" ends a line.
std::vector<std::string_view> lines_with_ends(std::string_view text);

// Old lines [old_begin, old_end) became new lines [new_begin, new_end); 0-based. Lines between hunks are equal.
struct Hunk {
  std::size_t old_begin = 0;
  std::size_t old_end = 0;
  std::size_t new_begin = 0;
  std::size_t new_end = 0;
  bool operator==(const Hunk&) const = default;
};

// The largest number of added and removed lines for which the shortest answer is searched; time and memory grow with
// its square. Texts further apart differ in one hunk between their common beginning and their common end.
inline constexpr std::size_t kMaxDifferences = 2000;

// A shortest edit script (Myers), in order.
std::vector<Hunk> diff_lines(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after,
                             std::size_t max_differences = kMaxDifferences);

}  // namespace adapt::edit
