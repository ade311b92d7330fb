#include "agent/pipeline/verify.h"

#include <sys/random.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "harness/judge/effects.h"
#include "harness/judge/patch_policy.h"
#include "harness/judge/sensitivity.h"
#include "tools/base/file.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;
using judge::Verdict;

// Same shapes as the baseline's inputs: what the artefact, compiled for these shapes, is run on.
bool keeps_shapes(std::string_view variant) {
  return variant == "base" || variant == "padded" || variant == "left-padded";
}

// Drawn from the kernel once a candidate is frozen, and journaled: a resumed run judges on the same inputs.
Result<std::vector<client::Draw>> draw_held_out(std::int64_t seeds, bool patched, const std::string& digest,
                                                events::Journal& journal) {
  std::vector<std::string> variants(static_cast<std::size_t>(seeds), "base");
  variants.insert(variants.end(), {"padded", "padded"});
  if (patched) variants.insert(variants.end(), {"left-padded", "shorter", "batch1"});
  ADAPT_TRY(const Json recorded, journal.step("held-out-seeds:" + digest, [&]() -> Result<events::StepOutput> {
    Json out = Json::array();
    for (std::size_t i = 0; i < variants.size(); ++i) {
      std::uint64_t seed = 0;
      if (::getrandom(&seed, sizeof seed, 0) != sizeof seed)
        return fail(ErrorKind::environment, "the kernel gives no random numbers");
      out.push_back(seed >> 12U);  // exact as a JSON number everywhere
    }
    return events::StepOutput{out, {}};
  }));
  if (!recorded.is_array() || recorded.size() != variants.size())
    return fail(ErrorKind::store, "the journal's held-out seeds do not fit");
  std::vector<client::Draw> draws;
  for (std::size_t i = 0; i < variants.size(); ++i) draws.push_back({recorded[i].get<std::int64_t>(), variants[i]});
  return draws;
}

bool reaches_model(const client::Option& option) {
  return option.scope == "load" || option.scope == "config" || option.scope == "forward" || option.scope == "env";
}

void take_costs(const std::vector<client::Option>& options, Verification& result) {
  for (const client::Option& option : options)
    if (const auto cap = option.cap ? domain::parse_level(*option.cap) : std::nullopt)
      result.cap = std::min(result.cap, *cap);
}

std::string label(const client::DrawFiles& draw) { return fmt::format("{}, seed {}", draw.variant, draw.seed); }

class Verifier {
 public:
  Verifier(const VerifyRequest& request, const Baseline& baseline, const client::BackendProbe& backend,
           const RunFolder& folder, Services& services)
      : request_(request),
        candidate_(request.candidate),
        baseline_(baseline),
        backend_(backend.name),
        executes_(backend.executes),
        folder_(folder),
        services_(services),
        root_(folder.verification(candidate_.digest())) {}

  // Cheapest first; every step adds to the verdict, and one that refuses ends it.
  Result<Verification> run() {
    using Check = Result<void> (Verifier::*)();
    for (const Check check : {&Verifier::check_patch_text, &Verifier::draw_inputs, &Verifier::start_eager,
                              &Verifier::run_artefact, &Verifier::judge_artefact, &Verifier::judge_eager}) {
      ADAPT_TRY_VOID((this->*check)());
      if (result_.verdict == Verdict::diverged) break;
    }
    ADAPT_TRY_VOID(wait_for_eager());  // nothing of this candidate may run beside the next one
    result_.concessions.insert(result_.concessions.end(), concessions_.begin(), concessions_.end());
    return result_;
  }

 private:
  void refuse(Verdict verdict, std::string reason) {
    result_.verdict = judge::worse(result_.verdict, verdict);
    result_.reasons.push_back(std::move(reason));
  }

  void take(const judge::Judgement& judgement, std::string_view about) {
    result_.verdict = judge::worse(result_.verdict, judgement.verdict);
    for (const std::string& reason : judgement.reasons) result_.reasons.push_back(fmt::format("{}: {}", about, reason));
  }

