// Many independent questions at once, answered within a day and for a part of the price.
//
// From the moment a service has taken a batch it costs money, and its answers wait at the service. So a batch is on
// record before it is sent, and any later process can take the answers: whoever asks the same questions again is given
// the batch that is open in its ledger, and no second one is made.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/llm/batch_calls.h"
#include "agent/llm/endpoint.h"
#include "agent/llm/ledger.h"
#include "agent/llm/turn_runner.h"

namespace adapt::llm {

inline constexpr std::size_t kMaxQuestionId = 48;

struct BatchItem {
  std::string id;  // unique in its batch: letters, digits, '_' and '-', at most kMaxQuestionId of them
  Request request;
};

struct BatchAnswer {
  std::string id;
  Answer answer;
};

enum class BatchState : std::uint8_t {
  in_progress,
  ended,      // every question has its answer or its error
  failed,     // nothing was asked: the batch as a whole was refused
  expired,    // the service's time was up; some questions may have answers
  cancelled,  // the same, by us
};
std::string_view to_string(BatchState state);

struct BatchCounts {
  std::int64_t total = 0;
  std::int64_t answered = 0;
  std::int64_t failed = 0;  // also those that expired or were cancelled
  bool operator==(const BatchCounts&) const = default;
};

struct BatchStatus {
  BatchState state = BatchState::in_progress;  // also for a word that we do not know
  std::string native;                          // the service's word
  BatchCounts counts;
  bool operator==(const BatchStatus&) const = default;
};

struct BatchLimits {
  std::size_t items = 0;
  std::size_t bytes = 0;  // of what is sent
};

// What came of a call: whatever the service does is a value, as for single calls. An Error is of kind usage (a question
// that cannot be asked), budget, interrupted, environment (no key), store (the ledger cannot be written) or llm (the
// service answers what was not asked).
template <class T>
using Replied = Result<std::variant<T, CallError>>;

class BatchService;

// Used by one thread.
class BatchClient {
 public:
  using KeySource = TurnRunner::KeySource;
  // An error that is returned ends the taking.
  using Take = std::function<Result<void>(BatchAnswer)>;

  // A usage error when the endpoint has no batches. `seed`: of the waits' jitter and of the batches' tags.
  static Result<BatchClient> open(Endpoint endpoint, KeySource key, const Line& line, const BatchClocks& clocks,
                                  std::uint64_t seed);

  BatchLimits limits() const;

  // Reserves the most that all questions may cost and sends them. After a CallError the batch is not among the ledger's
  // open ones, unless it is not known whether the service has taken it: then asking again, after its `wait_ms`, finds
  // out, and sends the questions anew only once it is known that they never arrived.
  Replied<Reservation> submit(const std::vector<BatchItem>& items);

  Replied<BatchStatus> status(const Reservation& batch);

  // Hands over one answer for every question, in any order, as soon as it is read; what the service did not answer is a
  // CallError. `items` are those that were submitted. The settlement is not on record yet: the caller records it with
  // the answers and books it (Ledger::settled); until then any process may take them again. A batch that is still in
  // progress is a CallError of kind loading.
  Replied<Settlement> answers(const Reservation& batch, const std::vector<BatchItem>& items, const Take& take);

  // Asks the service to stop. What has been answered by then is paid for and can be taken.
  Replied<BatchStatus> cancel(const Reservation& batch);

  // Gives up on a batch whose answers will not be taken: it counts in full.
  Result<void> abandon(const Reservation& batch);

  const Endpoint& endpoint() const { return endpoint_; }

 private:
  struct Asked;
  BatchClient(Endpoint endpoint, KeySource key, const Line& line, const BatchClocks& clocks, std::uint64_t seed,
              const BatchService& service);

  Target target() const;
  Result<Asked> encode(const std::vector<BatchItem>& items) const;
  Result<std::string> payload(const std::vector<BatchItem>& items, Asked& asked, const std::string& tag) const;
  Result<std::optional<std::variant<Reservation, CallError>>> known(const std::string& asked);
  Replied<Reservation> send(const Reservation& batch, std::string payload, const std::string& path);
  Replied<Reservation> refused(const Reservation& batch, CallError error);
  Replied<Reservation> unclear(const Reservation& batch, CallError error);
  Replied<std::vector<std::string>> find(const BatchMark& mark);

  Endpoint endpoint_;
  Line line_;
  const BatchService* service_;
  std::mt19937_64 rng_;
  BatchCalls calls_;
};

}  // namespace adapt::llm
