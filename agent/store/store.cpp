#include "agent/store/store.h"

#include <algorithm>
#include <system_error>

#include "agent/store/migrations.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::store {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kListColumns = "id, model, backend, outcome, level, started_ms, wall_ms, folder";

// Columns in the order of kListColumns.
Run listed_run(const RowView& row) {
  return {.id = row.text(0),
          .model = row.text(1),
          .backend = row.text(2),
          .outcome = row.optional_text(3),
          .level = row.optional_text(4),
          .started_ms = row.integer(5),
          .wall_ms = row.integer(6),
          .folder = row.text(7),
          .result = std::nullopt};
}

fs::path index_path(const fs::path& data_folder) { return data_folder / "index.sqlite"; }

// Moves a damaged index, with what SQLite keeps beside it, out of the way.
Result<std::optional<fs::path>> set_aside_if_damaged(const fs::path& index) {
  std::error_code error;
  if (!fs::exists(index, error) || !is_damaged(index)) return std::nullopt;
  fs::path aside;
  int number = 1;
  do aside = fmt::format("{}.damaged-{}", index.string(), number++);
  while (fs::exists(aside, error));
  for (const char* suffix : {"-wal", "-shm", ""}) {
    const fs::path from = index.string() + suffix;
    if (!fs::exists(from, error)) continue;
    fs::rename(from, aside.string() + suffix, error);
    if (error) return fail(ErrorKind::store, "cannot set {} aside: {}", from.string(), error.message());
  }
  return aside;
}

std::vector<fs::path> folders_below(const fs::path& parent) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(parent, error), end; !error && it != end; it.increment(error))
    if (it->is_directory(error) && !it->is_symlink(error)) out.push_back(it->path());
  std::ranges::sort(out);
  return out;
}

// The least text that is greater than every text that begins with `beginning`; ids are ASCII.
std::string behind(std::string_view beginning) { return std::string(beginning) + '\x7f'; }

}  // namespace

Result<Store> Store::open(const fs::path& data_folder) {
  const Result<void> made = make_directories(data_folder);
  if (!made) return fail(ErrorKind::store, "{}", made.error().message);
  ADAPT_TRY(Database database, Database::open(index_path(data_folder)));
  ADAPT_TRY_VOID(migrate(database, migrations()));
  return Store(std::move(database));
}

Result<Rebuilt> Store::rebuild(const fs::path& data_folder, const ReadRunFolder& read) {
  Rebuilt out;
  ADAPT_TRY(out.set_aside, set_aside_if_damaged(index_path(data_folder)));
  ADAPT_TRY(Store store, open(data_folder));
  // One transaction: a reader sees the old index or the new one.
  ADAPT_TRY_VOID(store.database_.transaction([&] { return store.put_folders(data_folder / "runs", read, out); }));
  return out;
}

Result<void> Store::put_folders(const fs::path& parent, const ReadRunFolder& read, Rebuilt& out) {
  ADAPT_TRY_VOID(database_.run("DELETE FROM run"));
  ADAPT_TRY_VOID(database_.run("DELETE FROM model"));
  for (const fs::path& folder : folders_below(parent)) {
    const Result<RunRecord> record = read(folder);
    if (!record) {
      out.unreadable.push_back(fmt::format("{}: {}", folder.filename().string(), record.error().message));
      continue;
    }
    ADAPT_TRY_VOID(put_rows(*record));
    ++out.runs;
  }
  return {};
}

Result<void> Store::put(const RunRecord& record) {
  return database_.transaction([&] { return put_rows(record); });
}

