#include "agent/pipeline/pattern_order.h"

#include <gtest/gtest.h>

#include "tests/unit/events/stand_ins.h"
#include "tests/unit/patterns/evidence/records.h"
#include "tests/unit/patterns/pattern_text.h"

namespace adapt::pipeline {
namespace {

using evidence::made;
using evidence::Outcome;
using evidence::Record;
using evidence::times;

patterns::Pattern pattern(const std::string& id, const std::string& status = "trial") {
  auto loaded = patterns::parse_pattern(
      fmt::format("pattern {} r1\ntitle A\nstatus {}\nrisk exact\n[edit a]\n- f($X)\n+ g($X)\n", id, status),
      "case.adapt", patterns::shipped_table());
  if (!loaded) ADD_FAILURE() << loaded.error().message;
  return std::move(*loaded);
}

// One choice of a run: the ids in the order that comes out.
struct Choice {
  std::vector<patterns::Pattern> patterns;
  OrderSettings settings{.backend = "iree", .version = "3.1"};
  TempDir folder = quick_folder("adapt-order-");
  StillClock clock{};

  std::vector<std::string> made(const std::vector<Record>& records, const std::string& digest = "candidate") {
    const evidence::Book book(records);
    auto journal = events::Journal::open(folder.path(), clock);
    if (!journal) ADD_FAILURE() << journal.error().message;
    std::vector<const patterns::Pattern*> ranked;
    for (const patterns::Pattern& one : patterns) ranked.push_back(&one);
    const auto placed = PatternOrder(book, *journal, settings).place(ranked, "lower|cumsum", digest);
    if (!placed) ADD_FAILURE() << placed.error().message;
    std::vector<Placed> order = *placed;
    std::stable_sort(order.begin(), order.end(), [](const Placed& a, const Placed& b) { return a.score > b.score; });
    std::vector<std::string> out;
    for (const Placed& one : order) out.push_back(one.pattern->id);
    return out;
  }
};

using Ids = std::vector<std::string>;

TEST(PatternOrder, WithoutEvidenceTheOrderStays) {
  Choice choice{{pattern("z/one"), pattern("a/two"), pattern("m/three")}};
  for (int i = 0; i < 50; ++i) EXPECT_EQ(choice.made({}, std::to_string(i)), (Ids{"z/one", "a/two", "m/three"}));
}

TEST(PatternOrder, WhatPassedComesFirstAndWhatFailedLast) {
  Choice choice{{pattern("z/one"), pattern("a/two"), pattern("m/three"), pattern("n/four")}};
  EXPECT_EQ(choice.made(times(4, {.pattern = "m/three"}) + times(4, {.pattern = "z/one", .outcome = Outcome::same})),
            (Ids{"m/three", "a/two", "n/four", "z/one"}));
}

TEST(PatternOrder, AResumedRunKeepsTheOrderItHadAndRecordsWhy) {
  Choice choice{{pattern("z/one"), pattern("a/two")}};
  EXPECT_EQ(choice.made(times(4, {.pattern = "a/two"})), (Ids{"a/two", "z/one"}));
  EXPECT_EQ(choice.made(times(90, {.pattern = "z/one"})), (Ids{"a/two", "z/one"}));
  EXPECT_EQ(choice.made(times(90, {.pattern = "z/one"}), "another candidate"), (Ids{"z/one", "a/two"}));
  const auto journal = events::Journal::open(choice.folder.path(), choice.clock);
  ASSERT_TRUE(journal);
  const Json& rows = journal->log().events().front().data.at("result");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[1].at("pattern"), "a/two");
  EXPECT_EQ(rows[1].at("votes"), 4);
  EXPECT_GT(rows[1].at("score"), rows[0].at("score"));
}

TEST(PatternOrder, DraftsAreTriedWhenAskedForAndRetiredOnesNever) {
  Choice choice{{pattern("a/draft", "draft"), pattern("b/retired", "retired"), pattern("c/trial")}};
  EXPECT_EQ(choice.made({}, "1"), Ids{"c/trial"});
  choice.settings.drafts = true;
  EXPECT_EQ(choice.made({}, "2"), (Ids{"a/draft", "c/trial"}));
}

TEST(PatternOrder, TheEvidenceHoldsBackWhatItSetBackToDraft) {
  Choice choice{{pattern("a/one"), pattern("b/two")}};
  const std::vector<Record> records =
      times(1, {.pattern = "a/one"}) + times(1, {.pattern = "a/one", .model = "b.py", .outcome = Outcome::numeric});
  EXPECT_EQ(choice.made(records), Ids{"b/two"});
}

TEST(PatternOrder, SometimesTriesWhatIsOnTrialByLuck) {
  Choice choice{{pattern("a/known"), pattern("b/unknown")}};
  const std::vector<Record> records = times(2, {.pattern = "a/known"});
  int explored = 0, otherwise = 0;
  constexpr int kChoices = 160;
  for (int i = 0; i < kChoices; ++i)
    otherwise += choice.made(records, std::to_string(i)).front() == "b/unknown" ? 1 : 0;
  const auto journal = events::Journal::open(choice.folder.path(), choice.clock);
  for (const events::Event& event : journal->log().events())
    explored += bool_or(event.data.at("result")[0], "by_luck", false) ? 1 : 0;
  EXPECT_GT(explored, kChoices * 5 / 100);
  EXPECT_LT(explored, kChoices * 12 / 100);
  EXPECT_GT(otherwise, 0);
  EXPECT_LT(otherwise, explored);
  // Trusted patterns are past being tried out.
  Choice trusted{{pattern("a/known", "trusted"), pattern("b/unknown", "trusted")}};
  for (int i = 0; i < 40; ++i) EXPECT_EQ(trusted.made(records, std::to_string(i)).front(), "a/known");
}

}  // namespace
}  // namespace adapt::pipeline
