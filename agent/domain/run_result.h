// How a run ended: the object that `--json` prints and result.json holds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/domain/outcome.h"
#include "agent/domain/repair.h"
#include "harness/client/messages.h"
#include "tools/base/json.h"

namespace adapt::domain {

// What asking a language model came to.
struct LlmUse {
  std::string endpoint;  // as it was named; "" when none was configured
  std::string stopped;   // why the conversation ended, in the words of loop::StopReason; "" when it was not asked
  std::string detail;
  std::int64_t calls = 0, turns = 0;
  std::int64_t input_tokens = 0, output_tokens = 0, cached_tokens = 0;
  std::int64_t nano_usd = 0;         // of the tokens whose price is known
  std::int64_t unpriced_tokens = 0;  // whose price is not
  bool estimated = false;            // some usage is a guess
};

struct RunResult {
  std::string run;
  std::string model;
  std::string backend;
  Outcome outcome = Outcome::inconclusive;
  Level level = Level::none;
  std::optional<client::Failure> failure;  // of the unmodified model; empty where it works
  std::optional<client::Failure> blocker;  // what was left in the way when nothing repaired it
  std::string reason;                      // one line: why this outcome
  std::vector<Repair> repairs;
  std::vector<std::string> concessions;
  OrderedJson metrics = OrderedJson::object();  // worst figures of the verdict, by name
  std::vector<std::string> placement;           // what ran where, as the backend tells it
  std::int64_t attempts = 0;
  double wall_s = 0;
  LlmUse llm;
  std::string out;  // folder with patch, override module, tests and report
};

OrderedJson to_json(const RunResult& result);
// What a failure looks like to a program: stage, class, fingerprint, op, file, line, function, source, message.
OrderedJson failure_summary(const client::Failure& failure);

}  // namespace adapt::domain
