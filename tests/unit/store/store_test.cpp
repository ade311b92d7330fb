#include "agent/store/store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/base/file.h"

namespace adapt::store {
namespace {
namespace fs = std::filesystem;

RunRecord finished(const std::string& id, std::int64_t started_ms) {
  return {.run = {.id = id,
                  .model = "transformers:PatchTSTModel",
                  .backend = "openvino",
                  .outcome = "adapted",
                  .level = "L5",
                  .started_ms = started_ms,
                  .wall_ms = 1500,
                  .folder = "runs/" + id,
                  .result = R"({"outcome":"adapted"})"},
          .attempts = {{1, "option", std::nullopt, "refused"}, {2, "pattern", "ab12", "verified"}},
          .verifications = {{2, "equal", "passed", R"({"pcc":1.0})"}, {2, "placed", "passed", std::nullopt}},
          .patterns = {{2, "unfold", true}}};
}

class StoreTest : public testing::Test {
 protected:
  const fs::path& data() const { return folder_.path(); }
  fs::path index() const { return data() / "index.sqlite"; }
  Store open() const { return Store::open(data()).value(); }
  static std::vector<std::string> ids(const Store& store, std::int64_t limit = 0) {
    std::vector<std::string> out;
    EXPECT_TRUE(store
                    .list_runs(limit,
                               [&](const store::Run& run) {
                                 out.push_back(run.id);
                                 return true;
                               })
                    .has_value());
    return out;
  }

  TempDir folder_ = TempDir::create("store").value();
};

TEST_F(StoreTest, WhatIsPutIsFoundWholeByAnotherProcess) {
  const RunRecord record = finished("r1", 1000);
  ASSERT_TRUE(open().put(record).has_value());
  EXPECT_EQ(open().find_run("r1").value(), record);
}

TEST_F(StoreTest, PuttingARunAgainReplacesAllOfIt) {
  Store store = open();
  RunRecord running = finished("r1", 1000);
  ASSERT_TRUE(store.put(running).has_value());
  running.run.outcome.reset();
  running.run.result.reset();
  running.attempts.resize(1);
  running.verifications.clear();
  running.patterns.clear();
  ASSERT_TRUE(store.put(running).has_value());
  EXPECT_EQ(store.find_run("r1").value(), running);
  EXPECT_TRUE(store.pattern_evidence().value().empty());
  EXPECT_EQ(ids(store).size(), 1U);
}

TEST_F(StoreTest, ARecordThatDoesNotFitLeavesTheOldOne) {
  Store store = open();
  const RunRecord good = finished("r1", 1000);
  ASSERT_TRUE(store.put(good).has_value());
  RunRecord bad = good;
  bad.verifications.push_back({.attempt = 9, .rung = "equal", .verdict = "passed", .metrics = std::nullopt});
  const Result<void> done = store.put(bad);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::store);
  EXPECT_EQ(store.find_run("r1").value(), good);
}

TEST_F(StoreTest, ListsNewestFirstUpToTheLimit) {
  Store store = open();
  for (const auto& [id, started] : {std::pair{"b", 2}, std::pair{"a", 1}, std::pair{"d", 3}, std::pair{"c", 3}})
    ASSERT_TRUE(store.put(finished(id, started)).has_value());
  EXPECT_EQ(ids(store), (std::vector<std::string>{"d", "c", "b", "a"}));
  EXPECT_EQ(ids(store, 2), (std::vector<std::string>{"d", "c"}));
}

TEST_F(StoreTest, ABeginningOfAnIdWillDoWhenItIsEnough) {
  Store store = open();
  for (const char* id : {"20260101-a", "20260101-ab", "20260202-c"})
    ASSERT_TRUE(store.put(finished(id, 1)).has_value());
  EXPECT_EQ(store.find_run("202602").value().run.id, "20260202-c");
  EXPECT_EQ(store.find_run("20260101-a").value().run.id, "20260101-a") << "an exact id wins over what it begins";
  EXPECT_EQ(store.find_run("2026").error().message, "'2026' could be 20260101-a or 20260101-ab; write more of the id");
  EXPECT_EQ(store.find_run("x").error().kind, ErrorKind::usage);
  EXPECT_EQ(store.find_run("").error().kind, ErrorKind::usage);
  EXPECT_EQ(store.find_run("%").error().message, "no run '%'; see `agent runs list`");
}

TEST_F(StoreTest, EvidenceCountsUsesByPatternAndBackend) {
  Store store = open();
  RunRecord other = finished("r2", 2);
  other.run.backend = "onnxruntime";
  other.patterns = {{1, "unfold", false}, {2, "erfinv", false}};
  ASSERT_TRUE(store.put(finished("r1", 1)).has_value());
  ASSERT_TRUE(store.put(other).has_value());
  EXPECT_EQ(store.pattern_evidence().value(),
            (std::vector<PatternEvidence>{
                {"erfinv", "onnxruntime", 1, 0}, {"unfold", "onnxruntime", 1, 0}, {"unfold", "openvino", 1, 1}}));
}

// Stands for the pipeline's reader: a folder is readable when it holds a file "ok".
Result<RunRecord> read_if_ok(const fs::path& folder) {
  if (!fs::exists(folder / "ok")) return fail(ErrorKind::store, "no ok");
  return finished(folder.filename(), 5);
}

TEST_F(StoreTest, RebuildFollowsTheFoldersAndKeepsEvidenceOfRemovedRuns) {
  Store store = open();
  ASSERT_TRUE(store.put(finished("gone", 1)).has_value());
  for (const char* name : {"r1/ok", "r2/other", "r3/ok"}) {
    ASSERT_TRUE(make_directories((data() / "runs" / name).parent_path()).has_value());
    ASSERT_TRUE(write_file_atomic(data() / "runs" / name, "").has_value());
  }
  fs::create_directory_symlink(data() / "runs/r1", data() / "runs/link");
  const Rebuilt rebuilt = Store::rebuild(data(), read_if_ok).value();
  EXPECT_EQ(rebuilt.runs, 2);
  EXPECT_EQ(rebuilt.unreadable, std::vector<std::string>{"r2: no ok"});
  EXPECT_EQ(ids(store), (std::vector<std::string>{"r3", "r1"}));
  EXPECT_EQ(store.find_run("r1").value(), finished("r1", 5));
  EXPECT_EQ(store.pattern_evidence().value(), (std::vector<PatternEvidence>{{"unfold", "openvino", 3, 3}}));
}

TEST_F(StoreTest, ADamagedIndexIsToldAndRebuildSetsItAside) {
  ASSERT_TRUE(write_file_atomic(index(), std::string(8192, 'x')).has_value());
  const Result<Store> refused = Store::open(data());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::store);
  EXPECT_NE(refused.error().message.find("it is damaged"), std::string::npos) << refused.error().message;
  EXPECT_NE(refused.error().message.find("--rebuild"), std::string::npos) << refused.error().message;

