#include "patterns/evidence/version.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace adapt::evidence {
namespace {

constexpr int kMinorsInMajor = 4;
constexpr int kFarthest = 64;  // beyond it votes weigh nothing

using Numbers = std::array<int, 3>;  // major, minor, patch; -1 as major: none were found

Numbers numbers_of(std::string_view text) {
  Numbers out{-1, 0, 0};
  if (text.starts_with('v')) text.remove_prefix(1);
  for (int& number : out) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || value < 0) break;
    number = value;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (!text.starts_with('.')) break;
    text.remove_prefix(1);
  }
  return out;
}

}  // namespace

bool is_older(std::string_view a, std::string_view b) { return numbers_of(a) < numbers_of(b); }

int version_distance(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  const Numbers x = numbers_of(a), y = numbers_of(b);
  if (x[0] < 0 || y[0] < 0) return 2;
  const auto apart = [](int m, int n) { return std::min(std::abs(m - n), kFarthest); };
  return std::min(kFarthest, kMinorsInMajor * apart(x[0], y[0]) + apart(x[1], y[1]));
}

}  // namespace adapt::evidence
