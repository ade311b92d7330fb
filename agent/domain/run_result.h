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
  std::int64_t attempts = 0;
  double wall_s = 0;
  std::string out;  // folder with patch, override module, tests and report
};

OrderedJson to_json(const RunResult& result);
// What a failure looks like to a program: stage, class, fingerprint, op, file, line, function, source, message.
OrderedJson failure_summary(const client::Failure& failure);

}  // namespace adapt::domain