  const Rebuilt rebuilt = Store::rebuild(data(), read_if_ok).value();
  EXPECT_EQ(rebuilt.set_aside, data() / "index.sqlite.damaged-1");
  EXPECT_TRUE(fs::exists(*rebuilt.set_aside));
  EXPECT_TRUE(ids(open()).empty());
}

TEST_F(StoreTest, ANewerIndexIsRefusedAndLeftAlone) {
  ASSERT_TRUE(Store::open(data()).has_value());
  ASSERT_TRUE(Database::open(index()).value().script("PRAGMA user_version = 99").has_value());
  const Result<Store> refused = Store::open(data());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message,
            index().string() + " has version 99, this program knows up to 1; use the newer program");
  EXPECT_FALSE(Store::rebuild(data(), read_if_ok).has_value());
}

TEST_F(StoreTest, ProcessesThatWriteAtOnceLoseNothing) {
  constexpr int kProcesses = 4;
  constexpr int kRuns = 10;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {  // opens for itself: a connection does not cross a fork
      Result<Store> store = Store::open(data());
      bool good = store.has_value();
      for (int r = 0; good && r < kRuns; ++r) good = store->put(finished(fmt::format("p{}-{}", p, r), r)).has_value();
      ::_exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(ids(open()).size(), static_cast<std::size_t>(kProcesses * kRuns));
}

TEST_F(StoreTest, TheFirstOfTenThousandRunsComesWithoutReadingTheOthers) {
  ASSERT_TRUE(Store::open(data()).has_value());
  Database database = Database::open(index()).value();
  ASSERT_TRUE(database
                  .script(R"(
    INSERT INTO model VALUES ('m', 0);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO run SELECT 'r' || i, 'm', 'openvino', 'adapted', 'L5', i, 1, 'runs/r' || i, hex(zeroblob(4000)) FROM n;)")
                  .has_value());
  // Not a clock but the plan: rows come from the index in order, so no row waits for another.
  std::string plan;
  ASSERT_TRUE(database
                  .each("EXPLAIN QUERY PLAN SELECT id, model, backend, outcome, level, started_ms, wall_ms, folder"
                        " FROM run ORDER BY started_ms DESC, id DESC LIMIT -1",
                        {},
                        [&](const RowView& row) {
                          plan += row.text(3) + "\n";
                          return true;
                        })
                  .has_value());
  EXPECT_EQ(plan, "SCAN run USING COVERING INDEX run_newest_first\n");
  int seen = 0;
  ASSERT_TRUE(open()
                  .list_runs(0,
                             [&](const store::Run& run) {
                               EXPECT_EQ(run.id, "r10000");
                               return ++seen < 1;
                             })
                  .has_value());
  EXPECT_EQ(seen, 1);
}

}  // namespace
}  // namespace adapt::store
