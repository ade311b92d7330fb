#include "agent/pipeline/attempts.h"

#include "harness/judge/judge.h"
#include "sandbox/workspace.h"
#include "tools/base/file.h"

namespace adapt::pipeline {

std::vector<client::ChosenOption> chosen(const domain::Candidate& candidate) {
  std::vector<client::ChosenOption> out;
  for (const client::Option& option : candidate.options) out.push_back({option.id, option.scope, option.set});
  return out;
}

Result<std::optional<std::string>> overlay_folder(const RunFolder& folder, const domain::Candidate& candidate) {
  if (candidate.overlay.empty()) return std::optional<std::string>();
  ADAPT_TRY(const sandbox::Workspace workspace, sandbox::Workspace::open(folder.overlays()));
  ADAPT_TRY(const std::filesystem::path path, workspace.write(candidate.overlay));
  return std::optional<std::string>(path.string());
}

Result<client::BuildRequest> build_request(const Baseline& baseline, const std::string& backend,
                                           const RunFolder& folder, const domain::Candidate& candidate,
                                           const std::string& inputs, const std::filesystem::path& out) {
  ADAPT_TRY_VOID(make_directories(out));
  ADAPT_TRY(const std::optional<std::string> overlay, overlay_folder(folder, candidate));
  return client::BuildRequest{.model = baseline.model,
                              .backend = backend,
                              .overlay = overlay,
                              .options = chosen(candidate),
                              .inputs = inputs,
                              .out = out.string()};
}

Result<Evaluation> Attempts::evaluate(const domain::Candidate& candidate, std::string_view description) {
  const std::string digest = candidate.digest();
  if (const auto it = done_.find(digest); it != done_.end()) return it->second;
  ADAPT_TRY(Evaluation evaluation, built(candidate, description));
  if (executes_ && !evaluation.failure && !evaluation.artefact.empty()) ADAPT_TRY_VOID(execute(candidate, evaluation));
  ADAPT_TRY_VOID(services_.journal.emit(
      "attempt", Json{{"number", evaluation.number},
                      {"candidate", digest},
                      {"description", description},
                      {"failure", evaluation.failure ? client::encode(*evaluation.failure) : Json()}}));
  done_.emplace(digest, evaluation);
  return evaluation;
}

Result<Evaluation> Attempts::build(const domain::Candidate& candidate, std::string_view description) {
  if (const auto it = done_.find(candidate.digest()); it != done_.end()) return it->second;
  return built(candidate, description);
}

const std::string& Attempts::snippet(const domain::Candidate& candidate) const {
  static const std::string none;
  const auto it = snippets_.find(candidate.digest());
  return it == snippets_.end() ? none : it->second;
}

Result<Evaluation> Attempts::built(const domain::Candidate& candidate, std::string_view description) {
  services_.progress.candidate(description);
  const std::string digest = candidate.digest();
  if (const auto it = built_.find(digest); it != built_.end()) return it->second;
  Evaluation evaluation;
  evaluation.number = next_++;
  const std::filesystem::path folder = folder_.attempt(evaluation.number);
  evaluation.folder = folder.string();
  ADAPT_TRY(const client::BuildRequest request,
            build_request(baseline_, backend_, folder_, candidate, baseline_.reference.draws.front().inputs,
                          folder / "build"));
  ADAPT_TRY(const Answer<client::BuildReply> answer, services_.harness.build(request));
  evaluation.seconds = answer.seconds;
  evaluation.failure = answer.failure;
  if (answer.reply) {
    evaluation.sources = answer.reply->sources;
    if (!answer.reply->snippet.empty()) snippets_[digest] = answer.reply->snippet;
    if (!evaluation.failure) evaluation.artefact = answer.reply->artefact.value_or("");
  }
  built_.emplace(digest, evaluation);
  return evaluation;
}

Result<void> Attempts::execute(const domain::Candidate& candidate, Evaluation& evaluation) {
  const std::filesystem::path folder = evaluation.folder;
  client::ExecuteRequest request{
      .backend = backend_, .artefact = evaluation.artefact, .options = chosen(candidate), .inputs = {}, .outputs = {}};
  ADAPT_TRY_VOID(make_directories(folder / "outputs"));
  for (std::size_t i = 0; i < baseline_.reference.draws.size(); ++i) {
    request.inputs.push_back(baseline_.reference.draws[i].inputs);
    request.outputs.push_back((folder / "outputs" / (std::to_string(i) + ".safetensors")).string());
  }
  ADAPT_TRY(const Answer<client::ExecuteReply> answer, services_.harness.execute(request));
  evaluation.seconds += answer.seconds;
  device_seconds_ += answer.seconds;
  evaluation.failure = answer.failure;
  if (evaluation.failure) return {};
  ADAPT_TRY(evaluation.failure, compare(request.outputs));
  return {};
}

Result<std::optional<client::Failure>> Attempts::compare(const std::vector<std::string>& outputs) const {
  judge::Evidence evidence;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const client::DrawFiles& draw = baseline_.reference.draws[i];
    evidence.draws.push_back({.label = "baseline " + std::to_string(i),
                              .inputs = draw.inputs,
                              .reference = draw.fp32,
                              .reference_fp64 = draw.fp64,
                              .candidate = outputs[i]});
  }
  ADAPT_TRY(const judge::Judgement judgement, judge::judge_outputs(evidence));
  // What cannot be told on these inputs is left to the verdict on held-out ones.
  if (judgement.verdict != judge::Verdict::diverged) return std::optional<client::Failure>();
  client::Failure failure;
  failure.stage = client::Stage::compare;
  failure.failure_class = client::FailureClass::output_mismatch;
  failure.message = judgement.reasons.empty() ? "the outputs differ" : judgement.reasons.front();
  failure.fingerprint = "compare|output-mismatch";
  return std::optional<client::Failure>(std::move(failure));
}

}  // namespace adapt::pipeline