Result<void> Store::put_rows(const RunRecord& record) {
  const Run& run = record.run;
  ADAPT_TRY_VOID(database_.run("DELETE FROM run WHERE id = ?", {run.id}));  // its attempts go with it
  ADAPT_TRY_VOID(database_.run("DELETE FROM pattern_use WHERE run = ?", {run.id}));
  ADAPT_TRY_VOID(
      database_.run("INSERT INTO model (id, first_seen_ms) VALUES (?, ?)"
                    " ON CONFLICT (id) DO UPDATE SET first_seen_ms = min(first_seen_ms, excluded.first_seen_ms)",
                    {run.model, run.started_ms}));
  ADAPT_TRY_VOID(database_.run(
      "INSERT INTO run (id, model, backend, outcome, level, started_ms, wall_ms, folder, result)"
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {run.id, run.model, run.backend, run.outcome, run.level, run.started_ms, run.wall_ms, run.folder, run.result}));
  for (const Attempt& attempt : record.attempts)
    ADAPT_TRY_VOID(
        database_.run("INSERT INTO attempt (run, number, origin, patch_sha256, outcome) VALUES (?, ?, ?, ?, ?)",
                      {run.id, attempt.number, attempt.origin, attempt.patch_sha256, attempt.outcome}));
  for (const Verification& check : record.verifications)
    ADAPT_TRY_VOID(
        database_.run("INSERT INTO verification (run, attempt, rung, verdict, metrics) VALUES (?, ?, ?, ?, ?)",
                      {run.id, check.attempt, check.rung, check.verdict, check.metrics}));
  for (const PatternUse& use : record.patterns)
    ADAPT_TRY_VOID(
        database_.run("INSERT INTO pattern_use (run, attempt, pattern, backend, verified) VALUES (?, ?, ?, ?, ?)",
                      {run.id, use.attempt, use.pattern, run.backend, std::int64_t{use.verified}}));
  return {};
}

Result<void> Store::list_runs(std::int64_t limit, const std::function<bool(const Run&)>& visit) const {
  return database_.each(fmt::format("SELECT {} FROM run ORDER BY started_ms DESC, id DESC LIMIT ?", kListColumns),
                        {limit > 0 ? limit : std::int64_t{-1}},
                        [&](const RowView& row) { return visit(listed_run(row)); });
}

Result<RunRecord> Store::find_run(std::string_view id_or_beginning) const {
  std::vector<RunRecord> found;
  // An exact id sorts before all that it begins.
  ADAPT_TRY_VOID(database_.each(
      fmt::format("SELECT {}, result FROM run WHERE id >= ? AND id < ? ORDER BY id LIMIT 2", kListColumns),
      {std::string(id_or_beginning), behind(id_or_beginning)}, [&](const RowView& row) {
        found.push_back({.run = listed_run(row), .attempts = {}, .verifications = {}, .patterns = {}});
        found.back().run.result = row.optional_text(8);
        return true;
      }));
  if (id_or_beginning.empty() || found.empty())
    return fail(ErrorKind::usage, "no run '{}'; see `agent runs list`", id_or_beginning);
  if (found.size() > 1 && found.front().run.id != id_or_beginning)
    return fail(ErrorKind::usage, "'{}' could be {} or {}; write more of the id", id_or_beginning, found[0].run.id,
                found[1].run.id);

  RunRecord record = std::move(found.front());
  const Binds id = {record.run.id};
  ADAPT_TRY_VOID(
      database_.each("SELECT number, origin, patch_sha256, outcome FROM attempt WHERE run = ? ORDER BY number", id,
                     [&](const RowView& row) {
                       record.attempts.push_back({row.integer(0), row.text(1), row.optional_text(2), row.text(3)});
                       return true;
                     }));
  ADAPT_TRY_VOID(
      database_.each("SELECT attempt, rung, verdict, metrics FROM verification WHERE run = ? ORDER BY attempt, rung",
                     id, [&](const RowView& row) {
                       record.verifications.push_back({row.integer(0), row.text(1), row.text(2), row.optional_text(3)});
                       return true;
                     }));
  ADAPT_TRY_VOID(
      database_.each("SELECT attempt, pattern, verified FROM pattern_use WHERE run = ? ORDER BY attempt, pattern", id,
                     [&](const RowView& row) {
                       record.patterns.push_back({row.integer(0), row.text(1), row.integer(2) != 0});
                       return true;
                     }));
  return record;
}

Result<std::vector<PatternEvidence>> Store::pattern_evidence() const {
  std::vector<PatternEvidence> out;
  ADAPT_TRY_VOID(
      database_.each("SELECT pattern, backend, count(*), sum(verified) FROM pattern_use GROUP BY pattern, backend "
                     "ORDER BY pattern, backend",
                     {}, [&](const RowView& row) {
                       out.push_back({row.text(0), row.text(1), row.integer(2), row.integer(3)});
                       return true;
                     }));
  return out;
}

}  // namespace adapt::store
