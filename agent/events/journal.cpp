#include "agent/events/journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "tools/base/hash.h"
#include "tools/base/unique_fd.h"

namespace adapt::events {
namespace fs = std::filesystem;
namespace {

std::string identity(std::string_view type, const Json& data) { return fmt::format("{}\n{}", type, dump(data)); }

// Below `folder`, without a way out of it.
bool is_inside(const fs::path& relative) {
  return !relative.empty() && relative.is_relative() && *relative.begin() != "..";
}

Result<void> sync_path(const fs::path& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0)
    return fail(ErrorKind::store, "cannot make {} durable: {}", path.string(), std::strerror(errno));
  return {};
}

// [{path, sha256}] with paths relative to the run folder; each file and its folder are on disk afterwards.
Result<Json> describe_files(const std::vector<fs::path>& files, const fs::path& folder) {
  Json out = Json::array();
  for (const fs::path& file : files) {
    const fs::path relative = (folder / file).lexically_relative(folder);
    if (!is_inside(relative))
      return fail(ErrorKind::bug, "{} is not below the run folder {}", file.string(), folder.string());
    const fs::path path = folder / relative;
    ADAPT_TRY_VOID(sync_path(path));
    ADAPT_TRY_VOID(sync_path(path.parent_path()));
    ADAPT_TRY(std::string sha256, sha256_file(path));
    out.push_back({{"path", relative.string()}, {"sha256", std::move(sha256)}});
  }
  return out;
}

bool files_are_unchanged(const Json& files, const fs::path& folder) {
  if (!files.is_array()) return false;
  for (const Json& file : files) {
    const fs::path relative = string_or(file, "path", "");
    if (!is_inside(relative.lexically_normal())) return false;
    const Result<std::string> sha256 = sha256_file(folder / relative);
    if (!sha256 || *sha256 != string_or(file, "sha256", "")) return false;
  }
  return true;
}

}  // namespace

Journal::Journal(fs::path folder, EventLog log) : folder_(std::move(folder)), log_(std::move(log)) {
  for (const Event& event : log_.events()) {
    if (event.type == kStepFinished && event.data.is_object())
      finished_.insert_or_assign(string_or(event.data, "key", ""), event.data);
    else
      ++unclaimed_[identity(event.type, event.data)];
  }
}

Result<Journal> Journal::open(const fs::path& run_folder, const Clock& clock) {
  ADAPT_TRY(EventLog log, EventLog::open(run_folder / "events.jsonl", clock));
  return Journal(run_folder, std::move(log));
}

bool Journal::is_done(std::string_view key) const {
  const auto known = finished_.find(key);
  return known != finished_.end() && files_are_unchanged(member_or_null(known->second, "files"), folder_);
}

Result<Json> Journal::step(std::string_view key, const std::function<Result<StepOutput>()>& work) {
  if (is_done(key)) return member_or_null(finished_.find(key)->second, "result");
  ADAPT_TRY(const StepOutput output, work());
  ADAPT_TRY(const Json files, describe_files(output.files, folder_));
  const Json data = {{"key", key}, {"result", output.result}, {"files", files}};
  ADAPT_TRY(const Event recorded, log_.append(kStepFinished, data));
  finished_.insert_or_assign(std::string(key), recorded.data);
  return member_or_null(recorded.data, "result");
}

Result<void> Journal::emit(std::string_view type, const Json& data, Durable durable) {
  const auto earlier = unclaimed_.find(identity(type, data));
  if (earlier != unclaimed_.end() && earlier->second > 0) {
    --earlier->second;
    return {};
  }
  ADAPT_TRY(const Event recorded, log_.append(type, data, durable));
  static_cast<void>(recorded);
  return {};
}

}  // namespace adapt::events