  Result<void> check_patch_text() {
    result_.verdict = Verdict::passed;
    std::vector<judge::Source> before, after;
    for (const ChangedSource& changed : request_.changed) {
      before.push_back({changed.module, changed.file, changed.before});
      after.push_back({changed.module, changed.file, changed.after});
    }
    ADAPT_TRY(const auto findings, judge::check_patch(before, after));
    for (const judge::PolicyFinding& finding : findings) {
      const std::string text = fmt::format("{} at {}:{}: {}", finding.rule, finding.file, finding.line, finding.reason);
      if (finding.severity == judge::Severity::refuse)
        refuse(Verdict::diverged, text);
      else
        concessions_.push_back(text);
    }
    return {};
  }

  Result<void> draw_inputs() {
    ADAPT_TRY(reference_request_, held_out_request(candidate_, baseline_, folder_, services_));
    services_.progress.candidate("held-out reference");
    ADAPT_TRY(const Answer<client::ReferenceReply> answer, services_.harness.reference(reference_request_));
    if (answer.failure || !answer.reply) {
      refuse(Verdict::inconclusive, "the reference failed on held-out inputs: " +
                                        (answer.failure ? answer.failure->message : std::string("no reply")));
      return {};
    }
    reference_ = *answer.reply;
    for (const client::UnavailableDraw& draw : reference_.unavailable_draws) {
      const std::string text = fmt::format("inputs were not varied as '{}': {}", draw.variant, draw.reason);
      if (std::find(concessions_.begin(), concessions_.end(), text) == concessions_.end()) concessions_.push_back(text);
    }
    if (!reference_.draws.empty()) result_.reference_draw = reference_.draws.front().fp32;
    return {};
  }

  // Runs beside the build: both are the candidate, and what they are judged by is recorded already.
  Result<void> start_eager() {
    const bool acts_on_model = !candidate_.overlay.empty() || std::ranges::any_of(candidate_.options, reaches_model) ||
                               std::ranges::any_of(services_.given, reaches_model);
    if (result_.verdict != Verdict::passed || !acts_on_model) return {};
    ADAPT_TRY_VOID(make_directories(root_ / "eager"));
    ADAPT_TRY(const std::optional<std::string> overlay, overlay_folder(folder_, candidate_));
    eager_ = client::EagerRequest{.model = baseline_.model, .overlay = overlay, .options = chosen(candidate_)};
    for (const client::DrawFiles& draw : reference_.draws) {
      eager_->inputs.push_back(draw.inputs);
      eager_->outputs.push_back((root_ / "eager" / fmt::format("{}-{}.safetensors", draw.variant, draw.seed)).string());
    }
    if (reference_.sensitivity) eager_->sensitivity = (root_ / "eager" / "sensitivity.safetensors").string();
    services_.harness.start(*eager_);
    return {};
  }

  Result<void> wait_for_eager() {
    if (eager_) ADAPT_TRY_VOID(services_.harness.eager(*eager_));
    return {};
  }

