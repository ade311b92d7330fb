#include "agent/pipeline/run_record.h"

#include <algorithm>

#include "agent/events/event_log.h"
#include "tools/base/file.h"
#include "tools/base/json.h"

namespace adapt::pipeline {
namespace {

const events::Event* last_of(const std::vector<events::Event>& log, std::string_view type) {
  const auto it =
      std::find_if(log.rbegin(), log.rend(), [&](const events::Event& event) { return event.type == type; });
  return it == log.rend() ? nullptr : &*it;
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

}  // namespace adapt::pipeline
