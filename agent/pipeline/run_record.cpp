#include "agent/pipeline/run_record.h"

#include <algorithm>
#include <cmath>

#include "agent/events/event_log.h"
#include "agent/events/journal.h"
#include "tools/base/file.h"
#include "tools/base/json.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

const events::Event* last_of(const std::vector<events::Event>& log, std::string_view type) {
  const auto it =
      std::find_if(log.rbegin(), log.rend(), [&](const events::Event& event) { return event.type == type; });
  return it == log.rend() ? nullptr : &*it;
}

// The recorded result of the first finished step whose key begins so.
const Json& step_result(const std::vector<events::Event>& log, std::string_view key) {
  static const Json none;
  for (const events::Event& event : log)
    if (event.type == events::kStepFinished && string_or(event.data, "key", "").starts_with(key))
      return member_or_null(event.data, "result");
  return none;
}

// What the worker said of the first reference that there is: those before it lacked stubs.
const Json& first_reference(const std::vector<events::Event>& log) {
  static const Json none;
  for (const events::Event& event : log) {
    if (event.type != events::kStepFinished || !string_or(event.data, "key", "").starts_with("reference:")) continue;
    const Json& reply = member_or_null(member_or_null(event.data, "result"), "result");
    if (bool_or(reply, "ok", false)) return reply;
  }
  return none;
}

std::string model_source_hash(const Json& reference) {
  const std::string file = string_or(reference, "model_file", "");
  for (const Json& source : member_or_null(reference, "sources"))
    if (string_or(source, "path", "") == file) return string_or(source, "sha256", "");
  return {};
}

std::optional<double> metric(const Json& metrics, const char* name) {
  const double value = number_or(metrics, name, std::nan(""));
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

}  // namespace

Result<store::RunRecord> run_record(const std::filesystem::path& run_folder) {
  store::RunRecord record;
  record.run.id = run_folder.filename().string();
  record.run.folder = "runs/" + record.run.id;
  const Result<std::vector<events::Event>> log = events::read_log(run_folder / "events.jsonl");
  if (!log) {  // made, and killed before its first event
    std::error_code code;
    if (std::filesystem::exists(run_folder / "events.jsonl", code)) return tl::unexpected<Error>(log.error());
    return record;
  }
  if (!log->empty()) {
    record.run.started_ms = log->front().t;
    record.run.wall_ms = log->back().t - log->front().t;
  }
  if (const events::Event* request = last_of(*log, "request")) {
    record.run.model = string_or(request->data, "model", "");
    record.run.backend = string_or(request->data, "backend", "");
  }
  for (const events::Event& event : *log) {
    if (event.type != "attempt") continue;
    const Json& failure = member_or_null(event.data, "failure");
    record.attempts.push_back({.number = int_or(event.data, "number", 0),
                               .origin = string_or(event.data, "description", ""),
                               .patch_sha256 = string_or(event.data, "candidate", ""),
                               .outcome = failure.is_null() ? "passes" : string_or(failure, "stage", "?")});
  }
  if (const events::Event* verdict = last_of(*log, "verdict")) {
    record.run.outcome = string_or(verdict->data, "outcome", "");
    record.run.level = string_or(verdict->data, "level", "");
  }
  if (const Result<std::string> result = read_file(run_folder / "out" / "result.json")) record.run.result = *result;
  return record;
}

Result<evidence::Record> evidence_of_run(const RunFolder& folder) {
  ADAPT_TRY(const std::string text, read_file(folder.out() / "result.json"));
  ADAPT_TRY(const Json result, parse_json(text));
  ADAPT_TRY(const std::vector<events::Event> log, events::read_log(folder.events()));
  evidence::Record out;
  ADAPT_TRY(out.model, read_string(result, "model", "result"));
  ADAPT_TRY(out.backend, read_string(result, "backend", "result"));
  out.time = evidence::utc_text(log.empty() ? 0 : log.back().t);
  out.version = string_or(step_result(log, "probe:"), "version", "");
  out.source = model_source_hash(first_reference(log));
  if (const events::Event* environment = last_of(log, "environment"))
    out.packages = packages_text(member_or_null(environment->data, "packages"));
  ADAPT_TRY(const Json failure, repaired_failure(folder, result));
  out.before = string_or(failure, "fingerprint", "");
  out.outcome = evidence::Outcome::pass;
  const Json& metrics = member_or_null(result, "metrics");
  out.pcc = metric(metrics, "pcc");
  out.max_error = metric(metrics, "max_abs");
  out.run = folder.id() + "/learn";
  for (const Json& repair : member_or_null(result, "repairs"))
    out.sites += static_cast<std::int64_t>(member_or_null(repair, "sites").size());
  return out;
}

Result<Json> repaired_failure(const RunFolder& folder, const Json& result) {
  ADAPT_TRY(const std::vector<events::Event> log, events::read_log(folder.events()));
  if (last_of(log, "stubs") != nullptr)
    for (const events::Event& event : log)
      if (event.type == "attempt" && int_or(event.data, "number", -1) == 0)
        return member_or_null(event.data, "failure");
  return member_or_null(result, "failure");
}

std::string packages_text(const Json& versions) {
  std::vector<std::string> out;
  for (const char* name : {"torch", "transformers"})
    if (const std::string version = string_or(versions, name, ""); !version.empty())
      out.push_back(fmt::format("{} {}", name, version));
  return join(out, ", ");
}

}  // namespace adapt::pipeline
