// One turn with a model, whatever it takes: encode, wait for a place, reserve, send, read, settle, try again.
#pragma once

#include <cstdint>
#include <functional>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include "agent/llm/endpoint.h"
#include "agent/llm/gate.h"
#include "agent/llm/http/transport.h"
#include "agent/llm/ledger.h"
#include "agent/llm/pause.h"
#include "agent/llm/redactor.h"
#include "agent/llm/wire/dialect.h"
#include "tools/base/clock.h"

namespace adapt::llm {

// What happens to one attempt that brought no turn.
struct FailedAttempt {
  CallError error;
  std::int64_t waited_ms = 0;  // before the next
  std::int64_t took_ms = 0;
};

struct Done {
  Turn turn;
  Settlement settlement;  // not on record yet: see Ledger::settlement_of
  std::vector<FailedAttempt> failed;
  std::int64_t took_ms = 0;  // of the attempt that brought it
};
struct Failed {
  CallError error;  // the last one
  std::vector<FailedAttempt> failed;
};
using TurnOutcome = std::variant<Done, Failed>;

struct TurnClocks {
  Clocks attempt{};
  std::int64_t semantic_ms = 900'000;  // between two events that say something
  std::int64_t turn_ms = 7'200'000;    // all attempts and waits
};

// What a runner needs; references outlive it.
struct Line {
  Transport& transport;
  Gate& gate;
  Ledger& ledger;
  const Redactor& redactor;
  const Clock& clock;
  Pause& pause;
  const CancelToken& cancel;
};

// Used by one thread.
class TurnRunner {
 public:
  using KeySource = std::function<Result<std::string>()>;

  // `key` is asked before the first call, and again when a server refused what it gave. `seed`: of the waits' jitter.
  TurnRunner(Endpoint endpoint, KeySource key, Line line, TurnClocks clocks, std::uint64_t seed);

  // An Error of kind budget (the call does not fit), interrupted, environment (no key) or store (the ledger cannot be
  // written). Whatever the server does is an outcome.
  Result<TurnOutcome> run(const Request& request);

  // What is sent for `request`: equal requests have equal bytes. Its hash names the turn in records.
  std::string body_of(const Request& request) const;

  const Endpoint& endpoint() const { return endpoint_; }
  // Tokens that `request` has at least, as far as we can tell: corrected by what servers said of earlier ones.
  std::int64_t estimate(const Request& request) const;
  // Called with each event of a streamed answer, from run()'s thread.
  std::function<void()> on_progress;
  // Whether a server that cannot be reached is tried again. Who only wants to know what it can do need not wait.
  bool waits_for_connection = true;

 private:
  struct Attempt;
  HttpRequest http_request(const Encoded& encoded, const std::string& key) const;
  Attempt attempt(const HttpRequest& http, const Target& target, std::int64_t most_output);
  Answer read(Exchange& exchange, Attempt& attempt, const Target& target);
  std::int64_t tokens_of(std::string_view body) const;

  Endpoint endpoint_;
  KeySource key_source_;
  std::string key_;
  Line line_;
  TurnClocks clocks_;
  std::mt19937_64 rng_;
  double tokens_a_guess_ = 1;  // what servers counted, by what we guessed
};

}  // namespace adapt::llm