  Result<void> run_artefact() {
    if (result_.verdict != Verdict::passed || backend_ == "eager") return {};
    services_.progress.candidate("verdict on held-out inputs");
    std::string artefact = request_.artefact;
    if (artefact.empty()) {
      ADAPT_TRY(const client::BuildRequest build,
                build_request(baseline_, backend_, folder_, candidate_, baseline_.reference.draws.front().inputs,
                              root_ / "build"));
      ADAPT_TRY(const Answer<client::BuildReply> built, services_.harness.build(build));
      if (built.failure || !built.reply || !built.reply->artefact) {
        refuse(Verdict::diverged, "a second build in a clean process failed: " +
                                      (built.failure ? built.failure->message : std::string("no artefact")));
        return {};
      }
      artefact = *built.reply->artefact;
    }
    if (!executes_) return {};         // that it compiles is all that can be known, and the backend's cap says so
    ADAPT_TRY_VOID(wait_for_eager());  // code that runs beside the artefact could write over its outputs
    client::ExecuteRequest execute{.backend = backend_, .artefact = artefact, .options = chosen(candidate_)};
    ADAPT_TRY_VOID(make_directories(root_ / "outputs"));
    for (const client::DrawFiles& draw : reference_.draws) {
      if (!keeps_shapes(draw.variant) || draw.variant == "left-padded") continue;
      executed_.push_back(&draw);
      execute.inputs.push_back(draw.inputs);
      execute.outputs.push_back(
          (root_ / "outputs" / fmt::format("{}-{}.safetensors", draw.variant, draw.seed)).string());
    }
    ADAPT_TRY(const Answer<client::ExecuteReply> answer, services_.harness.execute(execute));
    outputs_ = execute.outputs;
    if (answer.failure) {  // a limit that was reached says how busy the machine is, not what the artefact computes
      const bool ran_out = answer.failure->failure_class == client::FailureClass::hang;
      refuse(ran_out ? Verdict::inconclusive : Verdict::diverged,
             "the artefact fails on held-out inputs: " + answer.failure->message);
      return {};
    }
    if (answer.reply && answer.reply->placement) note_placement(*answer.reply->placement);
    return {};
  }

  void note_placement(const client::Placement& placement) {
    result_.metrics["operators_on_backend"] = placement.on_backend;
    result_.metrics["operators_elsewhere"] = placement.elsewhere;
    result_.placement = placement.detail;
    if (placement.on_backend == 0) refuse(Verdict::inconclusive, "nothing shows that an operator ran on the backend");
    if (placement.elsewhere > 0)
      concessions_.push_back(fmt::format("{} of {} operators ran outside the backend", placement.elsewhere,
                                         placement.elsewhere + placement.on_backend));
  }

  // Candidate code has run since the reference was recorded, in processes that may write to the same folders.
  bool reference_is_intact() {
    if (services_.harness.is_intact(reference_request_)) return true;
    refuse(Verdict::diverged, "files of the reference were changed while the candidate ran");
    return false;
  }

  Result<void> judge_artefact() {
    if (result_.verdict != Verdict::passed || backend_ == "eager" || !executes_ || !reference_is_intact()) return {};
    judge::Evidence evidence;
    evidence.baseline_inputs = baseline_.reference.draws.front().inputs;
    for (std::size_t i = 0; i < executed_.size(); ++i)
      evidence.draws.push_back(evidence_of(*executed_[i], outputs_[i]));
    ADAPT_TRY(const judge::Judgement judgement, judge::judge_outputs(evidence));
    take(judgement, backend_);
    note_metrics(judgement);
    return {};
  }

  // The patched source in eager mode, where shapes may vary too: the repair must be the same function, keep every
  // parameter load-bearing and have the same effects.
  Result<void> judge_eager() {
    if (result_.verdict != Verdict::passed || !eager_) return {};
    services_.progress.candidate("adapted model in eager mode");
    const client::EagerRequest& request = *eager_;
    ADAPT_TRY(const Answer<client::EagerReply> answer, services_.harness.eager(request));
    if (answer.failure || !answer.reply) {
      refuse(Verdict::diverged, "the adapted model fails in eager mode on held-out inputs: " +
                                    (answer.failure ? answer.failure->message : std::string("no reply")));
      return {};
    }
    if (!reference_is_intact()) return {};
    judge::Evidence evidence;
    evidence.baseline_inputs = baseline_.reference.draws.front().inputs;
    for (std::size_t i = 0; i < reference_.draws.size(); ++i)
      evidence.draws.push_back(evidence_of(reference_.draws[i], request.outputs[i]));
    ADAPT_TRY(const judge::Judgement judgement, judge::judge_outputs(evidence));
    take(judgement, "adapted source, eager");
    if (answer.reply->weights != reference_.weights)
      concessions_.emplace_back("the adapted model holds other parameters or buffers than the original");
    if (request.sensitivity) {
      ADAPT_TRY(const judge::Judgement matter, judge::judge_sensitivity(*reference_.sensitivity, *request.sensitivity));
      take(matter, "parameters");
    }
    for (std::string& difference : judge::effect_concessions(reference_.draws.front().effects, answer.reply->effects))
      concessions_.push_back(std::move(difference));
    return {};
  }

