#include "agent/review/bundle.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "agent/domain/result_file.h"
#include "agent/events/event_log.h"
#include "agent/events/journal.h"
#include "agent/review/plain_text.h"
#include "patterns/evidence/standing.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace adapt::review {
namespace {

namespace fs = std::filesystem;
using events::Event;

constexpr std::uint64_t kMaxPatch = std::uint64_t{4} << 20U;   // bytes
constexpr std::uint64_t kMaxResult = std::uint64_t{4} << 20U;  // bytes
constexpr std::size_t kMaxRuns = 2000;                         // looked at for the same failure
constexpr std::size_t kMaxOthers = 200;

const Event* first_of(const std::vector<Event>& log, std::string_view type) {
  const auto it = std::ranges::find(log, type, &Event::type);
  return it == log.end() ? nullptr : &*it;
}

// Results of finished steps whose key begins so, in order.
std::vector<const Json*> results(const std::vector<Event>& log, std::string_view key) {
  std::vector<const Json*> out;
  for (const Event& event : log)
    if (event.type == events::kStepFinished && string_or(event.data, "key", "").starts_with(key))
      out.push_back(&member_or_null(event.data, "result"));
  return out;
}

void read_request(const std::vector<Event>& log, ReviewBundle& out) {
  const Event* asked = first_of(log, "request");
  if (asked == nullptr) return;
  out.request = {
      .size = string_or(asked->data, "size", ""),
      .seed = int_or(asked->data, "seed", 0),
      .seeds = int_or(asked->data, "seeds", 0),
      .given_patch = !string_or(asked->data, "patch", "").empty() || !string_or(asked->data, "patched", "").empty()};
}

void read_environment(const std::vector<Event>& log, ReviewBundle& out) {
  if (const Event* environment = first_of(log, "environment")) {
    out.confinement = string_or(member_or_null(environment->data, "confinement"), "tier", "");
    for (const auto& [name, version] : member_or_null(environment->data, "packages").items())
      if (version.is_string()) out.packages[name] = version.get<std::string>();
  }
  const std::vector<const Json*> probes = results(log, "probe:");
  if (probes.empty()) return;
  out.backend_version = string_or(*probes.front(), "version", "");
  if (std::string text = string_or(*probes.front(), "concession", ""); !text.empty()) out.backend_concession = text;
  if (std::string text = string_or(*probes.front(), "cap", ""); !text.empty()) out.backend_cap = text;
}

// What only the log holds of the failure: what the backend printed.
void read_failure_log(const std::vector<Event>& log, ReviewBundle& out) {
  if (!out.result.failure) return;
  for (const Event& event : log) {
    if (event.type != "attempt" || int_or(event.data, "number", -1) != 0) continue;
    const Json& failure = member_or_null(event.data, "failure");
    out.result.failure->log = string_or(failure, "log", "");
    out.result.failure->exception = string_or(failure, "exception", "");
    return;
  }
}

void read_model(const std::vector<Event>& log, ReviewBundle& out) {
  for (const Json* step : results(log, "reference:")) {
    const Json& reply = member_or_null(*step, "result");
    out.model_notes = strings_or_empty(reply, "notes");
    if (!bool_or(reply, "ok", false)) continue;
    const std::string file = string_or(reply, "model_file", "");
    for (const Json& source : member_or_null(reply, "sources"))
      if (string_or(source, "path", "") == file)
        out.hashes["source of the model's class, " + string_or(source, "file", "")] = string_or(source, "sha256", "");
    if (const std::string weights = string_or(reply, "weights", ""); !weights.empty()) out.hashes["weights"] = weights;
    return;
  }
}

std::string seconds_text(const Json& seconds, std::string_view stage) {
  const double value = number_or(seconds, stage, -1);
  return value < 0.005 ? "passes" : fmt::format("passes, {:.2f} s", value);
}

// One row a stage: how far the unmodified model came, and how far the repaired one.
void read_stages(const std::vector<Event>& log, ReviewBundle& out) {
  const std::vector<const Json*> builds = results(log, "build:"), runs = results(log, "execute:");
  static const Json none;
  const Json& first = builds.empty() ? none : member_or_null(member_or_null(*builds.front(), "result"), "seconds");
  const Json& last = builds.empty() ? none : member_or_null(member_or_null(*builds.back(), "result"), "seconds");
  const bool passes = out.result.outcome == domain::Outcome::adapted || out.result.outcome == domain::Outcome::works;
  const auto cell = [](const std::optional<client::Failure>& failure, client::Stage stage, const Json& seconds) {
    if (!failure || stage < failure->stage) return seconds_text(seconds, client::to_string(stage));
    return stage == failure->stage ? fmt::format("fails: {}", client::to_string(failure->failure_class))
                                   : std::string("not reached");
  };
  for (const client::Stage stage : client::kStages) {
    StageRow row{std::string(client::to_string(stage)), cell(out.result.failure, stage, first), ""};
    const std::optional<client::Failure>& left = passes ? std::nullopt : out.result.blocker;
    row.after = passes || left ? cell(left, stage, last) : "not tried";
    out.stages.push_back(std::move(row));
  }
  if (passes && !out.result.failure)
    for (StageRow& row : out.stages) row.after = "the model is unchanged";
}

void read_files(const fs::path& folder, ReviewBundle& out) {
  const auto take = [&](const fs::path& file) {
    const Result<std::string> text = read_file(file, kMaxPatch);
    if (text) out.patch = *text;
    return text && !text->empty();
  };
  if (!take(folder / "out" / "patch.diff") && out.result.outcome != domain::Outcome::adapted)
    out.patch_is_partial = take(folder / "out" / "partial.diff");
  if (!out.patch.empty()) out.hashes[out.patch_is_partial ? "partial.diff" : "patch.diff"] = sha256_hex(out.patch);
  std::error_code code;
  for (fs::directory_iterator it(folder / "out" / "tests", code), end; !code && it != end; it.increment(code))
    if (it->is_regular_file(code)) out.tests.push_back("tests/" + it->path().filename().string());
  std::ranges::sort(out.tests);
}

void read_patterns(const Known& known, ReviewBundle& out) {
  std::set<std::pair<std::string, std::string>> others;  // model, backend
  for (const domain::Repair& repair : out.result.repairs) {
    if (repair.kind != domain::RepairKind::pattern) continue;
    const patterns::Pattern* pattern = known.library == nullptr ? nullptr : known.library->find(repair.id);
    PatternWords words{.id = repair.id, .title = repair.does};
    if (pattern != nullptr)
      words = {pattern->id,     pattern->title,    pattern->why,         std::string(to_string(pattern->risk)),
               pattern->status, pattern->revision, pattern->assumptions, ""};
    if (known.book != nullptr) {
      const auto records = known.book->of(repair.id);
      const evidence::Standing standing = evidence::standing_of(words.status, words.revision, records);
      if (pattern != nullptr) words.status = evidence::to_string(standing.status);
      if (const auto at = standing.backends.find(out.result.backend); at != standing.backends.end())
        if (!at->second.until.empty())
          words.not_needed = fmt::format("{} {} works without it", out.result.backend, at->second.until);
      for (const evidence::Record& record : records)
        if (record.outcome == evidence::Outcome::pass && record.model != out.result.model && others.size() < kMaxOthers)
          others.insert({record.model, record.backend});
    }
    out.patterns.push_back(std::move(words));
  }
  for (const auto& [model, backend] : others) out.repaired_too.push_back({model, backend});
}

// Models whose runs here, or whose evidence, name the same failure.
void read_same_failure(const Known& known, ReviewBundle& out) {
  if (!out.result.failure || out.result.failure->fingerprint.empty()) return;
  const std::string& wanted = out.result.failure->fingerprint;
  std::map<std::string, std::string> found;  // model -> backend
  if (known.book != nullptr)
    for (const auto& [pattern, records] : known.book->by_pattern())
      for (const evidence::Record& record : records)
        if (record.before == wanted) found.emplace(record.model, record.backend);
  std::error_code code;
  std::size_t looked = 0;
  for (fs::directory_iterator it(known.runs, code), end; !known.runs.empty() && !code && it != end && looked < kMaxRuns;
       it.increment(code), ++looked) {
    const Result<std::string> text = read_file(it->path() / "out" / "result.json", kMaxResult);
    const Result<Json> result = text ? parse_json(*text) : Result<Json>(Json());
    if (result && string_or(member_or_null(*result, "failure"), "fingerprint", "") == wanted)
      found.emplace(string_or(*result, "model", ""), string_or(*result, "backend", ""));
  }
  found.erase(out.result.model);
  for (const auto& [model, backend] : found)
    if (out.same_failure.size() < kMaxOthers) out.same_failure.push_back({model, backend});
}

Symptoms symptoms_of(const ReviewBundle& bundle) {
  Symptoms out;
  if (bundle.result.failure) {
    out.stage = bundle.result.failure->stage;
    out.failure_class = bundle.result.failure->failure_class;
  }
  std::size_t places = 0, loaders = 0;
  for (const domain::Repair& repair : bundle.result.repairs) {
    out.kinds.push_back(repair.kind);
    for (const domain::RepairSite& site : repair.sites) {
      places += 1;
      loaders += site.file == "loader.py" || site.file.ends_with("/loader.py") ? 1 : 0;
    }
  }
  out.only_options = !out.kinds.empty() &&
                     std::ranges::all_of(out.kinds, [](auto kind) { return kind == domain::RepairKind::option; });
  out.in_loader = places > 0 && loaders == places;
  out.models_blocked = bundle.same_failure.size();
  out.not_needed_later = std::ranges::any_of(bundle.patterns, [](const auto& one) { return !one.not_needed.empty(); });
  return out;
}

}  // namespace

