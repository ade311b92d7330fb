// A model that cannot be loaded because an optional package is absent: patterns whose carrier is a shim put stub
// modules in its place. The unmodified model cannot be had otherwise, so reference and candidates get the same ones.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/pipeline/baseline.h"
#include "agent/pipeline/pattern_order.h"
#include "agent/pipeline/search.h"

namespace adapt::pipeline {

struct Stubbed {
  std::optional<client::Failure> call;  // a stub was called: the model needs what is absent
  std::vector<domain::Repair> repairs;  // one for each pattern whose stubs are in place, with what it costs the claim
  std::vector<Tried> tried;             // attempt 0: none is an evaluation of a candidate
};

struct StubTools {
  // Patterns that may answer the failure, best first; those without stub modules are passed over.
  std::function<Result<std::vector<Placed>>(const client::Failure&, const client::Model&)> patterns;
  std::function<Result<Baseline>(const client::Model&)> reference;
  // As in a search; not told of stubs that make the reference run, since no judge has accepted anything yet.
  Observe observe;
};

// Adds stubs to `baseline`, which has a failure, as long as they lead further: each moves the failure on, and none is
// called. Afterwards `baseline` is that of the model with `repairs` in place.
Result<Stubbed> stub_absent_packages(Baseline& baseline, const StubTools& tools);

// Whether code called a stub, at whatever stage.
bool is_stub_call(const client::Failure& failure);

std::vector<client::Stub> stubs_of(const patterns::Carrier& carrier);

}  // namespace adapt::pipeline
