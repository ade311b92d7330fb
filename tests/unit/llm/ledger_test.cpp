#include "agent/llm/ledger.h"

#include "rig.h"

namespace adapt::llm {

static bool operator==(const Reservation& a, const Reservation& b) { return a.call == b.call && a.most == b.most; }
static bool operator==(const Settlement& a, const Settlement& b) {
  return a.call == b.call && a.usage == b.usage && a.nano_usd == b.nano_usd && a.waste == b.waste && a.ended == b.ended;
}

namespace {

struct Books {
  explicit Books(Caps caps = {}) : budget("run", caps) {}
  StandInClock clock;
  StandInLog log;
  Prices prices = test_prices();
  Budget budget;
  Ledger ledger{budget, log, prices, clock};
};

TEST(Ledger, ACallReservesTheMostThatItMayCost) {
  Books books;
  const auto entry = books.ledger.reserve("m", 1000, 200);
  ASSERT_TRUE(entry.has_value());
  // All of the input written to a cache, at two dollars a million tokens.
  EXPECT_EQ(*entry, (Reservation{1, {1200, 1000 * 2000 + 200 * 10'000}}));
  EXPECT_EQ(books.log.reservations, std::vector<Reservation>{*entry});
  EXPECT_EQ(books.budget.reserved(), entry->most);
}

TEST(Ledger, ASettlementIsPricedByTheSizeOfItsPrompt) {
  Books books;
  const Prices banded = Prices::built_in();
  Ledger ledger(books.budget, books.log, banded, books.clock);
  const auto entry = ledger.reserve("claude-haiku-5-5", 99'000, 0);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(ledger.settlement_of(*entry, "claude-haiku-5-5", {.fresh = 99'999}, "end").nano_usd, 99'999 * 100);
  EXPECT_EQ(ledger.settlement_of(*entry, "claude-haiku-5-5", {.fresh = 1, .cache_read = 100'000}, "end").nano_usd,
            500 + 100'000 * 50);
}

TEST(Ledger, AnUnknownPriceStaysUnknown) {
  Books books;
  const auto entry = books.ledger.reserve("nobody", 10, 10);
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->most, (Amount{20, std::nullopt}));
  EXPECT_EQ(books.ledger.settlement_of(*entry, "nobody", {.fresh = 9}, "end").nano_usd, std::nullopt);
}

TEST(Ledger, WasteIsOnRecordAtOnce) {
  Books books;
  const auto entry = books.ledger.reserve("m", 100, 10);
  ASSERT_TRUE(books.ledger.settle_waste(*entry, "m", {.fresh = 50, .output = 1, .estimated = true}, "cut").has_value());
  const Settlement expected{1, {.fresh = 50, .output = 1, .estimated = true}, 60'000, true, "cut"};
  EXPECT_EQ(books.log.settlements, std::vector<Settlement>{expected});
  EXPECT_EQ(
      books.budget.spent(),
      (Spend{.usage = expected.usage, .nano_usd = 60'000, .waste_nano_usd = 60'000, .waste_tokens = 51, .calls = 1}));
  EXPECT_EQ(books.budget.reserved(), (Amount{0, 0}));
}

TEST(Ledger, WhatCannotBeRecordedIsNotMade) {
  Books books;
  books.log.is_full = true;
  const auto entry = books.ledger.reserve("m", 100, 10);
  ASSERT_FALSE(entry.has_value());
  EXPECT_EQ(entry.error().message, "the disk is full");
  EXPECT_EQ(books.budget.reserved(), (Amount{0, 0}));
}

TEST(Ledger, AReservationBeyondACapLeavesNothing) {
  Books books({.tokens = 100});
  EXPECT_FALSE(books.ledger.reserve("m", 100, 10).has_value());
  EXPECT_EQ(books.log.reservations.size(), 0U);
  ASSERT_TRUE(books.ledger.reserve("m", 50, 10).has_value());
  EXPECT_EQ(books.log.reservations[0].call, 1);
}

// conformance 81: crash replay
TEST(Ledger, WhatAnEarlierProcessLeftOpenCountsInFull) {
  Books before;
  const auto settled = before.ledger.reserve("m", 100, 10);
  const auto open = before.ledger.reserve("m", 200, 20);
  ASSERT_TRUE(before.ledger.settle_waste(*settled, "m", {.fresh = 7}, "server").has_value());

  Books after;
  ASSERT_TRUE(after.ledger.restore(before.log.reservations, before.log.settlements).has_value());
  const Settlement lost{2, {.fresh = 220, .estimated = true}, open->most.nano_usd, true, "lost"};
  EXPECT_EQ(after.log.settlements, std::vector<Settlement>{lost});
  EXPECT_EQ(after.budget.spent().usage.total(), 7 + 220);
  EXPECT_EQ(after.budget.spent().nano_usd, 7000 + *open->most.nano_usd);
  EXPECT_EQ(after.budget.spent().calls, 2);
  EXPECT_EQ(after.budget.reserved(), (Amount{0, 0}));
  EXPECT_EQ(after.ledger.reserve("m", 1, 1)->call, 3) << "a number was used twice";
}

TEST(Ledger, RestoringIsNoUseWhereItCannotBeRecorded) {
  Books before;
  ASSERT_TRUE(before.ledger.reserve("m", 200, 20).has_value());
  Books after;
  after.log.is_full = true;
  EXPECT_FALSE(after.ledger.restore(before.log.reservations, {}).has_value());
}

TEST(Ledger, EntriesComeBackFromTheirText) {
  const Reservation reservations[] = {{1, {20, 300}}, {2, {20, std::nullopt}}};
  for (const Reservation& entry : reservations) EXPECT_EQ(*reservation_from(to_json(entry)), entry);
  const Usage usage{.fresh = 1,
                    .cache_read = 2,
                    .cache_write = 3,
                    .cache_write_1h = 4,
                    .output = 5,
                    .reasoning = 6,
                    .estimated = true};
  const Settlement settlements[] = {{1, usage, 300, true, "cut"}, {2, {}, std::nullopt, false, "end"}};
  for (const Settlement& entry : settlements) EXPECT_EQ(*settlement_from(*parse_json(dump(to_json(entry)))), entry);
  EXPECT_FALSE(reservation_from(Json::object()).has_value());
  EXPECT_FALSE(
      settlement_from(*parse_json(R"({"call":1,"usage":{},"nano_usd":1,"waste":false,"ended":""})")).has_value());
  Json wrong = to_json(settlements[0]);
  wrong["nano_usd"] = "300";
  EXPECT_FALSE(settlement_from(wrong).has_value());
}

}  // namespace
}  // namespace adapt::llm
