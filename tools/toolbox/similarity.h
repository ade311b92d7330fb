// How alike two short texts are, and the few of many that are most alike to one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::toolbox {

// Made once for a text that is compared with many. Blanks count for nothing, and only the beginning of a long text is
// looked at.
class Likeness {
 public:
  explicit Likeness(std::string_view text);
  double to(std::string_view other) const;  // 0 to 1: shared pairs of letters (Dice)

 private:
  std::vector<std::uint16_t> pairs_;  // sorted
};

// Indices into `candidates` of those most like `text`, the best first.
std::vector<std::size_t> most_alike(std::string_view text, const std::vector<std::string_view>& candidates,
                                    std::size_t limit);

}  // namespace adapt::toolbox
