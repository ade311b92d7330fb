#include "agent/pipeline/adapt.h"

#include <algorithm>

#include "agent/emit/repair_files.h"
#include "agent/emit/report.h"
#include "agent/pipeline/attempts.h"
#include "agent/pipeline/evidence.h"
#include "agent/pipeline/given_patch.h"
#include "agent/pipeline/hand_over.h"
#include "agent/pipeline/llm_repair.h"
#include "agent/pipeline/minimise.h"
#include "agent/pipeline/op_by_op.h"
#include "agent/pipeline/proposer.h"
#include "agent/pipeline/run_record.h"
#include "agent/pipeline/search.h"
#include "agent/pipeline/stubs.h"
#include "agent/pipeline/verify.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

using domain::Level;
using domain::Outcome;
using domain::RunResult;

// No claim about it can reach any level.
bool is_stand_in(const client::BackendProbe& probe) { return probe.cap == domain::to_string(Level::none); }

class AdaptRun {
 public:
  AdaptRun(const AdaptRequest& request, const client::BackendProbe& probe, const RunFolder& folder, Services& services)
      : request_(request),
        probe_(probe),
        folder_(folder),
        services_(services),
        order_(services.book, services.journal,
               {.backend = request.backend,
                .version = probe.version.value_or(""),
                .seed = seed_of(folder.id()),
                .drafts = services.config.boolean("patterns.drafts")}),
        recorder_({.run = folder.id(),
                   .model = request.model.text(),
                   .backend = request.backend,
                   .version = probe.version.value_or(""),
                   .packages = packages_text(Json(services.packages)),
                   .baseline = baseline_,
                   .counts = !is_stand_in(probe)},
                  services.library, services.book, services.config, services.clock) {
    result_.run = folder.id();
    result_.model = request.model.text();
    result_.backend = request.backend;
    result_.out = folder.out().string();
  }

  Result<RunResult> run() {
    ADAPT_TRY_VOID(decide());
    ADAPT_TRY_VOID(emit::write_report({result_, tried_rows(), baseline_.reference.notes, notes_}, folder_.out()));
    ADAPT_TRY_VOID(services_.journal.emit("verdict", Json{{"outcome", domain::to_string(result_.outcome)},
                                                          {"level", domain::to_string(result_.level)},
                                                          {"reason", result_.reason}}));
    return result_;
  }

 private:
  Result<void> decide() {
    if (!probe_.available) return end(Outcome::unavailable, Level::none, probe_.evidence);
    ADAPT_TRY(baseline_, compute_baseline(request_.model.to_wire(services_.seed), folder_, services_));
    if (baseline_.failure) ADAPT_TRY_VOID(stub_what_is_absent());
    if (baseline_.failure) return end_without_reference();
    if (!baseline_.unsound.empty()) return end(Outcome::inconclusive, Level::L1, baseline_.unsound);

    Attempts attempts(baseline_, request_.backend, folder_, services_, probe_.executes);
    if (request_.patched) return judge_given_patch(attempts);
    // The unmodified source is frozen by nature: its verdict's reference can run beside its build.
    ADAPT_TRY(const client::ReferenceRequest held_out,
              held_out_request(domain::Candidate{}, baseline_, folder_, services_));
    services_.harness.start(held_out);
    ADAPT_TRY(Evaluation unmodified, attempts.evaluate(domain::Candidate{}, "unmodified model"));
    if (!unmodified.failure) {
      ADAPT_TRY(const bool ended, works(attempts, unmodified));
      if (ended) return {};
    }
    return repair(attempts, unmodified);
  }

  // What stands in for a backend never answers for it, however the run went.
  Result<void> end(Outcome outcome, Level level, std::string reason) {
    if (is_stand_in(probe_) && outcome != Outcome::unavailable) {
      reason =
          fmt::format("no result: {} (it would have been {}: {})", probe_.evidence, domain::to_string(outcome), reason);
      outcome = Outcome::inconclusive;
      level = Level::none;
    }
    result_.outcome = outcome;
    result_.level = level;
    result_.reason = std::move(reason);
    return {};
  }

