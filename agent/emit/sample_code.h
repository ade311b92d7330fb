// The recorded inputs of a model as Python that makes their like: what has a structure exactly, the rest drawn from a
// seed.
#pragma once

#include <string>
#include <vector>

#include "agent/emit/hand_over.h"
#include "agent/emit/python_layout.h"

namespace adapt::emit {

// How many rows the sample has: one where every input has the batch first and the model takes a single row, else as
// recorded.
struct SamplePlan {
  bool one_row = false;
  std::int64_t rows = 0;  // of the recorded batch; 0 where the inputs share none
};
SamplePlan plan_of(const HandOver& run);

struct SampleCode {
  std::string lines;                  // statements at `indent`, ending in a dictionary that is called inputs
  bool random = false;                // some values are drawn: a seed must be set before
  std::vector<std::string> floating;  // names of floating-point inputs
};

// Fails for a dtype that has no such form.
Result<SampleCode> sample_code(const HandOver& run, const Json& constants, std::size_t indent);

// The shape of an output for the sample's rows.
std::vector<std::int64_t> shape_for(const OutputForm& output, const SamplePlan& plan);

}  // namespace adapt::emit
