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

Json mark_json(const BatchMark& mark) {
  return Json{
      {"asked", mark.asked}, {"tag", mark.tag}, {"id", mark.id}, {"items", mark.items}, {"utc_ms", mark.utc_ms}};
}

Result<BatchMark> mark_from(const Json& json) {
  BatchMark mark;
  ADAPT_TRY(mark.asked, read_string(json, "asked", "reservation.batch"));
  ADAPT_TRY(mark.tag, read_string(json, "tag", "reservation.batch"));
  ADAPT_TRY(mark.id, read_string(json, "id", "reservation.batch"));
  ADAPT_TRY(mark.items, read_int(json, "items", "reservation.batch"));
  ADAPT_TRY(mark.utc_ms, read_int(json, "utc_ms", "reservation.batch"));
  return mark;
}

// Of a call whose answer nobody saw: the whole reservation counts, as input, which is what most of it was for.
Settlement lost_settlement(const Reservation& entry) {
  return {entry.call, {.fresh = entry.most.tokens, .estimated = true}, entry.most.nano_usd, true, "lost"};
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
  Json out{{"call", entry.call}, {"tokens", entry.most.tokens}, {"nano_usd", maybe(entry.most.nano_usd)}};
  if (entry.batch) out["batch"] = mark_json(*entry.batch);
  return out;
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
  if (json.contains("batch")) {
    ADAPT_TRY(const Json* mark, read_object(json, "batch", "reservation"));
    ADAPT_TRY(entry.batch, mark_from(*mark));
  }
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
  std::map<std::int64_t, Reservation> open;
  for (const Reservation& entry : reserved) {
    last_call_ = std::max(last_call_, entry.call);
    open[entry.call] = entry;
  }
  for (const Settlement& entry : settled) {
    last_call_ = std::max(last_call_, entry.call);
    open.erase(entry.call);
    budget_.book(entry.usage, entry.nano_usd, entry.waste);
  }
  for (const auto& [call, entry] : open) {
    if (entry.batch) {
      budget_.hold(entry.most);
      open_[call] = entry;
      continue;
    }
    const Settlement lost = lost_settlement(entry);
    ADAPT_TRY_VOID(log_.settled(lost));
    budget_.book(lost.usage, lost.nano_usd, lost.waste);
  }
  return {};
}

std::optional<Price> Ledger::price(const std::string& model, std::int64_t prompt_tokens) const {
  return prices_.find(model, clock_.utc_ms(), prompt_tokens);
}

std::optional<std::int64_t> Ledger::most_nano_usd(const std::string& model, const CallSize& call) const {
  const std::optional<Price> price = prices_.dearest(model, clock_.utc_ms(), call.input_tokens);
  if (!price) return std::nullopt;
  // Writing to a cache costs more than reading input afresh.
  Usage worst{.fresh = call.input_tokens, .output = call.output_tokens};
  if (price->cache_write > price->input) worst = {.cache_write = call.input_tokens, .output = call.output_tokens};
  return cost_of(worst, *price);
}

Result<Reservation> Ledger::open(Reservation entry) {
  entry.call = last_call_ + 1;
  ADAPT_TRY_VOID(budget_.reserve(entry.most));
  if (const Result<void> kept = log_.reserved(entry); !kept) {
    budget_.cancel(entry.most);
    return tl::unexpected<Error>(kept.error());
  }
  last_call_ = entry.call;
  open_[entry.call] = entry;
  return entry;
}

Result<Reservation> Ledger::reserve(const std::string& model, std::int64_t input_tokens, std::int64_t output_tokens) {
  const CallSize call{input_tokens, output_tokens};
  return open({.most = {input_tokens + output_tokens, most_nano_usd(model, call)}});
}

Result<Reservation> Ledger::reserve(const std::string& model, const std::vector<CallSize>& calls, std::int64_t percent,
                                    BatchMark mark) {
  Reservation entry{.most = {0, 0}, .batch = std::move(mark)};
  for (const CallSize& call : calls) {
    entry.most.tokens += call.input_tokens + call.output_tokens;
    const std::optional<std::int64_t> most = most_nano_usd(model, call);
    entry.most.nano_usd =
        most && entry.most.nano_usd ? std::optional(sum_of(*entry.most.nano_usd, *most)) : std::nullopt;
  }
  if (entry.most.nano_usd) entry.most.nano_usd = percent_of(*entry.most.nano_usd, percent);
  return open(std::move(entry));
}

Result<Reservation> Ledger::named(const Reservation& batch, std::string id) {
  const auto found = open_.find(batch.call);
  ADAPT_CHECK(found != open_.end() && found->second.batch, "a batch was named that is not open");
  Reservation entry = found->second;
  entry.batch->id = std::move(id);
  ADAPT_TRY_VOID(log_.reserved(entry));
  found->second = entry;
  return entry;
}

std::vector<Reservation> Ledger::open_batches() const {
  std::vector<Reservation> out;
  for (const auto& [call, entry] : open_)
    if (entry.batch) out.push_back(entry);
  return out;
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

Result<void> Ledger::settle_lost(const Reservation& reservation) {
  const Settlement entry = lost_settlement(reservation);
  settled(entry);
  return log_.settled(entry);
}

void Ledger::settled(const Settlement& entry) {
  const auto open = open_.find(entry.call);
  ADAPT_CHECK(open != open_.end(), "a call was settled that is not open");
  budget_.settle(open->second.most, entry.usage, entry.nano_usd, entry.waste);
  open_.erase(open);
}

}  // namespace adapt::llm