  // Before there is a reference: what the unmodified model imports and lacks.
  Result<void> stub_what_is_absent() {
    const StubTools tools{
        .patterns = [&](const client::Failure& failure, const client::Model& model) -> Result<std::vector<Placed>> {
          patterns::Signature signature = signature_of(failure, request_.backend);
          signature.packages = services_.packages;
          std::vector<const patterns::Pattern*> shims = services_.library.ranked(signature);
          std::erase_if(shims, [](const patterns::Pattern* pattern) {
            return pattern->carrier.kind != patterns::Carrier::Kind::shim;
          });
          return order_.place(shims, failure.fingerprint, "model:" + sha256_hex(dump(client::encode(model))));
        },
        .reference = [&](const client::Model& model) { return compute_baseline(model, folder_, services_); },
        .observe = [&](const Proposal& proposal, const Evaluation& before, const Evaluation& after,
                       bool progress) { recorder_.failed(proposal, *before.failure, after, progress); }};
    const client::Failure failure = *baseline_.failure;
    services_.progress.line("fails at " + describe(failure));
    ADAPT_TRY(stubbed_, stub_absent_packages(baseline_, tools));
    result_.failure = failure;
    result_.attempts = static_cast<std::int64_t>(stubbed_.tried.size());
    tried_ = stubbed_.tried;
    if (!baseline_.failure)
      for (const domain::Repair& repair : stubbed_.repairs) take_concessions(repair.concessions);
    for (const Tried& tried : stubbed_.tried)
      ADAPT_TRY_VOID(services_.journal.emit(
          "stubs", Json{{"pattern", tried.id}, {"ended", tried.ended}, {"in_place", tried.progress}}));
    return {};
  }

  // The model does not run by itself: there is nothing to adapt against.
  Result<void> end_without_reference() {
    if (stubbed_.call) {
      result_.blocker = stubbed_.call;
      return end(Outcome::not_adapted, domain::level_before(result_.failure->stage), one_line(stubbed_.call->message));
    }
    if (!stubbed_.repairs.empty()) result_.blocker = baseline_.failure;
    return end(Outcome::inconclusive, domain::level_before(baseline_.failure->stage),
               one_line(baseline_.failure->message));
  }

  // The module that a given patch replaces: the one named, or the model's own file.
  Result<client::SourceRef> patched_source() const {
    for (const client::SourceRef& source : baseline_.reference.sources) {
      const bool named = request_.patched_module.empty() ? source.path == baseline_.reference.model_file
                                                         : source.module == request_.patched_module;
      if (named) return source;
    }
    std::vector<std::string> modules;
    for (const client::SourceRef& source : baseline_.reference.sources) modules.push_back(source.module);
    return fail(ErrorKind::usage, "the model has no module '{}'{}", request_.patched_module,
                did_you_mean(request_.patched_module, modules));
  }

  Result<void> judge_given_patch(Attempts& attempts) {
    ADAPT_TRY(const client::SourceRef source, patched_source());
    ADAPT_TRY(const std::string before, read_file(source.path));
    ADAPT_TRY(const std::string after, read_file(*request_.patched));
    domain::Candidate candidate;
    candidate.overlay[source.module] = after;
    candidate.repairs.push_back({domain::RepairKind::patch,
                                 request_.patched->filename().string(),
                                 "given by the user",
                                 {{source.module, source.file, 1, ""}},
                                 {}});
    ADAPT_TRY(const Evaluation evaluation, attempts.evaluate(candidate, "the given patch"));
    result_.attempts += attempts.count();
    if (evaluation.failure) {
      result_.blocker = evaluation.failure;
      return end(Outcome::not_adapted, domain::level_before(evaluation.failure->stage),
                 "refused: " + one_line(evaluation.failure->message));
    }
    const VerifyRequest request{candidate, "", {{source.module, source.file, before, after}}};
    ADAPT_TRY(const Verification verification, verify(request, baseline_, probe_, folder_, services_));
    result_.metrics = verification.metrics;
    result_.placement = verification.placement;
    result_.repairs = beside_stubs(candidate.repairs);
    take_concessions(verification.concessions);
    switch (verification.verdict) {
      case judge::Verdict::passed:
        return end(Outcome::adapted, verification.cap, "verified on inputs drawn after the patch was read");
      case judge::Verdict::inconclusive: return end(Outcome::inconclusive, Level::L4, first_of(verification.reasons));
      case judge::Verdict::diverged: break;
    }
    return end(Outcome::not_adapted, Level::L4, "refused: " + first_of(verification.reasons));
  }

  std::vector<domain::Repair> beside_stubs(const std::vector<domain::Repair>& repairs) const {
    std::vector<domain::Repair> out = stubbed_.repairs;
    out.insert(out.end(), repairs.begin(), repairs.end());
    return out;
  }

