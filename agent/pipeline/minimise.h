// Drops every hunk and option that the result does not need.
#pragma once

#include <functional>

#include "agent/pipeline/evaluation.h"
#include "tools/edit/edit_set.h"

namespace adapt::pipeline {

struct MinimiseLimits {
  std::int64_t attempts = 16;
  std::function<bool()> out_of_time;
};

struct Minimised {
  domain::Candidate candidate;
  bool complete = true;  // false: a limit ended it, so something may still be superfluous
  std::int64_t attempts = 0;
};

// `originals` holds the unmodified text of each module that the candidate replaces. Every part that is dropped was
// shown to be unneeded by an evaluation that passes. What is known to fail is not tried: a single part, since the
// unmodified model fails; a text that reads a helper which is gone; new definitions that nothing uses.
Result<Minimised> minimise(const domain::Candidate& candidate, const edit::Sources& originals, Evaluator& evaluator,
                           const MinimiseLimits& limits);

}  // namespace adapt::pipeline
