#include "agent/llm/prices.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>

#include "llm_prices.h"
#include "tools/base/json.h"
#include "tools/base/quantity.h"

namespace adapt::llm {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

std::int64_t product(std::int64_t tokens, std::int64_t price) {
  std::int64_t out = 0;
  return __builtin_mul_overflow(tokens, price, &out) ? kMost : out;
}

// "2026-11-20" to UTC milliseconds.
Result<std::int64_t> parse_day(const std::string& text, std::string_view where) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  const bool shaped = text.size() == 10 && text[4] == '-' && text[7] == '-';
  const auto number = [&](std::size_t at, std::size_t length, auto& out) {
    const auto [end, code] = std::from_chars(text.data() + at, text.data() + at + length, out);
    return code == std::errc() && end == text.data() + at + length;
  };
  if (!shaped || !number(0, 4, year) || !number(5, 2, month) || !number(8, 2, day))
    return fail(ErrorKind::parse, "{}: '{}' is not a day like 2026-11-20", where, text);
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!date.ok()) return fail(ErrorKind::parse, "{}: there is no day '{}'", where, text);
  const auto since = std::chrono::sys_days(date).time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
}

// A price is written as people quote it, dollars a million tokens, in text: "0.125" is 125 nano-dollars a token.
Result<std::int64_t> read_price(const Json& row, std::string_view key, const std::string& where) {
  ADAPT_TRY(const std::string text, read_string(row, key, where));
  ADAPT_TRY(const std::int64_t nano_a_million, parse_dollars(text));
  if (nano_a_million % 1'000'000 != 0)
    return fail(ErrorKind::parse, "{}.{}: {} is finer than a nano-dollar a token", where, key, text);
  return nano_a_million / 1'000'000;
}

Result<PriceRow> parse_row(const Json& json, const std::string& where) {
  PriceRow row;
  ADAPT_TRY(row.model, read_string(json, "model", where));
  ADAPT_TRY(const std::string from, read_string(json, "from", where));
  ADAPT_TRY(row.from, parse_day(from, where));
  if (const std::string until = string_or(json, "until", ""); !until.empty()) {
    ADAPT_TRY(row.until, parse_day(until, where));
  }
  if (row.until != 0 && row.until <= row.from) return fail(ErrorKind::parse, "{}: ends before it begins", where);
  if (json.contains("over")) {
    ADAPT_TRY(row.over, read_int(json, "over", where));
  }
  if (row.over < 0) return fail(ErrorKind::parse, "{}.over: {} is less than nothing", where, row.over);
  ADAPT_TRY(row.price.input, read_price(json, "input", where));
  ADAPT_TRY(row.price.output, read_price(json, "output", where));
  ADAPT_TRY(row.price.cache_read, read_price(json, "cache_read", where));
  ADAPT_TRY(row.price.cache_write, read_price(json, "cache_write", where));
  ADAPT_TRY(row.price.cache_write_1h, read_price(json, "cache_write_1h", where));
  row.source = string_or(json, "source", "");
  row.checked = string_or(json, "checked", "");
  return row;
}

bool overlap(const PriceRow& a, const PriceRow& b) {
  const auto end = [](const PriceRow& row) { return row.until == 0 ? kMost : row.until; };
  return a.model == b.model && a.over == b.over && a.from < end(b) && b.from < end(a);
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Whether `asked` is `plain` with a date behind it.
bool is_dated(std::string_view asked, std::string_view plain) {
  if (!asked.starts_with(plain) || asked.size() == plain.size() || asked[plain.size()] != '-') return false;
  const std::string_view rest = asked.substr(plain.size() + 1);
  if (rest.size() == 8) return is_digits(rest);
  return rest.size() == 10 && is_digits(rest.substr(0, 4)) && rest[4] == '-' && is_digits(rest.substr(5, 2)) &&
         rest[7] == '-' && is_digits(rest.substr(8, 2));
}

bool names(const PriceRow& row, std::string_view asked) {
  const auto is = [&](std::string_view name) { return name == row.model || is_dated(name, row.model); };
  const std::size_t slash = asked.rfind('/');
  return is(asked) || (slash != std::string_view::npos && is(asked.substr(slash + 1)));
}

// Whether `a` says more about what it names: the longer name, then the narrower band.
bool is_closer(const PriceRow& a, const PriceRow& b) {
  return a.model.size() != b.model.size() ? a.model.size() > b.model.size() : a.over > b.over;
}

bool holds(const PriceRow& row, std::int64_t utc_ms) {
  return row.from <= utc_ms && (row.until == 0 || utc_ms < row.until);
}

}  // namespace

Result<Prices> Prices::parse(std::string_view text) {
  ADAPT_TRY(const Json json, parse_json(text));
  ADAPT_TRY(const Json* list, read_array(json, "prices", "prices file"));
  Prices prices;
  for (const Json& entry : *list) {
    const std::string where = fmt::format("prices[{}]", prices.rows_.size());
    ADAPT_TRY(PriceRow row, parse_row(entry, where));
    for (const PriceRow& other : prices.rows_)
      if (overlap(row, other)) return fail(ErrorKind::parse, "{}: another row holds for {} then", where, row.model);
    prices.rows_.push_back(std::move(row));
  }
  return prices;
}

const Prices& Prices::built_in() {
  static const Prices table = [] {
    Result<Prices> parsed = parse(data::k_prices);
    ADAPT_CHECK(parsed.has_value(), "prices.json is malformed");
    return *std::move(parsed);
  }();
  return table;
}

Prices Prices::under(const Prices& more) const {
  Prices out = more;
  for (const PriceRow& row : rows_)
    if (std::ranges::none_of(more.rows_, [&](const PriceRow& own) { return own.model == row.model; }))
      out.rows_.push_back(row);
  return out;
}

std::optional<Price> Prices::find(std::string_view model, std::int64_t utc_ms, std::int64_t prompt_tokens) const {
  const PriceRow* best = nullptr;
  for (const PriceRow& row : rows_)
    if (names(row, model) && holds(row, utc_ms) && (row.over == 0 || prompt_tokens > row.over) &&
        (best == nullptr || is_closer(row, *best)))
      best = &row;
  return best == nullptr ? std::nullopt : std::optional(best->price);
}

std::optional<Price> Prices::dearest(std::string_view model, std::int64_t utc_ms, std::int64_t prompt_tokens) const {
  const std::optional<Price> large = find(model, utc_ms, prompt_tokens);
  std::optional<Price> out = find(model, utc_ms, 0);
  if (!out) return large;
  if (large) {
    out->input = std::max(out->input, large->input);
    out->output = std::max(out->output, large->output);
    out->cache_read = std::max(out->cache_read, large->cache_read);
    out->cache_write = std::max(out->cache_write, large->cache_write);
    out->cache_write_1h = std::max(out->cache_write_1h, large->cache_write_1h);
  }
  return out;
}

std::int64_t sum_of(std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  return __builtin_add_overflow(a, b, &out) ? kMost : out;
}

std::int64_t cost_of(const Usage& usage, const Price& price) {
  std::int64_t out = product(usage.fresh, price.input);
  out = sum_of(out, product(usage.cache_read, price.cache_read));
  out = sum_of(out, product(usage.cache_write, price.cache_write));
  out = sum_of(out, product(usage.cache_write_1h, price.cache_write_1h));
  return sum_of(out, product(usage.output, price.output));
}

std::int64_t percent_of(std::int64_t nano_usd, std::int64_t percent) {
  return sum_of(product(nano_usd / 100, percent), (nano_usd % 100 * percent + 99) / 100);
}

}  // namespace adapt::llm
