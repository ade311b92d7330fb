// A language model works on what options and patterns have left.
#pragma once

#include <functional>
#include <optional>

#include "agent/loop/loop.h"
#include "agent/pipeline/llm_bench.h"
#include "agent/pipeline/llm_line.h"

namespace adapt::pipeline {

struct LlmFound {
  loop::StopReason reason = loop::StopReason::no_calls;
  std::string detail;
  std::optional<Evaluation> accepted;   // of the candidate that the judge accepted
  std::vector<Tried> tried;             // for the report
  domain::Candidate best;               // the draft that got furthest, accepted or not
  std::optional<client::Failure> left;  // where the best draft ends
  std::int64_t turns = 0;
};

// Decides about a draft that passes on visible inputs, as for the search: a failure refuses it.
using AcceptDraft = std::function<Result<std::optional<client::Failure>>(const domain::Candidate&, const Evaluation&)>;

Result<LlmFound> repair_with_llm(LlmLine& line, BenchStart start, const std::string& backend, const Baseline& baseline,
                                 Attempts& attempts, SourceTexts& texts, const RunFolder& folder, Services& services,
                                 const AcceptDraft& accept);

}  // namespace adapt::pipeline