  // The stubs are all that was missing.
  Result<void> end_with_stubs(const Attempts& attempts, const Evaluation& evaluation,
                              const Verification& verification) {
    domain::Candidate stubs;
    stubs.repairs = stubbed_.repairs;
    recorder_.passed({"", "", stubs}, stubs, *result_.failure, evaluation, verification.metrics);
    result_.repairs = stubbed_.repairs;
    ADAPT_TRY_VOID(
        end(Outcome::adapted, verification.cap, "the unmodified source passes every stage beside the stubs"));
    return emit_repair(domain::Candidate{}, {}, attempts);
  }

  // True when the run ends here. False: held-out inputs showed a difference, which `unmodified` now holds.
  Result<bool> works(const Attempts& attempts, Evaluation& unmodified) {
    const domain::Candidate nothing;
    ADAPT_TRY(const Verification verification,
              verify({nothing, unmodified.artefact, {}}, baseline_, probe_, folder_, services_));
    result_.metrics = verification.metrics;
    result_.placement = verification.placement;
    take_concessions(verification.concessions);
    switch (verification.verdict) {
      case judge::Verdict::passed:
        if (!stubbed_.repairs.empty()) {
          ADAPT_TRY_VOID(end_with_stubs(attempts, unmodified, verification));
          return true;
        }
        recorder_.works(verification.metrics);
        ADAPT_TRY_VOID(end(Outcome::works, verification.cap, "the unmodified model passes every stage"));
        ADAPT_TRY_VOID(
            keep_for_hand_over({baseline_, services_.given, {}, {}, false, probe_.version.value_or("")}, folder_));
        return true;
      case judge::Verdict::inconclusive:
        ADAPT_TRY_VOID(end(Outcome::inconclusive, Level::L4, first_of(verification.reasons)));
        return true;
      case judge::Verdict::diverged: break;
    }
    unmodified.failure = refusal(verification);
    return false;
  }

  // A verdict that is no pass, as a failure to repair.
  static client::Failure refusal(const Verification& verification) {
    client::Failure failure;
    failure.stage = client::Stage::compare;
    failure.failure_class = verification.verdict == judge::Verdict::diverged ? client::FailureClass::output_mismatch
                                                                             : client::FailureClass::other;
    failure.message = "refused on held-out inputs: " + first_of(verification.reasons);
    failure.fingerprint = fmt::format("compare|{}|held-out", client::to_string(failure.failure_class));
    return failure;
  }

  Result<void> repair(Attempts& attempts, Evaluation unmodified) {
    ADAPT_TRY_VOID(find_operator(*unmodified.failure, request_.backend, baseline_, folder_, services_));
    if (!result_.failure) result_.failure = unmodified.failure;
    if (!stubbed_.repairs.empty()) recorder_.advanced(stubbed_.repairs.back(), *result_.failure, unmodified);
    services_.progress.line("fails at " + describe(*unmodified.failure));
    SourceTexts texts;
    RunFacts facts(baseline_, folder_, services_);
    LadderProposer ladder(request_.backend, probe_.options, services_.library, texts,
                          {.order = &order_, .facts = &facts, .packages = services_.packages});
    std::optional<GivenPatchProposer> given;
    if (!request_.patch.empty()) {
      ADAPT_TRY(std::vector<edit::FilePatch> patch, edit::parse_patch(request_.patch));
      given.emplace(std::move(patch), texts, ladder);
    }
    Proposer& proposer = given ? static_cast<Proposer&>(*given) : ladder;
    const SearchLimits limits{.attempts = services_.config.integer("limits.attempts"),
                              .out_of_time = services_.out_of_time};
    Verification verification;
    bool minimal = true;
    domain::Candidate frozen;
    const Accept accept = [&](const domain::Candidate& found,
                              const Evaluation& evaluation) -> Result<std::optional<client::Failure>> {
      services_.progress.line(fmt::format("attempt {} passes; minimising", evaluation.number));
      ADAPT_TRY(const Minimised smaller,
                minimise(found, texts.originals(), attempts, {.out_of_time = services_.out_of_time}));
      frozen = smaller.candidate;
      minimal = smaller.complete;
      // Source that was changed is built once more, in a process that has run nothing else of it. Options alone bring
      // no code: what the attempt compiled is judged.
      std::string artefact;
      if (frozen.overlay.empty()) {
        ADAPT_TRY(const Evaluation last, attempts.evaluate(frozen, "the frozen candidate"));
        artefact = last.artefact;
      }
      ADAPT_TRY(verification,
                verify({frozen, artefact, changed_sources(frozen, texts)}, baseline_, probe_, folder_, services_));
      if (verification.verdict == judge::Verdict::passed) return std::optional<client::Failure>();
      services_.progress.line("refused: " + first_of(verification.reasons));
      return std::optional(refusal(verification));
    };
    const Observe observe = [&](const Proposal& proposal, const Evaluation& before, const Evaluation& after,
                                bool progress) {
      if (after.failure) {
        recorder_.failed(proposal, *before.failure, after, progress);
        return;
      }
      domain::Candidate whole = frozen;
      whole.repairs = beside_stubs(frozen.repairs);
      recorder_.passed(proposal, whole, *before.failure, after, verification.metrics);
    };
    ADAPT_TRY(SearchResult found, search(attempts, proposer, unmodified, limits, accept, observe));
    bool repaired = found.found.has_value();
    if (!repaired && services_.llm != nullptr) {
      ADAPT_TRY(repaired, ask_llm(found, attempts, texts, accept));
      if (repaired) observe({"llm", "", {}}, unmodified, found.evaluation, true);
    }
    result_.attempts += attempts.count();
    tried_.insert(tried_.end(), found.tried.begin(), found.tried.end());
    if (!repaired) return give_up(found);

    result_.repairs = beside_stubs(frozen.repairs);
    result_.metrics = verification.metrics;
    result_.placement = verification.placement;
    for (const domain::Repair& repair : frozen.repairs) take_concessions(repair.concessions);
    take_concessions(verification.concessions);
    if (!minimal) result_.concessions.emplace_back("a limit ended minimisation: some of the change may be superfluous");
    ADAPT_TRY_VOID(end(Outcome::adapted, verification.cap, "verified on inputs drawn after the repair was frozen"));
    return emit_repair(frozen, changed_sources(frozen, texts), attempts);
  }

