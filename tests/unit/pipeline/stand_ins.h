// A stand-in evaluator whose answers the test writes down, by what the candidate changes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "agent/pipeline/search.h"

namespace adapt::pipeline {

inline client::Failure failure_at(client::Stage stage, const std::string& fingerprint) {
  client::Failure failure;
  failure.stage = stage;
  failure.fingerprint = fingerprint;
  return failure;
}

class StandInEvaluator final : public Evaluator {
 public:
  using Answer = std::function<std::optional<client::Failure>(const domain::Candidate&)>;
  explicit StandInEvaluator(Answer answer) : answer_(std::move(answer)) {}

  Result<Evaluation> evaluate(const domain::Candidate& candidate, std::string_view) override {
    seen.push_back(candidate);
    Evaluation evaluation;
    evaluation.number = static_cast<std::int64_t>(seen.size());
    evaluation.failure = answer_(candidate);
    return evaluation;
  }

  std::vector<domain::Candidate> seen;

 private:
  Answer answer_;
};

inline client::Option option_named(const std::string& id) {
  client::Option option;
  option.id = id;
  option.scope = "load";
  option.set = Json{{id, true}};
  return option;
}

}  // namespace adapt::pipeline
