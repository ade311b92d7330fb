#include "agent/store/database.h"

#include <gtest/gtest.h>

#include "tools/base/file.h"

namespace adapt::store {
namespace {
namespace fs = std::filesystem;

class DatabaseTest : public testing::Test {
 protected:
  fs::path path() const { return folder_.path() / "x.sqlite"; }
  static std::int64_t count(const Database& database) {
    std::int64_t n = -1;
    EXPECT_TRUE(database
                    .each("SELECT count(*) FROM t", {},
                          [&](const RowView& row) {
                            n = row.integer(0);
                            return true;
                          })
                    .has_value());
    return n;
  }

  TempDir folder_ = TempDir::create("database").value();
};

TEST_F(DatabaseTest, AFailedTransactionLeavesNothing) {
  Database database = Database::open(path()).value();
  ASSERT_TRUE(database.script("CREATE TABLE t (x INTEGER); INSERT INTO t VALUES (1);").has_value());
  const Result<void> done = database.transaction([&]() -> Result<void> {
    ADAPT_TRY_VOID(database.run("INSERT INTO t VALUES (?)", {std::int64_t{2}}));
    return fail(ErrorKind::interrupted, "stopped");
  });
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(count(database), 1);
}

TEST_F(DatabaseTest, TextIsBoundNeverPasted) {
  Database database = Database::open(path()).value();
  ASSERT_TRUE(database.script("CREATE TABLE t (x TEXT)").has_value());
  const std::string odd = "'); DROP TABLE t; -- \"";
  ASSERT_TRUE(database.run("INSERT INTO t VALUES (?)", {odd}).has_value());
  ASSERT_TRUE(database.run("INSERT INTO t VALUES (?)", {std::optional<std::string>()}).has_value());
  std::vector<std::optional<std::string>> found;
  ASSERT_TRUE(database
                  .each("SELECT x FROM t ORDER BY x", {},
                        [&](const RowView& row) {
                          found.push_back(row.optional_text(0));
                          return true;
                        })
                  .has_value());
  EXPECT_EQ(found, (std::vector<std::optional<std::string>>{std::nullopt, odd}));
}

TEST_F(DatabaseTest, AVisitEndsWhenTheVisitorSaysSo) {
  Database database = Database::open(path()).value();
  ASSERT_TRUE(database.script("CREATE TABLE t (x); INSERT INTO t VALUES (1), (2), (3);").has_value());
  int seen = 0;
  ASSERT_TRUE(database.each("SELECT x FROM t", {}, [&](const RowView&) { return ++seen < 2; }).has_value());
  EXPECT_EQ(seen, 2);
}

TEST_F(DatabaseTest, ErrorsAreOfTheStoreAndNameTheFile) {
  Database database = Database::open(path()).value();
  const Result<void> done = database.script("SELECT x FROM nowhere");
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::store);
  EXPECT_EQ(done.error().message, path().string() + ": no such table: nowhere");
  EXPECT_FALSE(Database::open(folder_.path() / "none/x.sqlite").has_value());
}

TEST_F(DatabaseTest, DamageIsTold) {
  {
    Database database = Database::open(path()).value();
    ASSERT_TRUE(database.script("CREATE TABLE t (x)").has_value());
  }
  EXPECT_FALSE(is_damaged(path()));
  ASSERT_TRUE(write_file_atomic(path(), std::string(8192, 'x')).has_value());
  EXPECT_TRUE(is_damaged(path()));
}

}  // namespace
}  // namespace adapt::store