  // A language model goes on from the candidate that got furthest. True: what it made was accepted. `found` then holds
  // how that ended, and in any case what was tried; else where the best draft ends.
  Result<bool> ask_llm(SearchResult& found, Attempts& attempts, SourceTexts& texts, const Accept& accept) {
    ADAPT_TRY(LlmFound asked,
              repair_with_llm(*services_.llm,
                              {.candidate = found.furthest,
                               .evaluation = found.evaluation,
                               .tried = found.tried,
                               .options = probe_.options,
                               .author = services_.llm->endpoint_text()},
                              request_.backend, baseline_, attempts, texts, folder_, services_, accept));
    take_use(asked);
    if (!asked.accepted) ADAPT_TRY_VOID(keep_partial(asked.best, texts));
    found.tried.insert(found.tried.end(), asked.tried.begin(), asked.tried.end());
    if (asked.accepted) found.evaluation = *asked.accepted;
    if (!asked.accepted && asked.left && asked.left->stage > found.evaluation.failure->stage)
      found.evaluation.failure = asked.left;
    return asked.accepted.has_value();
  }

  void take_use(const LlmFound& asked) {
    const llm::Spend spend = services_.llm->spend();
    result_.llm = {.endpoint = services_.llm->endpoint_text(),
                   .stopped = std::string(loop::to_string(asked.reason)),
                   .detail = one_line(asked.detail),
                   .calls = spend.calls,
                   .turns = asked.turns,
                   .input_tokens = spend.usage.input(),
                   .output_tokens = spend.usage.output,
                   .cached_tokens = spend.usage.cache_read,
                   .nano_usd = spend.nano_usd,
                   .unpriced_tokens = spend.unpriced_tokens,
                   .estimated = spend.usage.estimated};
  }

  // What got furthest and was not accepted, for whoever goes on by hand.
  Result<void> keep_partial(const domain::Candidate& best, const SourceTexts& texts) {
    const std::vector<ChangedSource> changed = changed_sources(best, texts);
    if (changed.empty()) return {};
    edit::Sources before;
    edit::Sources after;
    for (const ChangedSource& source : changed) {
      before[source.file] = source.before;
      after[source.file] = source.after;
    }
    const std::filesystem::path file = folder_.out() / "partial.diff";
    notes_.push_back("not accepted, but further than the unmodified model or the last that was tried: " +
                     file.string());
    ADAPT_TRY_VOID(make_directories(folder_.out()));
    return write_file_atomic(file, edit::unified_diff(before, after));
  }

