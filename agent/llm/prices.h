// What a token costs: rows that hold from a day to a day and up to a size of prompt. Money is integer nano-dollars
// (1e-9 USD); a price of 4 USD a million tokens is 4,000 nano-dollars a token.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/wire/turn.h"
#include "tools/base/result.h"

namespace adapt::llm {

// Nano-dollars a token.
struct Price {
  std::int64_t input = 0, output = 0, cache_read = 0, cache_write = 0, cache_write_1h = 0;
  bool operator==(const Price&) const = default;
};

struct PriceRow {
  std::string model;       // as the provider spells it, without the date behind it
  std::int64_t from = 0;   // UTC milliseconds, inclusive
  std::int64_t until = 0;  // exclusive; 0: still valid
  std::int64_t over = 0;   // holds for requests with more prompt tokens than this
  Price price;
  std::string source;   // where the figures are from
  std::string checked;  // the day they were looked up
};

// Immutable once loaded.
class Prices {
 public:
  // The table that comes with the program.
  static const Prices& built_in();
  // The same form as agent/llm/data/prices.json. Rows that overlap are refused.
  static Result<Prices> parse(std::string_view text);
  // `more` first: a user's rows win.
  Prices under(const Prices& more) const;

  // Nothing when no row holds: unknown is a state, and never free. A model with a date behind its name
  // ("...-20261015", "...-2026-10-15") or a provider before it ("anthropic/...") has the price of the plain name,
  // unless a row spells more of it.
  std::optional<Price> find(std::string_view model, std::int64_t utc_ms, std::int64_t prompt_tokens) const;
  // The dearest that any size of prompt up to `prompt_tokens` may cost; for reservations.
  std::optional<Price> dearest(std::string_view model, std::int64_t utc_ms, std::int64_t prompt_tokens) const;
  const std::vector<PriceRow>& rows() const { return rows_; }

 private:
  std::vector<PriceRow> rows_;
};

// Exact; saturates instead of overflowing.
std::int64_t cost_of(const Usage& usage, const Price& price);
// Two amounts; saturates.
std::int64_t sum_of(std::int64_t a, std::int64_t b);
// So many percent of an amount, rounded up.
std::int64_t percent_of(std::int64_t nano_usd, std::int64_t percent);

}  // namespace adapt::llm
