#include "agent/events/journal.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/events/stand_ins.h"
#include "tools/base/file.h"

namespace adapt::events {
namespace {
namespace fs = std::filesystem;

class JournalTest : public testing::Test {
 protected:
  Journal open() const { return Journal::open(folder_.path(), clock_).value(); }
  void put(const fs::path& name, std::string_view bytes) const {
    ASSERT_TRUE(make_directories((folder_.path() / name).parent_path()).has_value());
    ASSERT_TRUE(write_file_atomic(folder_.path() / name, bytes).has_value());
  }
  std::string log_text() const { return read_file(folder_.path() / "events.jsonl").value(); }

  TempDir folder_ = quick_folder("journal");
  StillClock clock_;
};

TEST_F(JournalTest, AFinishedStepIsNotRunAgain) {
  int runs = 0;
  const auto work = [&]() -> Result<StepOutput> { return StepOutput{{{"run", ++runs}}, {}}; };
  {
    Journal journal = open();
    EXPECT_EQ(journal.step("reference", work).value(), (Json{{"run", 1}}));
    EXPECT_EQ(journal.step("reference", work).value(), (Json{{"run", 1}}));
    EXPECT_EQ(journal.step("baseline", work).value(), (Json{{"run", 2}}));
  }
  Journal resumed = open();
  EXPECT_TRUE(resumed.is_done("reference"));
  EXPECT_EQ(resumed.step("reference", work).value(), (Json{{"run", 1}}));
  EXPECT_EQ(runs, 2);
}

TEST_F(JournalTest, AStepWhoseFilesChangedOrWentIsRunAgain) {
  int runs = 0;
  const auto work = [&]() -> Result<StepOutput> {
    put("attempts/1/out.bin", "made");
    return StepOutput{{{"run", ++runs}}, {"attempts/1/out.bin"}};
  };
  ASSERT_TRUE(open().step("build", work).has_value());
  ASSERT_TRUE(open().step("build", work).has_value());
  EXPECT_EQ(runs, 1);
  put("attempts/1/out.bin", "changed");
  EXPECT_FALSE(open().is_done("build"));
  ASSERT_TRUE(open().step("build", work).has_value());
  EXPECT_EQ(runs, 2);
  fs::remove(folder_.path() / "attempts/1/out.bin");
  EXPECT_EQ(open().step("build", work).value(), (Json{{"run", 3}}));
  EXPECT_EQ(open().step("build", work).value(), (Json{{"run", 3}})) << "the last record counts";
}

TEST_F(JournalTest, FilesMayBeNamedAbsolutelyButLieBelowTheRunFolder) {
  put("out/a", "a");
  Journal journal = open();
  const fs::path inside = folder_.path() / "out/a";
  ASSERT_TRUE(journal.step("in", [&]() -> Result<StepOutput> { return StepOutput{{}, {inside}}; }).has_value());
  EXPECT_EQ(journal.log().events().back().data["files"][0]["path"], "out/a");
  EXPECT_FALSE(journal.step("out",
                            []() -> Result<StepOutput> {
                              return StepOutput{{}, {"/etc/hostname"}};
                            })
                   .has_value());
  EXPECT_FALSE(journal.step("up", []() -> Result<StepOutput> { return StepOutput{{}, {"../x"}}; }).has_value());
}

TEST_F(JournalTest, AFailedStepIsHandedOnAndTriedAgain) {
  Journal journal = open();
  const auto failing = []() -> Result<StepOutput> { return fail(ErrorKind::interrupted, "stopped"); };
  const Result<Json> first = journal.step("x", failing);
  ASSERT_FALSE(first.has_value());
  EXPECT_EQ(first.error().kind, ErrorKind::interrupted);
  EXPECT_TRUE(log_text().empty());
  EXPECT_EQ(journal.step("x", []() -> Result<StepOutput> { return StepOutput{7, {}}; }).value(), Json(7));
}

TEST_F(JournalTest, TheFirstAnswerIsTheOneThatAResumedRunGets) {
  const auto work = []() -> Result<StepOutput> { return StepOutput{{{"pcc", std::nan("")}, {"x", 0.1F}}, {}}; };
  const Json first = open().step("judge", work).value();
  EXPECT_EQ(first, open().step("judge", work).value());
}

// A small pipeline, stopped after every number of steps and resumed: the log ends the same, byte for byte.
TEST_F(JournalTest, AResumedRunLeavesTheLogOfAnUndisturbedOne) {
  const auto pipeline = [](Journal& journal, int until) {
    for (int i = 0; i < until; ++i) {
      ASSERT_TRUE(journal.emit("candidate", {{"n", i / 2}}).has_value());  // the same event twice, on purpose
      ASSERT_TRUE(journal.step("step " + std::to_string(i),
                               [&]() -> Result<StepOutput> {
                                 return StepOutput{i, {}};
                               })
                      .has_value());
      ASSERT_TRUE(journal.emit("done", {{"n", i}}).has_value());
    }
  };
  constexpr int kSteps = 5;
  {
    Journal journal = open();
    pipeline(journal, kSteps);
  }
  const std::string undisturbed = log_text();
  // Stopped by a kill at any byte: what is there is a prefix.
  for (std::size_t cut = 0; cut <= undisturbed.size(); cut += 13) {
    ASSERT_TRUE(write_file_atomic(folder_.path() / "events.jsonl", undisturbed.substr(0, cut)).has_value());
    Journal journal = open();
    pipeline(journal, kSteps);
    EXPECT_EQ(log_text(), undisturbed) << "cut at " << cut;
  }
}

}  // namespace
}  // namespace adapt::events
