#include "tools/toolbox/similarity.h"

#include <algorithm>
#include <cctype>

namespace adapt::toolbox {
namespace {

constexpr std::size_t kLooked = 400;  // bytes

std::vector<std::uint16_t> pairs_of(std::string_view text) {
  std::vector<std::uint16_t> out;
  unsigned before = ' ';
  for (const char c : text.substr(0, kLooked)) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isspace(letter) != 0) continue;
    const auto folded = static_cast<unsigned>(std::tolower(letter));
    out.push_back(static_cast<std::uint16_t>(before << 8U | folded));
    before = folded;
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Likeness::Likeness(std::string_view text) : pairs_(pairs_of(text)) {}

double Likeness::to(std::string_view other) const {
  const std::vector<std::uint16_t> pairs = pairs_of(other);
  if (pairs.empty() || pairs_.empty()) return 0;
  std::size_t shared = 0;
  for (std::size_t i = 0, j = 0; i < pairs.size() && j < pairs_.size();) {
    if (pairs[i] == pairs_[j]) ++shared;
    const bool left = pairs[i] <= pairs_[j];
    const bool right = pairs_[j] <= pairs[i];
    i += left ? 1 : 0;
    j += right ? 1 : 0;
  }
  return 2.0 * static_cast<double>(shared) / static_cast<double>(pairs.size() + pairs_.size());
}

std::vector<std::size_t> most_alike(std::string_view text, const std::vector<std::string_view>& candidates,
                                    std::size_t limit) {
  const Likeness wanted(text);
  std::vector<std::pair<double, std::size_t>> ranked;
  for (std::size_t i = 0; i < candidates.size(); ++i) ranked.emplace_back(-wanted.to(candidates[i]), i);
  limit = std::min(limit, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(limit), ranked.end());
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < limit; ++i) out.push_back(ranked[i].second);
  return out;
}

}  // namespace adapt::toolbox
