// What every call may cost and did cost, on record before and after it.
//
// Two entries a call: `reserved` is durable before the request leaves, `settled` once it is known what came of it. A
// reservation that an earlier process left open was sent, for all we know, and counts in full. That of a batch stays
// open instead: its answers wait at the service. It is recorded a second time when the service has named the batch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/llm/budget.h"
#include "agent/llm/prices.h"
#include "tools/base/clock.h"
#include "tools/base/json.h"

namespace adapt::llm {

// How a batch is found again: by its id, or by what it was sent with while nobody has seen the id.
struct BatchMark {
  std::string asked;        // hash of its questions
  std::string tag;          // made by us for this batch alone; travels with it
  std::string id;           // the service's; "": it has not been seen
  std::int64_t items = 0;   // questions
  std::int64_t utc_ms = 0;  // when it was sent
  bool operator==(const BatchMark&) const = default;
};

struct Reservation {
  std::int64_t call = 0;  // 1, 2, ...: of a ledger, over all its processes
  Amount most;
  std::optional<BatchMark> batch{};  // of a batch; its calls count as one
};

// What a call may take at most.
struct CallSize {
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
};

struct Settlement {
  std::int64_t call = 0;
  Usage usage;
  std::optional<std::int64_t> nano_usd;  // nothing: the price is not known
  bool waste = false;                    // the call brought nothing that is used
  std::string ended;                     // "tool", "end", an error's kind, or "lost" with a process
};

Json to_json(const Reservation& entry);
Json to_json(const Settlement& entry);
Result<Reservation> reservation_from(const Json& json);
Result<Settlement> settlement_from(const Json& json);
Json to_json(const Usage& usage);
Result<Usage> usage_from(const Json& json, std::string_view where);

// Where entries are kept. An error means that the entry is not durable.
class SpendLog {
 public:
  virtual ~SpendLog() = default;
  virtual Result<void> reserved(const Reservation& entry) = 0;
  virtual Result<void> settled(const Settlement& entry) = 0;
};

// One run's calls, made by one thread at a time. References outlive it.
class Ledger {
 public:
  Ledger(Budget& budget, SpendLog& log, const Prices& prices, const Clock& clock)
      : budget_(budget), log_(log), prices_(prices), clock_(clock) {}

  // What earlier processes recorded. Open reservations are settled as lost, here and in the log, but for batches.
  Result<void> restore(const std::vector<Reservation>& reserved, const std::vector<Settlement>& settled);

  // Before a call. Fails with kind budget when the most that it may cost does not fit.
  Result<Reservation> reserve(const std::string& model, std::int64_t input_tokens, std::int64_t output_tokens);

  // The same for a batch at `percent` of the price.
  Result<Reservation> reserve(const std::string& model, const std::vector<CallSize>& calls, std::int64_t percent,
                              BatchMark mark);
  // The service has said what it calls the batch.
  Result<Reservation> named(const Reservation& batch, std::string id);
  // Batches whose answers have not been taken, in the order of their calls.
  std::vector<Reservation> open_batches() const;

  // After a call that brought nothing: recorded at once. `usage` is what was used or may have been.
  Result<void> settle_waste(const Reservation& reservation, const std::string& model, const Usage& usage,
                            std::string ended);
  // After a call of which nothing will be known: recorded at once, and counted in full.
  Result<void> settle_lost(const Reservation& reservation);
  // After a call that brought a turn. Not recorded here: the caller records it together with the turn, so that no crash
  // can part the two, and books it with settled().
  Settlement settlement_of(const Reservation& reservation, const std::string& model, const Usage& usage,
                           std::string ended) const;
  void settled(const Settlement& entry);

  const Budget& budget() const { return budget_; }
  // The price of this model now; nothing when it is not known.
  std::optional<Price> price(const std::string& model, std::int64_t prompt_tokens) const;

 private:
  std::optional<std::int64_t> most_nano_usd(const std::string& model, const CallSize& call) const;
  Result<Reservation> open(Reservation entry);

  Budget& budget_;
  SpendLog& log_;
  const Prices& prices_;
  const Clock& clock_;
  std::int64_t last_call_ = 0;
  std::map<std::int64_t, Reservation> open_;
};

}  // namespace adapt::llm