Result<ReviewBundle> read_bundle(const fs::path& run_folder, const Known& known) {
  std::error_code code;
  if (!fs::exists(run_folder / "out" / "result.json", code))
    return fail(ErrorKind::usage, "run {} has not ended; continue with: agent runs resume {}",
                run_folder.filename().string(), run_folder.filename().string());
  ReviewBundle out;
  ADAPT_TRY(out.result, domain::read_result(run_folder / "out" / "result.json"));
  ADAPT_TRY(const std::vector<Event> log, events::read_log(run_folder / "events.jsonl"));
  read_request(log, out);
  read_environment(log, out);
  read_failure_log(log, out);
  read_model(log, out);
  read_stages(log, out);
  out.figures = read_figures(run_folder, log, out.result.backend);
  read_files(run_folder, out);
  read_patterns(known, out);
  read_same_failure(known, out);
  if (!log.empty()) out.hashes["events.jsonl, its last line"] = log.back().hash;
  out.belongs = where_it_belongs(symptoms_of(out));
  return out;
}

std::string short_name(const std::string& model) {
  const std::size_t colon = model.find(':');
  if (model.starts_with("transformers:")) return model.substr(colon + 1);
  if (!model.starts_with("forge:")) return fs::path(model).filename().string();
  // The folders from the model's down, without those that all loaders have.
  fs::path folder = model.substr(colon + 1);
  std::string variant;
  if (const std::string last = folder.filename().string(); contains(last, ":"))
    variant = last.substr(last.find(':') + 1), folder.replace_filename(last.substr(0, last.find(':')));
  if (folder.filename() == "pytorch") folder = folder.parent_path();
  return folder.filename().string() + (variant.empty() ? "" : " " + variant);
}

}  // namespace adapt::review
