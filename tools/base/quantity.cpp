#include "tools/base/quantity.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "tools/base/text.h"

namespace adapt {
namespace {

constexpr std::size_t kMostDigits = 9;  // on either side of the point: below 10^9, and exact to 10^-9

bool is_number(std::string_view digits) {
  return digits.size() <= kMostDigits && std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
}

// "1.5" as billionths.
std::optional<std::int64_t> billionths(std::string_view text) {
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view part = point == std::string_view::npos ? "" : text.substr(point + 1);
  const bool half = whole.empty() || (part.empty() && point != std::string_view::npos);
  if (half || !is_number(whole) || !is_number(part)) return std::nullopt;
  std::int64_t out = 0;
  for (const char c : whole) out = out * 10 + (c - '0');
  for (std::size_t i = 0; i < kMostDigits; ++i) out = out * 10 + (i < part.size() ? part[i] - '0' : 0);
  return out;
}

constexpr std::int64_t kBillion = 1'000'000'000;

struct Unit {
  std::string_view suffix;
  std::int64_t factor;
};
constexpr std::array kCounts = {Unit{"k", 1000}, Unit{"K", 1000}, Unit{"M", 1'000'000}, Unit{"", 1}};
constexpr std::array kTimes = {Unit{"s", 1}, Unit{"m", 60}, Unit{"h", 3600}, Unit{"d", 86400}, Unit{"", 1}};

// A number with one of the units behind it, where that comes to a whole.
std::optional<std::int64_t> with_unit(std::string_view text, std::span<const Unit> units) {
  const std::string_view plain = trim(text);
  for (const Unit& unit : units) {
    if (!plain.ends_with(unit.suffix)) continue;
    const auto number = billionths(trim(plain.substr(0, plain.size() - unit.suffix.size())));
    if (!number) continue;
    const std::int64_t part = *number % kBillion * unit.factor;
    if (part % kBillion != 0) return std::nullopt;
    return *number / kBillion * unit.factor + part / kBillion;
  }
  return std::nullopt;
}

}  // namespace

Result<std::int64_t> parse_count(std::string_view text) {
  const auto count = with_unit(text, kCounts);
  if (!count) return fail(ErrorKind::parse, "'{}' is not a count like 250000, 400k or 1.5M", text);
  return *count;
}

Result<std::int64_t> parse_duration(std::string_view text) {
  const auto seconds = with_unit(text, kTimes);
  if (!seconds) return fail(ErrorKind::parse, "'{}' is not a time like 90s, 20m or 2h", text);
  return *seconds;
}

Result<std::int64_t> parse_dollars(std::string_view text) {
  std::string_view plain = trim(text);
  if (plain.starts_with('$')) plain.remove_prefix(1);
  const auto nano = billionths(plain);
  if (!nano) return fail(ErrorKind::parse, "'{}' is not an amount of dollars like 2 or 0.25", text);
  return *nano;
}

std::string dollars(std::int64_t nano_usd) {
  const std::int64_t micro = (nano_usd + 500) / 1000;
  const std::string text = fmt::format("{}.{:06}", micro / 1'000'000, micro % 1'000'000);
  return "$" + text.substr(0, text.size() - (micro >= 1'000'000 ? 4 : 2));  // cents, or finer where it is little
}

}  // namespace adapt
