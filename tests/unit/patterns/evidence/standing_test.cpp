#include "patterns/evidence/standing.h"

#include <gtest/gtest.h>

#include "tests/unit/patterns/evidence/records.h"
#include "tools/base/text.h"

namespace adapt::evidence {
namespace {

const Made kReview{.outcome = Outcome::reviewed, .run = "", .who = "Ada"};
const Made kOtherReview{.outcome = Outcome::reviewed, .run = "", .who = "Grace"};

std::vector<Record> passes_on(const std::vector<std::string>& models, int revision = 1) {
  std::vector<Record> out;
  for (const std::string& model : models) out.push_back(made({.model = model, .revision = revision}));
  return out;
}

std::string status(const char* in_file, const std::vector<Record>& records) {
  return std::string(to_string(standing_of(in_file, 1, records).status));
}

TEST(Standing, FollowsTheEvidence) {
  const std::vector<Record> three = passes_on({"a", "b", "c"}), review = times(1, kReview);
  const std::vector<Record> worse = times(1, {.model = "d", .outcome = Outcome::worse});
  const std::vector<Record> numeric = times(1, {.model = "d", .outcome = Outcome::numeric});
  struct Row {
    const char* in_file;
    std::vector<Record> records;
    const char* effective;
  };
  const std::vector<Row> rows = {
      {"draft", {}, "draft"},
      {"draft", times(3, {.outcome = Outcome::same}), "draft"},
      {"draft", times(1, {.outcome = Outcome::advanced}), "draft"},
      {"draft", passes_on({"a"}), "trial"},
      {"trial", {}, "trial"},
      {"trial", three, "trial"},
      {"trial", three + review, "trusted"},
      {"draft", three + review, "trusted"},
      {"trial", passes_on({"a", "a", "b"}) + review, "trial"},
      {"trial", passes_on({"a", "b", "c"}, /*revision=*/2) + review, "trial"},
      {"trial", three + review + worse, "trial"},
      {"trial", three + review + numeric, "trial"},
      {"trusted", {}, "trusted"},
      {"trusted", times(5, {.outcome = Outcome::same}), "trusted"},
      {"trusted", three + worse, "trial"},
      {"trusted", three + numeric, "trial"},
      {"trusted", passes_on({"a"}) + numeric, "draft"},
      {"trial", passes_on({"a"}) + worse, "draft"},
      {"trial", passes_on({"a", "b"}) + worse, "trial"},
      {"retired", three + review, "retired"},
      {"nonsense", {}, "draft"},
  };
  for (std::size_t i = 0; i < rows.size(); ++i)
    EXPECT_EQ(status(rows[i].in_file, rows[i].records), rows[i].effective) << "row " << i;
}

TEST(Standing, OnlyWhatItRepairedElsewhereIsACounterExample) {
  const auto counted = [](const Made& bad) {
    return standing_of("trial", 1, passes_on({"a", "b", "c"}) + times(1, bad)).counter_examples.size();
  };
  EXPECT_EQ(counted({.model = "d", .outcome = Outcome::numeric}), 1U);
  EXPECT_EQ(counted({.model = "d", .outcome = Outcome::same}), 0U);
  EXPECT_EQ(counted({.model = "d", .before = "another failure", .outcome = Outcome::numeric}), 0U);
  EXPECT_EQ(counted({.backend = "openvino", .model = "d", .outcome = Outcome::numeric}), 0U);
  EXPECT_EQ(counted({.model = "d", .outcome = Outcome::numeric, .revision = 2}), 0U);
}

TEST(Standing, AnAttemptThatALaterOneOfItsRunMadeGoodIsNoCounterExample) {
  const std::vector<Record> records =
      passes_on({"a"}) + std::vector<Record>{made({.model = "d", .outcome = Outcome::numeric, .run = "r/3"}),
                                             made({.model = "d", .outcome = Outcome::pass, .run = "r/5"})};
  const Standing standing = standing_of("trial", 1, records);
  EXPECT_TRUE(standing.counter_examples.empty());
  EXPECT_EQ(standing.passes, 2U);
}

TEST(Standing, SaysWhy) {
  const Standing promoted =
      standing_of("trial", 1, passes_on({"a", "b", "c"}) + times(1, kReview) + times(1, kOtherReview));
  EXPECT_EQ(promoted.because, "passed on 3 models and was reviewed by Ada, Grace");
  const Standing demoted =
      standing_of("trusted", 1, passes_on({"a", "b"}) + times(1, {.model = "m.py", .outcome = Outcome::worse}));
  EXPECT_EQ(demoted.because, "1 counter-example, the last on m.py (worse)");
  EXPECT_EQ(standing_of("trial", 1, passes_on({"a"})).because, "");
}

TEST(Standing, KnowsTheVersionsOfEachBackend) {
  const Standing standing =
      standing_of("trial", 1,
                  times(1, {.version = "3.10"}) + times(1, {.version = "3.9"}) +
                      times(1, {.version = "3.2", .outcome = Outcome::same}) +
                      times(1, {.backend = "openvino", .version = "2025.1", .outcome = Outcome::advanced}));
  ASSERT_EQ(standing.backends.size(), 2U);
  EXPECT_EQ(standing.backends.at("iree").from, "3.9");
  EXPECT_EQ(standing.backends.at("iree").last, "3.10");
  EXPECT_EQ(standing.backends.at("openvino").from, "2025.1");
}

TEST(Ageing, ProposesToRetireWhatWorksWithoutThePatternOnANewerVersion) {
  const std::vector<Record> needed = times(1, {.version = "3.1"});
  const std::vector<Record> unneeded = times(1, {.version = "3.4", .before = "", .outcome = Outcome::unneeded});
  EXPECT_FALSE(standing_of("trial", 1, needed).retirement_proposed());
  const Standing aged = standing_of("trial", 1, needed + unneeded);
  EXPECT_TRUE(aged.retirement_proposed());
  EXPECT_EQ(aged.why_retire(), "iree 3.4: a.py works without it");
  EXPECT_EQ(aged.status, Status::trial) << "proposed, never done by itself";
  EXPECT_FALSE(standing_of("retired", 1, needed + unneeded).retirement_proposed());
}

TEST(Ageing, WhatIsNeededSomewhereIsNotProposed) {
  const std::vector<Record> records =
      times(1, {.version = "3.1"}) + times(1, {.version = "3.4", .outcome = Outcome::unneeded});
  EXPECT_FALSE(standing_of("trial", 1, records + times(1, {.version = "3.4"})).retirement_proposed())
      << "another model needs it on that version";
  const Standing elsewhere = standing_of("trial", 1, records + times(1, {.backend = "openvino", .version = "2025.1"}));
  EXPECT_FALSE(elsewhere.retirement_proposed());
  EXPECT_EQ(elsewhere.backends.at("iree").until, "3.4");
  EXPECT_FALSE(standing_of("trial", 1, times(1, {.outcome = Outcome::unneeded})).retirement_proposed())
      << "it was never seen to be needed";
}

TEST(Ageing, IsDatedByTheOldestVersionThatShowedIt) {
  const Standing standing =
      standing_of("trial", 1,
                  times(1, {.version = "3.1"}) + times(1, {.version = "3.9", .outcome = Outcome::unneeded}) +
                      times(1, {.version = "3.4", .model = "b.py", .outcome = Outcome::unneeded}));
  EXPECT_EQ(standing.backends.at("iree").until, "3.4");
  EXPECT_EQ(standing.backends.at("iree").works_without_it, "b.py");
}

}  // namespace
}  // namespace adapt::evidence
