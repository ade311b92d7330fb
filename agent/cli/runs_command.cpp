#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>

#include "agent/cli/commands.h"
#include "agent/pipeline/run.h"
#include "agent/pipeline/run_record.h"
#include "agent/store/store.h"
#include "tools/base/file.h"
#include "tools/base/json.h"

namespace adapt::cli {
namespace {

namespace fs = std::filesystem;

OrderedJson run_json(const store::Run& run) {
  return OrderedJson{{"run", run.id},
                     {"model", run.model},
                     {"backend", run.backend},
                     {"outcome", run.outcome.value_or("unfinished")},
                     {"level", run.level ? OrderedJson(*run.level) : OrderedJson(nullptr)},
                     {"started_ms", run.started_ms},
                     {"wall_s", static_cast<double>(run.wall_ms) / 1000.0}};
}

void print_run(const store::Run& run, bool json) {
  if (json) {
    fmt::print("{}\n", run_json(run).dump());
    return;
  }
  const std::time_t seconds = run.started_ms / 1000;
  fmt::print("{:%Y-%m-%d %H:%M}  {:<12}  {:<4}  {:>7.1f} s  {}\n", fmt::gmtime(seconds),
             run.outcome.value_or("unfinished"), run.level.value_or("-"), static_cast<double>(run.wall_ms) / 1000.0,
             run.id);
}

Result<void> list_runs(Session& session, std::int64_t limit, bool rebuild) {
  ADAPT_TRY(const fs::path data, session.config.data_folder());
  std::error_code code;
  const bool missing = !fs::exists(data / "index.sqlite", code) && fs::exists(data / "runs", code);
  if (rebuild || missing) {
    ADAPT_TRY(const store::Rebuilt rebuilt, store::Store::rebuild(data, pipeline::run_record));
    for (const std::string& folder : rebuilt.unreadable)
      fmt::print(stderr, "agent: left out of the index: {}\n", folder);
  }
  ADAPT_TRY(const store::Store store, store::Store::open(data));
  std::int64_t shown = 0;
  ADAPT_TRY_VOID(store.list_runs(limit, [&](const store::Run& run) {
    print_run(run, session.json);
    if (shown++ == 0) std::fflush(stdout);
    return !session.cancel.requested();
  }));
  if (shown == 0 && !session.json)
    fmt::print(stderr, "no runs yet; start one with: agent adapt <model> --backend <name>\n");
  return {};
}

Result<void> show_run(Session& session, const std::string& id) {
  ADAPT_TRY(const fs::path data, session.config.data_folder());
  ADAPT_TRY(const store::Store store, store::Store::open(data));
  ADAPT_TRY(const store::RunRecord record, store.find_run(id));
  const fs::path folder = data / record.run.folder;
  if (session.json) {
    const Result<std::string> result = read_file(folder / "out" / "result.json");
    if (!result) {
      fmt::print("{}\n", run_json(record.run).dump());
      return {};
    }
    ADAPT_TRY(const Json value, parse_json(*result));
    fmt::print("{}\n", dump(value));
    return {};
  }
  const Result<std::string> report = read_file(folder / "out" / "report.md");
  if (!report) {
    fmt::print("{} has not ended; continue with: agent runs resume {}\n", record.run.id, record.run.id);
    return {};
  }
  fmt::print("{}\nfiles: {}\n", *report, (folder / "out").string());
  return {};
}

}  // namespace

int runs_list_command(Session& session, std::int64_t limit, bool rebuild) {
  const Result<void> done = list_runs(session, limit, rebuild);
  return done ? 0 : report(done.error());
}

int runs_show_command(Session& session, const std::string& id) {
  const Result<void> done = show_run(session, id);
  return done ? 0 : report(done.error());
}

}  // namespace adapt::cli
