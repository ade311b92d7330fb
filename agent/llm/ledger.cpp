#include "agent/llm/ledger.h"

#include <algorithm>

namespace adapt::llm {
namespace {

Json maybe(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(nullptr); }

Result<std::optional<std::int64_t>> read_maybe(const Json& object, std::string_view key, std::string_view where) {
  if (member_or_null(object, key).is_null()) return std::optional<std::int64_t>();
  ADAPT_TRY(const std::int64_t value, read_int(object, key, where));
  return std::optional(value);
}

}  // namespace

Json to_json(const Usage& usage) {
  return Json{{"fresh", usage.fresh},
              {"cache_read", usage.cache_read},
              {"cache_write", usage.cache_write},
              {"cache_write_1h", usage.cache_write_1h},
              {"output", usage.output},
              {"reasoning", usage.reasoning},
              {"estimated", usage.estimated}};
}

Result<Usage> usage_from(const Json& json, std::string_view where) {
  Usage usage;
  ADAPT_TRY(usage.fresh, read_int(json, "fresh", where));
  ADAPT_TRY(usage.cache_read, read_int(json, "cache_read", where));
  ADAPT_TRY(usage.cache_write, read_int(json, "cache_write", where));
  ADAPT_TRY(usage.cache_write_1h, read_int(json, "cache_write_1h", where));
  ADAPT_TRY(usage.output, read_int(json, "output", where));
  ADAPT_TRY(usage.reasoning, read_int(json, "reasoning", where));
  ADAPT_TRY(usage.estimated, read_bool(json, "estimated", where));
  return usage;
}

Json to_json(const Reservation& entry) {
  return Json{{"call", entry.call}, {"tokens", entry.most.tokens}, {"nano_usd", maybe(entry.most.nano_usd)}};
}

Json to_json(const Settlement& entry) {
  return Json{{"call", entry.call},
              {"usage", to_json(entry.usage)},
              {"nano_usd", maybe(entry.nano_usd)},
              {"waste", entry.waste},
              {"ended", entry.ended}};
}

Result<Reservation> reservation_from(const Json& json) {
  Reservation entry;
  ADAPT_TRY(entry.call, read_int(json, "call", "reservation"));
  ADAPT_TRY(entry.most.tokens, read_int(json, "tokens", "reservation"));
  ADAPT_TRY(entry.most.nano_usd, read_maybe(json, "nano_usd", "reservation"));
  return entry;
}

Result<Settlement> settlement_from(const Json& json) {
  Settlement entry;
  ADAPT_TRY(entry.call, read_int(json, "call", "settlement"));
  ADAPT_TRY(const Json* usage, read_object(json, "usage", "settlement"));
  ADAPT_TRY(entry.usage, usage_from(*usage, "settlement.usage"));
  ADAPT_TRY(entry.nano_usd, read_maybe(json, "nano_usd", "settlement"));
  ADAPT_TRY(entry.waste, read_bool(json, "waste", "settlement"));
  ADAPT_TRY(entry.ended, read_string(json, "ended", "settlement"));
  return entry;
}

Result<void> Ledger::restore(const std::vector<Reservation>& reserved, const std::vector<Settlement>& settled) {
  std::map<std::int64_t, Amount> open;
  for (const Reservation& entry : reserved) {
    last_call_ = std::max(last_call_, entry.call);
    open[entry.call] = entry.most;
  }
  for (const Settlement& entry : settled) {
    last_call_ = std::max(last_call_, entry.call);
    open.erase(entry.call);
    budget_.book(entry.usage, entry.nano_usd, entry.waste);
  }
  for (const auto& [call, most] : open) {
    // Nobody saw the answer: the whole reservation counts, as input, which is what most of it was for.
    const Settlement lost{call, {.fresh = most.tokens, .estimated = true}, most.nano_usd, true, "lost"};
    ADAPT_TRY_VOID(log_.settled(lost));
    budget_.book(lost.usage, lost.nano_usd, lost.waste);
  }
  return {};
}

std::optional<Price> Ledger::price(const std::string& model, std::int64_t prompt_tokens) const {
  return prices_.find(model, clock_.utc_ms(), prompt_tokens);
}

Result<Reservation> Ledger::reserve(const std::string& model, std::int64_t input_tokens, std::int64_t output_tokens) {
  Reservation entry{last_call_ + 1, {input_tokens + output_tokens, std::nullopt}};
  if (const std::optional<Price> price = prices_.dearest(model, clock_.utc_ms(), input_tokens)) {
    // Writing to a cache costs more than reading input afresh.
    Usage worst{.fresh = input_tokens, .output = output_tokens};
    if (price->cache_write > price->input) worst = {.cache_write = input_tokens, .output = output_tokens};
    entry.most.nano_usd = cost_of(worst, *price);
  }
  ADAPT_TRY_VOID(budget_.reserve(entry.most));
  if (const Result<void> kept = log_.reserved(entry); !kept) {
    budget_.cancel(entry.most);
    return tl::unexpected<Error>(kept.error());
  }
  last_call_ = entry.call;
  open_[entry.call] = entry.most;
  return entry;
}

Settlement Ledger::settlement_of(const Reservation& reservation, const std::string& model, const Usage& usage,
                                 std::string ended) const {
  const std::optional<Price> known = price(model, usage.input());
  return {reservation.call, usage, known ? std::optional(cost_of(usage, *known)) : std::nullopt, false,
          std::move(ended)};
}

Result<void> Ledger::settle_waste(const Reservation& reservation, const std::string& model, const Usage& usage,
                                  std::string ended) {
  Settlement entry = settlement_of(reservation, model, usage, std::move(ended));
  entry.waste = true;
  settled(entry);
  return log_.settled(entry);
}

void Ledger::settled(const Settlement& entry) {
  const auto open = open_.find(entry.call);
  ADAPT_CHECK(open != open_.end(), "a call was settled that is not open");
  budget_.settle(open->second, entry.usage, entry.nano_usd, entry.waste);
  open_.erase(open);
}

}  // namespace adapt::llm
