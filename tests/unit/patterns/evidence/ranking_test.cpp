#include "patterns/evidence/ranking.h"

#include <gtest/gtest.h>

#include "patterns/evidence/version.h"
#include "patterns/evidence/votes.h"
#include "tests/unit/patterns/evidence/records.h"

namespace adapt::evidence {
namespace {

const Situation kNow{"iree", "3.1", "lower|cumsum"};

double lower_of(const std::vector<Record>& records, const Situation& now = kNow) {
  return belief_in({"scan/count", 1}, Book(records), now).lower();
}

TEST(Versions, AreComparedByTheirNumbers) {
  EXPECT_TRUE(is_older("2025.3.0-19807-abc", "2025.4"));
  EXPECT_TRUE(is_older("1.9", "1.10"));
  EXPECT_FALSE(is_older("1.10", "1.9"));
  EXPECT_FALSE(is_older("2.9.0+cpu", "2.9") || is_older("2.9", "2.9.0+cpu"));
  EXPECT_TRUE(is_older("unknown", "0.1"));
}

TEST(Versions, AreApartByMinorOnes) {
  struct Case {
    const char *a, *b;
    int distance;
  };
  for (const Case& c : {Case{"3.1", "3.1", 0}, Case{"2.9.0+cpu", "2.9.1", 0}, Case{"3.1", "3.4", 3},
                        Case{"3.4.2", "3.1", 3}, Case{"2025.3", "2026.3", 4}, Case{"", "3.1", 2}, Case{"x", "x", 0},
                        Case{"1.0", "99999999999.0", 2}, Case{"0.1", "2000000000.5", 64}}) {
    EXPECT_EQ(version_distance(c.a, c.b), c.distance) << c.a << " " << c.b;
    EXPECT_EQ(version_distance(c.b, c.a), c.distance) << c.b << " " << c.a;
  }
}

TEST(Votes, OfOneRunAboutOneFailureAreOneTheBest) {
  const std::vector<Record> records = {made({.outcome = Outcome::numeric, .run = "r/1"}),
                                       made({.outcome = Outcome::advanced, .run = "r/2"}),
                                       made({.outcome = Outcome::pass, .run = "r/9"}),
                                       made({.outcome = Outcome::same, .run = "r/3"}),
                                       made({.before = "other", .outcome = Outcome::same, .run = "r/4"}),
                                       made({.outcome = Outcome::reviewed, .run = "", .who = "Ada"}),
                                       made({.outcome = Outcome::pass, .run = "s/1", .revision = 2})};
  const std::vector<Vote> votes = votes_of(records, 1);
  ASSERT_EQ(votes.size(), 2U);
  EXPECT_EQ(votes[0].record->outcome, Outcome::pass);
  EXPECT_TRUE(votes[0].success);
  EXPECT_FALSE(votes[1].success);
}

TEST(Ranking, WithoutEvidenceAllAreEqual) {
  EXPECT_DOUBLE_EQ(lower_of({}), belief_in({"other/one", 7}, Book(), kNow).lower());
  EXPECT_EQ(belief_in({"scan/count", 1}, Book(), kNow).votes, 0);
  EXPECT_DOUBLE_EQ(belief_in({"scan/count", 1}, Book(), kNow).mean(), 0.5);
}

// Each row promises more than the one below it.
TEST(Ranking, PrefersWhatHasProvenItselfNearer) {
  const Made fail{.outcome = Outcome::same};
  const std::vector<std::pair<const char*, double>> rows = {
      {"ten passes here", lower_of(times(10, {}))},
      {"three passes here", lower_of(times(3, {}))},
      {"three got on to another failure in one minor version's distance",
       lower_of(times(3, {.version = "3.2", .outcome = Outcome::advanced}))},
      {"three passes four minor versions away", lower_of(times(3, {.version = "3.5"}))},
      {"three passes on another backend", lower_of(times(3, {.backend = "openvino"}))},
      {"passes of the family", lower_of(times(3, {.pattern = "scan/other"}))},
      {"nothing known", lower_of({})},
      {"failures of the family", lower_of(times(3, {.pattern = "scan/other", .outcome = Outcome::same}))},
      {"failures on another backend", lower_of(times(3, {.backend = "openvino", .outcome = Outcome::same}))},
      {"three failures here", lower_of(times(3, fail))},
      {"ten failures here", lower_of(times(10, fail))}};
  for (std::size_t i = 1; i < rows.size(); ++i)
    EXPECT_GT(rows[i - 1].second, rows[i].second) << rows[i - 1].first << " against " << rows[i].first;
}

TEST(Ranking, AVoteHalvesWithEachMinorVersionAndWithAnotherFailure) {
  const auto votes = [](const Made& made) {
    const Belief belief = belief_in({"scan/count", 1}, Book(times(1, made)), kNow);
    return belief.successes + belief.failures - 2;  // without the prior
  };
  EXPECT_DOUBLE_EQ(votes({}), 1);
  EXPECT_DOUBLE_EQ(votes({.version = "3.2"}), 0.5);
  EXPECT_DOUBLE_EQ(votes({.version = "3.4"}), 0.125);
  EXPECT_DOUBLE_EQ(votes({.before = "another"}), 0.5);
  EXPECT_DOUBLE_EQ(votes({.backend = "openvino"}), 0);
}

TEST(Ranking, ManyVotesOverrideThePriorOfTheFamily) {
  const std::vector<Record> family = times(100, {.pattern = "scan/other", .outcome = Outcome::same});
  EXPECT_LT(lower_of(family), 0.1);
  EXPECT_GT(lower_of(family + times(20, {})), 0.8);
}

TEST(Ranking, AnotherFamilySaysNothing) {
  EXPECT_DOUBLE_EQ(lower_of(times(50, {.pattern = "scanning/other"})), lower_of({}));
}

TEST(Ranking, TimeCountsWithinAFactorOfTwo) {
  EXPECT_DOUBLE_EQ(gain(0.5, 0, 10), 0.5) << "unknown";
  EXPECT_DOUBLE_EQ(gain(0.5, 10, 10), 0.5);
  EXPECT_DOUBLE_EQ(gain(0.5, 15, 10), 0.5 / 1.5);
  EXPECT_DOUBLE_EQ(gain(0.5, 1000, 10), 0.25);
  EXPECT_DOUBLE_EQ(gain(0.5, 0.1, 10), 1);
  const Book book(times(1, {.seconds = 3}) + times(1, {.seconds = 5}) + times(1, {.seconds = 900}) +
                  times(5, {.backend = "export", .seconds = 1}));
  EXPECT_DOUBLE_EQ(typical_seconds(book, "iree"), 5);
  EXPECT_DOUBLE_EQ(belief_in({"scan/count", 1}, Book(times(2, {.seconds = 4})), kNow).seconds, 4);
}

TEST(Ranking, DrawsFollowTheBeliefAndRepeat) {
  const Belief good = belief_in({"scan/count", 1}, Book(times(20, {})), kNow);
  const Belief unknown = belief_in({"scan/count", 1}, Book(), kNow);
  int unknown_wins = 0;
  double sum = 0;
  constexpr int kDraws = 2000;
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    EXPECT_EQ(good.drawn(seed), good.drawn(seed));
    sum += good.drawn(seed);
    unknown_wins += unknown.drawn(seed + 77777) > good.drawn(seed) ? 1 : 0;
  }
  EXPECT_NEAR(sum / kDraws, good.mean(), 0.02);
  EXPECT_GT(unknown_wins, 0) << "what is not known gets its chance";
  EXPECT_LT(unknown_wins, kDraws / 5);
}

}  // namespace
}  // namespace adapt::evidence