  Result<void> give_up(const SearchResult& found) {
    result_.blocker = found.evaluation.failure;
    const client::Failure& last = *found.evaluation.failure;
    return end(Outcome::not_adapted, domain::level_before(last.stage),
               fmt::format("{}: {} candidates tried, the furthest ends at {}",
                           found.exhausted ? "no known repair is left" : "a limit ended the search", found.tried.size(),
                           describe(last)) +
                   (result_.llm.stopped.empty() ? ""
                                                : fmt::format("; the language model stopped with {}: {}",
                                                              result_.llm.stopped, result_.llm.detail)));
  }

  static std::vector<ChangedSource> changed_sources(const domain::Candidate& candidate, const SourceTexts& texts) {
    std::vector<ChangedSource> out;
    for (const auto& [module, text] : candidate.overlay)
      out.push_back({module, texts.files().at(module), texts.originals().at(module), text});
    return out;
  }

  Result<void> emit_repair(const domain::Candidate& frozen, const std::vector<ChangedSource>& changes,
                           const Attempts& attempts) {
    if (result_.outcome != Outcome::adapted) return {};
    const client::DrawFiles& draw = baseline_.reference.draws.front();
    services_.progress.candidate("writing patch and tests");
    const std::string parts = (folder_.root() / "package").string();
    ADAPT_TRY_VOID(make_directories(parts));
    ADAPT_TRY(const Answer<client::PackageReply> packed, services_.harness.package({.model = baseline_.model,
                                                                                    .backend = request_.backend,
                                                                                    .inputs = draw.inputs,
                                                                                    .expected = draw.fp32,
                                                                                    .out = parts}));
    emit::RepairBundle bundle{
        .result = result_, .given = services_.given, .options = services_.given, .stubs = baseline_.model.stubs};
    bundle.options.insert(bundle.options.end(), frozen.options.begin(), frozen.options.end());
    bundle.diff_only = std::ranges::any_of(frozen.repairs, [&](const domain::Repair& repair) {
      const patterns::Pattern* pattern = services_.library.find(repair.id);
      return pattern != nullptr && pattern->carrier.kind == patterns::Carrier::Kind::source;
    });
    if (packed.reply && !packed.failure)
      bundle.package = *packed.reply;
    else
      notes_.emplace_back("no test was written: " +
                          (packed.failure ? packed.failure->message : std::string("no reply")));
    for (const ChangedSource& changed : changes)
      bundle.changes.push_back({changed.module, changed.file, changed.before, changed.after});
    bundle.snippet_original = attempts.snippet(domain::Candidate{});
    bundle.snippet_adapted = attempts.snippet(frozen);
    bundle.flat_model = services_.config.share_folder() / "harness" / "adapt_harness" / "flat.py";
    ADAPT_TRY(const std::vector<std::string> notes, emit::write_repair(bundle, folder_.out()));
    notes_.insert(notes_.end(), notes.begin(), notes.end());
    return keep_for_hand_over(
        {baseline_, services_.given, frozen.options, changes, bundle.diff_only, probe_.version.value_or("")}, folder_);
  }

  std::vector<emit::TriedRow> tried_rows() const {
    std::vector<emit::TriedRow> rows;
    for (const Tried& tried : tried_) rows.push_back({tried.attempt, tried.depth, tried.id, tried.ended});
    return rows;
  }

  void take_concessions(const std::vector<std::string>& more) {
    for (const std::string& text : more)
      if (std::find(result_.concessions.begin(), result_.concessions.end(), text) == result_.concessions.end())
        result_.concessions.push_back(text);
  }

  static std::string one_line(std::string_view text) {
    const std::vector<std::string_view> lines = split_lines(text);
    return std::string(lines.empty() ? std::string_view("no message") : lines.front().substr(0, 400));
  }

  static std::string first_of(const std::vector<std::string>& reasons) {
    return reasons.empty() ? "no reason given" : reasons.front();
  }

  const AdaptRequest& request_;
  const client::BackendProbe& probe_;
  const RunFolder& folder_;
  Services& services_;
  Baseline baseline_;
  PatternOrder order_;
  EvidenceRecorder recorder_;
  Stubbed stubbed_;
  RunResult result_;
  std::vector<Tried> tried_;
  std::vector<std::string> notes_;  // for the report
};

}  // namespace

Result<RunResult> adapt_model(const AdaptRequest& request, const client::BackendProbe& probe, const RunFolder& folder,
                              Services& services) {
  return AdaptRun(request, probe, folder, services).run();
}

}  // namespace adapt::pipeline
