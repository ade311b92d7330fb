#include "agent/llm/wire/waits.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include "agent/llm/wire/dialect.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

constexpr double kMsPerSecond = 1000;
constexpr std::int64_t kMsPerDay = 86'400'000;

// Takes a number off the front.
std::optional<double> take_number(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;  // no sign, no nan, no inf
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::optional<std::int64_t> within_a_day(double ms) {
  if (!std::isfinite(ms) || ms < 0 || ms > static_cast<double>(kMsPerDay)) return std::nullopt;
  return static_cast<std::int64_t>(std::ceil(ms));
}

std::optional<std::int64_t> parse_count(std::string_view text, double ms_each) {
  text = trim(text);
  const std::optional<double> value = take_number(text);
  return value && text.empty() ? within_a_day(*value * ms_each) : std::nullopt;
}

std::optional<int> digits(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size() && value >= 0;
  return whole ? std::optional(value) : std::nullopt;
}

struct Time {
  std::optional<int> year{}, month{}, day{}, hour{}, minute{}, second{};
};

std::optional<std::int64_t> as_ms(const Time& time) {
  if (!time.year || !time.month || !time.day || !time.hour || !time.minute || !time.second) return std::nullopt;
  if (*time.year > 9999 || *time.hour > 23 || *time.minute > 59 || *time.second > 60) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*time.year},
                                         std::chrono::month{static_cast<unsigned>(*time.month)},
                                         std::chrono::day{static_cast<unsigned>(*time.day)}};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + *time.hour) * 60 + *time.minute) * 60'000 + *time.second * 1000LL;
}

Time clock_of(std::string_view text) {  // "07:28:00"
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return {};
  Time out;
  out.hour = digits(text.substr(0, 2));
  out.minute = digits(text.substr(3, 2));
  out.second = digits(text.substr(6, 2));
  return out;
}

std::optional<std::int64_t> parse_http_date(std::string_view text) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::vector<std::string_view> words = split(text, ' ');
  if (words.size() != 6 || words[5] != "GMT" || words[2].size() != 3) return std::nullopt;
  const std::size_t month = kMonths.find(words[2]);
  if (month == std::string_view::npos || month % 3 != 0) return std::nullopt;
  Time time = clock_of(words[4]);
  time.year = digits(words[3]);
  time.month = static_cast<int>(month / 3) + 1;
  time.day = digits(words[1]);
  return as_ms(time);
}

std::optional<std::int64_t> parse_rfc3339(std::string_view text) {
  if (text.size() < 20 || text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != 't')) return std::nullopt;
  Time time = clock_of(text.substr(11, 8));
  time.year = digits(text.substr(0, 4));
  time.month = digits(text.substr(5, 2));
  time.day = digits(text.substr(8, 2));
  std::optional<std::int64_t> ms = as_ms(time);
  text.remove_prefix(19);
  if (ms && text.starts_with('.')) {
    const std::size_t end = std::min(text.find_first_not_of("0123456789", 1), text.size());
    const std::string fraction = "0" + std::string(text.substr(0, end));
    std::string_view view = fraction;
    *ms += static_cast<std::int64_t>(take_number(view).value_or(0) * kMsPerSecond);
    text.remove_prefix(end);
  }
  if (text == "Z" || text == "z") return ms;
  const bool has_offset = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':';
  const std::optional<int> hours = has_offset ? digits(text.substr(1, 2)) : std::nullopt;
  const std::optional<int> minutes = has_offset ? digits(text.substr(4, 2)) : std::nullopt;
  if (!ms || !hours || !minutes) return std::nullopt;
  const std::int64_t offset = (*hours * 60 + *minutes) * 60'000LL;
  return *ms + (text[0] == '+' ? -offset : offset);
}

std::optional<std::int64_t> until(std::string_view text, std::int64_t now_ms) {
  const std::optional<std::int64_t> at = parse_time_ms(text);
  return at ? within_a_day(static_cast<double>(*at - now_ms)) : std::nullopt;
}

// The longest wait for a limit of which nothing remains: "x-ratelimit-reset-tokens" beside
// "x-ratelimit-remaining-tokens", "anthropic-ratelimit-tokens-reset" beside "anthropic-ratelimit-tokens-remaining".
std::optional<std::int64_t> wait_of_limits(const Headers& headers, std::int64_t now_ms) {
  std::optional<std::int64_t> longest;
  for (const auto& [name, value] : headers) {
    if (!contains(name, "ratelimit") || !contains(name, "reset")) continue;
    const std::string_view remaining = header(headers, replace_all(name, "reset", "remaining"));
    if (trim(remaining) != "0") continue;
    std::optional<std::int64_t> wait = parse_duration_ms(value);
    if (!wait) wait = until(value, now_ms);
    if (wait && (!longest || *wait > *longest)) longest = wait;
  }
  return longest;
}

}  // namespace

std::optional<std::int64_t> parse_duration_ms(std::string_view text) {
  constexpr struct {
    std::string_view unit;
    double ms;
  } kUnits[] = {{"ms", 1}, {"h", 3'600'000}, {"m", 60'000}, {"s", kMsPerSecond}};
  text = trim(text);
  if (text.empty()) return std::nullopt;
  double sum = 0;
  while (!text.empty()) {
    const std::optional<double> value = take_number(text);
    const auto* unit =
        std::find_if(std::begin(kUnits), std::end(kUnits), [&](const auto& row) { return text.starts_with(row.unit); });
    if (!value || unit == std::end(kUnits)) return std::nullopt;
    sum += *value * unit->ms;
    text.remove_prefix(unit->unit.size());
  }
  return within_a_day(sum);
}

std::optional<std::int64_t> parse_time_ms(std::string_view text) {
  text = trim(text);
  const std::optional<std::int64_t> date = parse_http_date(text);
  return date ? date : parse_rfc3339(text);
}

std::optional<std::int64_t> wait_in_prose(std::string_view message) {
  for (const std::string_view phrase : {"try again in ", "retry in ", "Try again in ", "retry after "}) {
    const std::size_t at = message.find(phrase);
    if (at == std::string_view::npos) continue;
    std::string_view rest = message.substr(at + phrase.size());
    const std::string_view word = rest.substr(0, rest.find_first_of(" ,;"));
    const std::string_view span = word.ends_with('.') ? word.substr(0, word.size() - 1) : word;
    if (const std::optional<std::int64_t> wait = parse_duration_ms(span)) return wait;
    const std::optional<double> count = take_number(rest);
    if (count && rest.starts_with(" second")) return within_a_day(*count * kMsPerSecond);
  }
  return std::nullopt;
}

std::optional<std::int64_t> wait_of(const Headers& headers, std::int64_t now_ms) {
  if (const auto wait = parse_count(header(headers, "retry-after-ms"), 1)) return wait;
  const std::string_view after = header(headers, "retry-after");
  if (const auto wait = parse_count(after, kMsPerSecond)) return wait;
  if (const auto wait = until(after, now_ms)) return wait;
  return wait_of_limits(headers, now_ms);
}

}  // namespace adapt::llm
