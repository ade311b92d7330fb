#include "agent/loop/watch.h"

#include <gtest/gtest.h>

namespace adapt::loop {
namespace {

client::Failure failure_at(client::Stage stage, std::string fingerprint) {
  client::Failure failure;
  failure.stage = stage;
  failure.fingerprint = std::move(fingerprint);
  return failure;
}

toolbox::Draft draft_of(std::string text) { return {.overlay = {{"m", std::move(text)}}, .options = {}}; }

const client::Failure kStart = failure_at(client::Stage::capture, "first");

TEST(Watch, TakesALaterStageForProgressAndRemembersItsDraft) {
  Watch watch(kStart, {});
  EXPECT_TRUE(watch.tried(draft_of("a"), failure_at(client::Stage::lower, "next")));
  EXPECT_TRUE(watch.gained_stage());
  EXPECT_EQ(watch.best_draft(), draft_of("a"));
  EXPECT_EQ(watch.best_failure().fingerprint, "next");
}

TEST(Watch, TakesANewFailureAtTheSameStageForProgressButForNoStage) {
  Watch watch(kStart, {});
  EXPECT_TRUE(watch.tried(draft_of("a"), failure_at(client::Stage::capture, "other")));
  EXPECT_FALSE(watch.gained_stage());
  EXPECT_FALSE(watch.tried(draft_of("b"), failure_at(client::Stage::capture, "first")));
  EXPECT_EQ(watch.best_draft(), draft_of("a"));
}

TEST(Watch, DoesNotTakeAnEarlierStageForProgress) {
  Watch watch(kStart, {});
  EXPECT_FALSE(watch.tried(draft_of("a"), failure_at(client::Stage::load, "broken")));
  EXPECT_FALSE(watch.best_draft().has_value());
}

TEST(Watch, IsStaleAfterTrialsThatBringNothingNew) {
  Watch watch(kStart, {.stale_trials = 3});
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(watch.stale().has_value());
    watch.tried(draft_of("a"), kStart);
  }
  EXPECT_EQ(watch.stale(), "3 trials in a row brought nothing new");
}

TEST(Watch, IsStaleAfterAnswersWithoutATrial) {
  Watch watch(kStart, {.stale_turns = 2});
  watch.turn_began();
  EXPECT_FALSE(watch.stale().has_value());
  watch.turn_began();
  EXPECT_TRUE(watch.stale().has_value());
}

TEST(Watch, CountsEqualCallsWithEqualResultsHoweverTheyAreWritten) {
  Watch watch(kStart, {.repeats = 2});
  watch.called("find_nodes", R"({"kind":"call","limit":2})", {.text = "none"});
  watch.called("find_nodes", R"({"kind":"call","limit":2})", {.text = "one"});
  EXPECT_FALSE(watch.repeats().has_value());
  watch.called("find_nodes", R"({ "limit": 2, "kind": "call" })", {.text = "none"});
  EXPECT_EQ(watch.repeats(), "find_nodes was called 2 times with the same arguments and the same result");
}

TEST(Watch, ForgetsRepetitionsWhenTheRunGetsFurther) {
  Watch watch(kStart, {.repeats = 2});
  watch.called("run_compare", "{}", {.text = "x"});
  watch.tried(draft_of("a"), failure_at(client::Stage::lower, "next"));
  watch.called("run_compare", "{}", {.text = "x"});
  EXPECT_FALSE(watch.repeats().has_value());
}

TEST(Watch, ForgetsRepetitionsWhenTheConversationStartsAgain) {
  Watch watch(kStart, {.repeats = 2});
  watch.called("read_source", "{}", {.text = "x"});
  watch.began_again();
  watch.called("read_source", "{}", {.text = "x"});
  EXPECT_FALSE(watch.repeats().has_value());
  watch.called("read_source", "{}", {.text = "x"});
  EXPECT_TRUE(watch.repeats().has_value());
}

TEST(Watch, EndsAfterBadTurnsInARow) {
  Watch watch(kStart, {.bad_turns = 2});
  watch.turn_was(false);
  watch.turn_was(true);
  watch.turn_was(false);
  EXPECT_FALSE(watch.is_bad());
  watch.turn_was(false);
  EXPECT_TRUE(watch.is_bad());
}

}  // namespace
}  // namespace adapt::loop