  judge::DrawEvidence evidence_of(const client::DrawFiles& draw, const std::string& candidate) const {
    std::optional<fs::path> golden;
    if (draw.fp64) golden = *draw.fp64;
    return {.label = label(draw),
            .inputs = draw.inputs,
            .reference = draw.fp32,
            .reference_fp64 = golden,
            .candidate = candidate};
  }

  void note_metrics(const judge::Judgement& judgement) {
    double relative_l2 = 0, max_abs = 0, error_ratio = 0, pcc = 1, top1 = 1;
    const auto worst = [](double& into, double value, bool larger_is_worse) {
      if (!std::isnan(value)) into = larger_is_worse ? std::max(into, value) : std::min(into, value);
    };
    for (const judge::DrawMetrics& draw : judgement.draws) {
      for (const judge::LeafMetrics& leaf : draw.leaves) {
        worst(relative_l2, leaf.relative_l2, true);
        worst(max_abs, leaf.max_abs, true);
        worst(error_ratio, leaf.error_ratio, true);
        worst(pcc, leaf.pcc, false);
        worst(top1, leaf.top1, false);
      }
    }
    const auto number = [](double value) {
      return std::isfinite(value) ? OrderedJson(value) : OrderedJson(value > 0 ? "inf" : "nan");
    };
    result_.metrics["draws"] = judgement.draws.size();
    result_.metrics["relative_l2"] = number(relative_l2);
    result_.metrics["pcc"] = number(pcc);
    result_.metrics["max_abs"] = number(max_abs);
    result_.metrics["top1"] = number(top1);
    result_.metrics["error_ratio"] = number(error_ratio);
  }

  const VerifyRequest& request_;
  const domain::Candidate& candidate_;
  const Baseline& baseline_;
  const std::string& backend_;
  const bool executes_;
  const RunFolder& folder_;
  Services& services_;
  fs::path root_;
  Verification result_;
  std::vector<std::string> concessions_;
  client::ReferenceRequest reference_request_;
  client::ReferenceReply reference_;
  std::vector<const client::DrawFiles*> executed_;
  std::vector<std::string> outputs_;
  std::optional<client::EagerRequest> eager_;  // empty when the candidate leaves the model itself alone
};

}  // namespace

Result<client::ReferenceRequest> held_out_request(const domain::Candidate& candidate, const Baseline& baseline,
                                                  const RunFolder& folder, Services& services) {
  const bool patched = !candidate.is_unmodified();
  const std::string digest = candidate.digest();
  ADAPT_TRY(const std::vector<client::Draw> draws, draw_held_out(services.seeds, patched, digest, services.journal));
  const fs::path out = folder.verification(digest) / "reference";
  ADAPT_TRY_VOID(make_directories(out));
  return client::ReferenceRequest{.model = baseline.model,
                                  .draws = draws,
                                  .out = out.string(),
                                  .fp64 = true,
                                  .sensitivity = patched,
                                  .repeat = false};
}

Result<Verification> verify(const VerifyRequest& request, const Baseline& baseline, const client::BackendProbe& backend,
                            const RunFolder& folder, Services& services) {
  Verifier verifier(request, baseline, backend, folder, services);
  ADAPT_TRY(Verification result, verifier.run());
  if (backend.concession) result.concessions.push_back(*backend.concession);
  if (const auto cap = backend.cap ? domain::parse_level(*backend.cap) : std::nullopt)
    result.cap = std::min(result.cap, *cap);
  take_costs(request.candidate.options, result);
  take_costs(services.given, result);
  for (const client::Option& option : services.given)
    if (option.concession) result.concessions.push_back(*option.concession);
  return result;
}

}  // namespace adapt::pipeline
