// Versions of backends: which is newer, and how far apart they are.
#pragma once

#include <string_view>

namespace adapt::evidence {

// By the numbers at the beginning: "2025.3.0-19807" is 2025.3.0, "2.9.0+cpu" is 2.9.0, a missing number is 0. What
// holds no number is older than everything.
bool is_older(std::string_view a, std::string_view b);

// In minor versions; 0 for two builds of one. A major version counts as four minor ones, since nobody knows how many it
// really had. Versions without numbers are as far apart as two minor versions, unless they are the same text.
int version_distance(std::string_view a, std::string_view b);

}  // namespace adapt::evidence
