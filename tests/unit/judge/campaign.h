// The judge tried on many seeds of the synthetic network: what it says of honest and dishonest candidates.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/judge/judge.h"
#include "tests/unit/judge/network.h"

namespace adapt::judge::testing {

struct Draw {
  std::uint64_t seed = 0;
  std::size_t kept = 0;
  Values input;
  NetworkOutputs reference, golden;
};

struct Trial {
  std::uint64_t seed = 0;
  Weights weights;
  std::vector<Draw> draws;
};
Trial make_trial(std::uint64_t seed, Sizes sizes = {}, double strength = 1.0);

// What a candidate answers on draw `index` of a trial.
using Candidate = std::function<NetworkOutputs(const Trial&, std::size_t index)>;
struct Case {
  const char* name;
  Candidate answer;
};
const std::vector<Case>& honest_cases();
const std::vector<Case>& dishonest_cases();

Candidate run_as(Run how);
Judgement judge_trial(const Trial& trial, const Candidate& candidate, const Policy& policy = {});

}  // namespace adapt::judge::testing
