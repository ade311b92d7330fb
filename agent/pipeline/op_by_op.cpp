#include "agent/pipeline/op_by_op.h"

#include "agent/pipeline/attempts.h"
#include "harness/client/option_table.h"

namespace adapt::pipeline {

Result<void> find_operator(client::Failure& failure, const std::string& backend, const Baseline& baseline,
                           const RunFolder& folder, Services& services) {
  using client::Stage;
  if (backend != "tt-legacy" || failure.op || failure.stage < Stage::lower || failure.stage > Stage::run) return {};
  domain::Candidate candidate;
  candidate.options.push_back({.id = "compile_depth=EXECUTE_OP_BY_OP",
                               .scope = "compile",
                               .set = {{"config.compile_depth", "EXECUTE_OP_BY_OP"}}});
  if (client::without(candidate.options, services.given).empty()) return {};
  services.progress.candidate("operator by operator");
  ADAPT_TRY(const client::BuildRequest request,
            build_request(baseline, backend, folder, candidate, baseline.reference.draws.front().inputs,
                          folder.root() / "attempts" / "op-by-op"));
  ADAPT_TRY(const Answer<client::BuildReply> answer, services.harness.build(request));
  if (!answer.failure || answer.failure->exception != "OperatorsFailed") return {};
  const client::Failure& found = *answer.failure;
  failure.op = found.op;
  if (!failure.file) {
    failure.file = found.file;
    failure.line = found.line;
    failure.function = found.function;
    failure.source = found.source;
  }
  failure.message += "\n" + found.message;
  return {};
}

}  // namespace adapt::pipeline
