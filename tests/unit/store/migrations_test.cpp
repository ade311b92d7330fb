#include "agent/store/migrations.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "agent/store/store.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"

namespace adapt::store {
namespace {
namespace fs = std::filesystem;

// A migration that has landed is frozen: other people's databases hold what it made. A new need is a new number here.
const std::map<std::string, std::string> kLanded = {
    {"0001_initial.sql", "f66e5f8b73c4c05b92e6791a98391db635f3d09ce83c3783438a7763a028da9f"},
};

const Migration kFirst{1, "first", "CREATE TABLE t (x INTEGER NOT NULL) STRICT; INSERT INTO t VALUES (7);"};
const Migration kSecond{2, "second", "ALTER TABLE t ADD COLUMN y TEXT NOT NULL DEFAULT 'new'"};
const Migration kBroken{2, "broken", "CREATE TABLE half (x); INSERT INTO nowhere VALUES (1);"};

std::vector<std::string> schema_of(const Database& database) {
  std::vector<std::string> out;
  EXPECT_TRUE(database
                  .each("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name", {},
                        [&](const RowView& row) {
                          out.push_back(row.text(0));
                          return true;
                        })
                  .has_value());
  return out;
}

class MigrationsTest : public testing::Test {
 protected:
  fs::path path() const { return folder_.path() / "x.sqlite"; }
  Database at_version_one() const {
    Database database = Database::open(path()).value();
    EXPECT_TRUE(migrate(database, std::vector{kFirst}).has_value());
    return database;
  }

  TempDir folder_ = TempDir::create("migrations").value();
};

TEST_F(MigrationsTest, LandedFilesAreFrozenAndAllAreInTheTable) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(fs::path(ADAPT_SOURCE_DIR) / "agent/store/schema"))
    files.emplace(entry.path().filename(), sha256_file(entry.path()).value());
  EXPECT_EQ(files, kLanded);

  std::map<std::string, std::string> table;
  std::int64_t expected = 0;
  for (const Migration& step : migrations()) {
    EXPECT_EQ(step.number, ++expected);
    table.emplace(fmt::format("{:04}_{}.sql", step.number, step.name), sha256_hex(step.sql));
  }
  EXPECT_EQ(table, kLanded) << "what is embedded is what the files say";
}

TEST_F(MigrationsTest, AnOlderDatabaseIsBackedUpThenUpgraded) {
  Database database = at_version_one();
  EXPECT_FALSE(fs::exists(path().string() + ".v0.bak")) << "a new database has nothing to keep";
  ASSERT_TRUE(migrate(database, std::vector{kFirst, kSecond}).has_value());
  EXPECT_EQ(database.user_version().value(), 2);

  const Database backup = Database::open(path().string() + ".v1.bak").value();
  EXPECT_EQ(backup.user_version().value(), 1);
  EXPECT_EQ(schema_of(backup).size(), 1U);
  ASSERT_TRUE(migrate(database, std::vector{kFirst, kSecond}).has_value()) << "a second time does nothing";
}

TEST_F(MigrationsTest, ABrokenStepIsNamedAndLeavesTheVersionBeforeIt) {
  Database database = at_version_one();
  const std::vector<std::string> before = schema_of(database);
  const Result<void> done = migrate(database, std::vector{kFirst, kBroken});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().message, "migration 2 (broken): " + path().string() + ": no such table: nowhere");
  EXPECT_EQ(database.user_version().value(), 1);
  EXPECT_EQ(schema_of(database), before);
}

TEST_F(MigrationsTest, ANewerDatabaseIsRefusedWithBothNumbers) {
  Database database = at_version_one();
  ASSERT_TRUE(database.script("PRAGMA user_version = 9").has_value());
  const Result<void> done = migrate(database, std::vector{kFirst, kSecond});
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::store);
  EXPECT_EQ(done.error().message,
            path().string() + " has version 9, this program knows up to 2; use the newer program");
}

// tests/data/store/v<N>.sql is a dump of a database as version N left it. Each must still open, lose nothing, and end
// with the schema of a fresh one.
TEST_F(MigrationsTest, EveryOldDatabaseUpgradesToTheFreshSchema) {
  const fs::path fresh_folder = folder_.path() / "fresh";
  ASSERT_TRUE(Store::open(fresh_folder).has_value());
  const std::vector<std::string> fresh = schema_of(Database::open(fresh_folder / "index.sqlite").value());

  for (const Migration& step : migrations()) {
    const std::string name = fmt::format("v{}", step.number);
    const Result<std::string> dump = read_file(fs::path(ADAPT_TEST_DATA) / "store" / (name + ".sql"));
    ASSERT_TRUE(dump.has_value()) << "each version has a dump: " << dump.error().message;
    const fs::path folder = folder_.path() / name;
    ASSERT_TRUE(make_directories(folder).has_value());
    {
      Database old = Database::open(folder / "index.sqlite").value();
      ASSERT_TRUE(old.script("PRAGMA foreign_keys = OFF").has_value());
      ASSERT_TRUE(old.script(*dump).has_value()) << name;
    }
    const Result<Store> store = Store::open(folder);
    ASSERT_TRUE(store.has_value()) << name << ": " << store.error().message;
    EXPECT_EQ(schema_of(Database::open(folder / "index.sqlite").value()), fresh) << name;
    const RunRecord run = store->find_run("r2").value();
    EXPECT_EQ(run.run.outcome, "adapted") << name;
    EXPECT_EQ(run.attempts.size(), 2U) << name;
    EXPECT_EQ(store->pattern_evidence().value(), (std::vector<PatternEvidence>{{"unfold", "openvino", 1, 1}})) << name;
  }
}

}  // namespace
}  // namespace adapt::store
