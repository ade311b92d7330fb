// What one candidate did when it was built and run on the inputs of the baseline.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/domain/repair.h"
#include "harness/client/messages.h"
#include "tools/base/result.h"

namespace adapt::pipeline {

struct Evaluation {
  std::int64_t number = 0;                 // of the attempt, from 1; 0 is the unmodified model
  std::optional<client::Failure> failure;  // empty: every stage passed and the outputs agree with the baseline's
  std::vector<client::SourceRef> sources;  // Python files that a patch may touch
  std::string folder;                      // attempts/<number>
  std::string artefact;                    // what `execute` loads; empty when none was made
  double seconds = 0;                      // of its processes
};

// Builds, runs and compares candidates. An interface, so that the search is tested without a model.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  virtual Result<Evaluation> evaluate(const domain::Candidate& candidate, std::string_view description) = 0;
};

}  // namespace adapt::pipeline
