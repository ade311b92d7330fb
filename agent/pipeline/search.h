// Depth-first search for a set of options and patches that passes. One repair often uncovers the next failure, so a
// candidate that gets further, or fails in a new way at the same stage, is a state to search from.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/pipeline/evaluation.h"

namespace adapt::pipeline {

struct Proposal {
  std::string id;           // "option:no-cache", "pattern:masks/skip-all-true"
  std::string description;  // for progress and report
  domain::Candidate candidate;
};

class Proposer {
 public:
  virtual ~Proposer() = default;
  // What to try next from `candidate`, which ended as `evaluation` says; cheapest and likeliest first.
  virtual Result<std::vector<Proposal>> propose(const domain::Candidate& candidate, const Evaluation& evaluation) = 0;
};

struct SearchLimits {
  std::int64_t attempts = 40;
  std::size_t depth = 8;              // repairs on top of each other
  std::function<bool()> out_of_time;  // asked before each attempt; may be empty
};

// One line of the report: what was tried and how it ended.
struct Tried {
  std::int64_t attempt = 0;
  std::size_t depth = 0;
  std::string id;
  std::string ended;  // "passes", or as describe() says
  bool progress = false;
};

struct SearchResult {
  std::optional<domain::Candidate> found;
  domain::Candidate furthest;  // that got furthest where nothing passed; the unmodified model, maybe
  Evaluation evaluation;       // of `found`, or else of `furthest`
  std::vector<Tried> tried;
  bool exhausted = true;  // false: a limit ended the search
};

// Decides about a candidate that passes on the baseline's inputs; a failure refuses it, and the search goes on from
// there.
using Accept = std::function<Result<std::optional<client::Failure>>(const domain::Candidate&, const Evaluation&)>;

// Told of each proposal that was tried: from which evaluation it started, how it ended (without a failure: accepted),
// and whether that is progress.
using Observe = std::function<void(const Proposal&, const Evaluation& before, const Evaluation& after, bool progress)>;

Result<SearchResult> search(Evaluator& evaluator, Proposer& proposer, const Evaluation& unmodified,
                            const SearchLimits& limits, const Accept& accept, const Observe& observe = {});

std::string identity(const client::Failure& failure);  // what failed and in which function

// True when `after` is further than `before`: a later stage, or the same stage and an identity that is not in `seen`.
bool is_progress(const client::Failure& before, const client::Failure& after, const std::vector<std::string>& seen);

// "lower: unsupported-op aten.unfold at modeling_x.py:12"; without operator and place, what its message begins with.
std::string describe(const client::Failure& failure);

}  // namespace adapt::pipeline
