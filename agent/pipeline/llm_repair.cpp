#include "agent/pipeline/llm_repair.h"

#include "agent/pipeline/llm_memory.h"

namespace adapt::pipeline {
namespace {

std::string text_of(const std::vector<Tried>& tried) {
  std::string out;
  for (const Tried& row : tried)
    out += fmt::format("- {}: {}{}\n", row.id, row.ended, row.progress ? " (further)" : "");
  return out;
}

loop::Limits limits_from(const config::Config& config) {
  return {.turns = config.integer("llm.max_turns"),
          .wall_ms = config.quantity("llm.max_wall") * 1000,
          .device_seconds = static_cast<double>(config.quantity("llm.max_device")),
          .output_tokens = config.quantity("llm.output_tokens"),
          .effort = config.text("llm.effort")};
}

// A resumed run has to say what it said, although others may have remembered more meanwhile.
Result<std::string> recalled(const client::Failure& failure, const std::string& backend, Services& services) {
  ADAPT_TRY(const Json recorded, services.journal.step("llm-memory", [&]() -> Result<events::StepOutput> {
    return events::StepOutput{Json(recall(failure, backend, services.config)), {}};
  }));
  return recorded.is_string() ? recorded.get<std::string>() : std::string();
}

}  // namespace

Result<LlmFound> repair_with_llm(LlmLine& line, BenchStart start, const std::string& backend, const Baseline& baseline,
                                 Attempts& attempts, SourceTexts& texts, const RunFolder& folder, Services& services,
                                 const AcceptDraft& accept) {
  const std::vector<Tried> before = start.tried;
  RunBench bench(std::move(start), backend, baseline, attempts, texts, folder, services);
  LlmFound found;
  const double device_before = attempts.device_seconds();
  loop::Hooks hooks;
  hooks.accept = [&](const toolbox::Draft& draft) -> Result<std::optional<std::string>> {
    ADAPT_TRY(const domain::Candidate candidate, bench.candidate_of(draft));
    ADAPT_TRY(const Evaluation evaluation, attempts.evaluate(candidate, "draft of " + line.endpoint_text()));
    ADAPT_TRY(const std::optional<client::Failure> refusal, accept(candidate, evaluation));
    if (refusal) return std::optional(bench.shown(*refusal).message);
    found.accepted = evaluation;
    return std::optional<std::string>();
  };
  hooks.device_seconds = [&] { return attempts.device_seconds() - device_before; };
  hooks.emit = [&](std::string_view type, const Json& data) {
    return services.journal.emit(type, data, events::Durable::with_next);
  };
  hooks.line = [&](std::string_view text) { services.progress.line(text); };

  ADAPT_TRY(std::string memory, recalled(bench.failure(), backend, services));
  services.progress.line(fmt::format("asking {}", line.endpoint_text()));
  services.progress.candidate("language model");
  loop::Loop loop(bench, line.asker(), line.redactor(), services.clock, limits_from(services.config), std::move(hooks));
  ADAPT_TRY(loop::LoopResult result, loop.run({.start = bench.start_draft(),
                                               .failure = bench.failure(),
                                               .tried = text_of(before),
                                               .memory = std::move(memory),
                                               .run = folder.id()}));
  found.reason = result.reason;
  found.detail = std::move(result.detail);
  found.left = std::move(result.left);
  found.turns = result.turns;
  ADAPT_TRY(found.best, bench.candidate_of(result.draft));
  for (const loop::Tried& tried : result.tried)
    found.tried.push_back({tried.trial, 1, "llm: " + tried.what, tried.ended, false});
  if (!found.accepted) remember(bench.failure(), backend, line.endpoint_text(), result.tried, services.config);
  services.progress.line(fmt::format("{}: {}", loop::to_string(found.reason), found.detail));
  return found;
}

}  // namespace adapt::pipeline
