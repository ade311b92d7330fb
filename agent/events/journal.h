// Work that is done once: each finished step of a run is recorded with its result and the hashes of its files, and a
// resumed run takes it from the record.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/events/event_log.h"
#include "tools/base/clock.h"
#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::events {

inline constexpr std::string_view kStepFinished =
    "step";  // the event's type; data: {key, result, files:[{path, sha256}]}

struct StepOutput {
  Json result;
  std::vector<std::filesystem::path> files;  // what later steps will read, below the run folder
};

class Journal {
 public:
  // Opens <run folder>/events.jsonl (see EventLog::open). `clock` must outlive the journal.
  static Result<Journal> open(const std::filesystem::path& run_folder, const Clock& clock);

  // The recorded result when a step with this key has finished and its files are still what they were, else the result
  // of `work`, recorded. Files are made durable before the record is. An error of `work` is handed on and not recorded.
  // `key` has to name everything that the result depends on, hashes of earlier results included: a key that has been
  // seen is never computed twice. Not-a-number in a result comes back as null, also the first time.
  Result<Json> step(std::string_view key, const std::function<Result<StepOutput>()>& work);

  // Whether step(key) would be answered from the record.
  bool is_done(std::string_view key) const;

  // Records an event. On a resumed run, one with the same type and data that the earlier part recorded stands for it,
  // so that going over the same ground again leaves the log as if nothing had happened.
  Result<void> emit(std::string_view type, const Json& data, Durable durable = Durable::at_once);

  const std::filesystem::path& folder() const { return folder_; }
  const EventLog& log() const { return log_; }

 private:
  Journal(std::filesystem::path folder, EventLog log);

  std::filesystem::path folder_;
  EventLog log_;
  std::map<std::string, Json, std::less<>> finished_;  // key -> data of its last record
  std::map<std::string, int> unclaimed_;               // earlier plain events that emit() has not met again
};

}  // namespace adapt::events
