#include "agent/llm/prices.h"

#include <gtest/gtest.h>

namespace adapt::llm {
namespace {

constexpr std::int64_t kFirstOfNovember = 1'793'491'200'000;
constexpr std::int64_t kFirstOfDecember = 1'796'083'200'000;

std::string row(std::string_view model, std::string_view more, std::string_view input = "1") {
  return fmt::format(
      R"({{"model":"{}","input":"{}","output":"4","cache_read":"0","cache_write":"0","cache_write_1h":"0",{}}})", model,
      input, more);
}

Result<Prices> parsed(const std::vector<std::string>& rows) {
  std::string text;
  for (const std::string& one : rows) text += (text.empty() ? "" : ",") + one;
  return Prices::parse(R"({"prices":[)" + text + "]}");
}

std::string refused(const std::vector<std::string>& rows) {
  const Result<Prices> prices = parsed(rows);
  return prices ? "taken" : prices.error().message;
}

// Nano-dollars a token of input; 0: no row holds.
std::int64_t input_price(const Prices& prices, std::string_view model, std::int64_t at = kFirstOfNovember,
                         std::int64_t tokens = 10) {
  const std::optional<Price> price = prices.find(model, at, tokens);
  return price ? price->input : 0;
}

// conformance 80
TEST(Prices, ABandHoldsForTheWholeRequestFromTheFirstTokenAboveIt) {
  const Prices& prices = Prices::built_in();
  const auto cost = [&](std::int64_t tokens) {
    return cost_of({.fresh = tokens}, prices.find("claude-haiku-5-5", kFirstOfNovember, tokens).value());
  };
  EXPECT_EQ(cost(99'999), 99'999 * 100);
  EXPECT_EQ(cost(100'000), 100'000 * 100);
  EXPECT_EQ(cost(100'001), 100'001 * 500);
}

// conformance 80
TEST(Prices, ARowHoldsFromItsFirstDayToTheEndOfTheDayBeforeItsLast) {
  const Prices prices =
      parsed({row("x", R"("from":"2026-11-01","until":"2026-12-01")", "1"), row("x", R"("from":"2026-12-01")", "2")})
          .value();
  EXPECT_EQ(input_price(prices, "x", kFirstOfNovember - 1), 0);
  EXPECT_EQ(input_price(prices, "x", kFirstOfNovember), 1000);
  EXPECT_EQ(input_price(prices, "x", kFirstOfDecember - 1), 1000);
  EXPECT_EQ(input_price(prices, "x", kFirstOfDecember), 2000);
}

// conformance 80
TEST(Prices, DatesAndProvidersAroundAModelDoNotHideItsPrice) {
  const Prices prices = parsed({row("x-5", R"("from":"2026-11-01")")}).value();
  for (const char* name : {"x-5", "x-5-20261015", "x-5-2026-10-15", "maker/x-5", "router/maker/x-5-20261015"})
    EXPECT_EQ(input_price(prices, name), 1000) << name;
  for (const char* name : {"x-5-mini", "x", "x-5-2026101", "x-5-2026-1015", "x-5-", "my-x-5", "x-5/", ""})
    EXPECT_EQ(input_price(prices, name), 0) << name;
}

TEST(Prices, TheRowThatSpellsMoreOfANameWins) {
  const Prices prices =
      parsed({row("x", R"("from":"2026-11-01")", "1"), row("x", R"("from":"2026-11-01","over":50)", "2"),
              row("x-20261015", R"("from":"2026-11-01")", "3"), row("maker/x", R"("from":"2026-11-01")", "5")})
          .value();
  EXPECT_EQ(input_price(prices, "x", kFirstOfNovember, 60), 2000);
  EXPECT_EQ(input_price(prices, "x-20261015", kFirstOfNovember, 60), 3000);
  EXPECT_EQ(input_price(prices, "maker/x"), 5000);
  EXPECT_EQ(input_price(prices, "maker/x-20251111"), 5000);
  EXPECT_EQ(input_price(prices, "other/x"), 1000);
}

// conformance 80
TEST(Prices, UnknownIsNotFree) {
  EXPECT_EQ(Prices::built_in().find("no-such-model", kFirstOfNovember, 1), std::nullopt);
  EXPECT_EQ(Prices::built_in().dearest("no-such-model", kFirstOfNovember, 1), std::nullopt);
}

// conformance 80
TEST(Prices, RowsThatHoldAtOnceAreRefused) {
  EXPECT_EQ(refused({row("x", R"("from":"2026-11-01")"), row("x", R"("from":"2026-12-01")")}),
            "prices[1]: another row holds for x then");
  EXPECT_EQ(refused({row("x", R"("from":"2026-11-01","until":"2026-12-02")"), row("x", R"("from":"2026-12-01")")}),
            "prices[1]: another row holds for x then");
  EXPECT_EQ(refused({row("x", R"("from":"2026-11-01")"), row("x", R"("from":"2026-11-01","over":9)"),
                     row("y", R"("from":"2026-11-01")")}),
            "taken");
}

TEST(Prices, WhatIsNoPriceIsRefused) {
  EXPECT_EQ(refused({row("x", R"("from":"yesterday")")}), "prices[0]: 'yesterday' is not a day like 2026-11-20");
  EXPECT_EQ(refused({row("x", R"("from":"2026-02-30")")}), "prices[0]: there is no day '2026-02-30'");
  EXPECT_EQ(refused({row("x", R"("from":"2026-11-02","until":"2026-11-02")")}), "prices[0]: ends before it begins");
  EXPECT_EQ(refused({row("x", R"("from":"2026-11-01","over":"100000")")}), "prices[0].over is not an integer");
  EXPECT_EQ(refused({row("x", R"("from":"2026-11-01","over":-1)")}), "prices[0].over: -1 is less than nothing");
  EXPECT_EQ(refused({row("x", R"("from":"2026-11-01")", "0.0001")}),
            "prices[0].input: 0.0001 is finer than a nano-dollar a token");
  EXPECT_NE(refused({row("x", R"("from":"2026-11-01")", "-1")}), "taken");
  EXPECT_NE(refused({"{}"}), "taken");
  EXPECT_FALSE(Prices::parse("[]").has_value());
  EXPECT_FALSE(Prices::parse("{\"prices\":").has_value());
}

TEST(Prices, RowsOfTheUserReplaceThoseOfTheSameModel) {
  const Prices own = parsed({row("claude-haiku-5-5", R"("from":"2026-11-01")", "7")}).value();
  const Prices both = Prices::built_in().under(own);
  EXPECT_EQ(input_price(both, "claude-haiku-5-5", kFirstOfNovember, 200'000), 7000);
  EXPECT_EQ(input_price(both, "claude-opus-5-5"), 4000);
}

TEST(Prices, AReservationKnowsTheDearestOfAllBandsBelow) {
  const Price dearest = Prices::built_in().dearest("claude-haiku-5-5", kFirstOfNovember, 150'000).value();
  EXPECT_EQ(dearest.input, 500);
  const Prices cheaper =
      parsed({row("x", R"("from":"2026-11-01")", "3"), row("x", R"("from":"2026-11-01","over":9)", "1")}).value();
  EXPECT_EQ(cheaper.dearest("x", kFirstOfNovember, 100)->input, 3000);
  const Prices only_large = parsed({row("x", R"("from":"2026-11-01","over":9)", "1")}).value();
  EXPECT_EQ(only_large.dearest("x", kFirstOfNovember, 100)->input, 1000);
  EXPECT_EQ(only_large.dearest("x", kFirstOfNovember, 9), std::nullopt);
}

TEST(Prices, EachBucketHasItsPriceAndNothingOverflows) {
  const Price price{.input = 2, .output = 3, .cache_read = 5, .cache_write = 7, .cache_write_1h = 11};
  EXPECT_EQ(cost_of({.fresh = 1,
                     .cache_read = 10,
                     .cache_write = 100,
                     .cache_write_1h = 1000,
                     .output = 10'000,
                     .reasoning = 999},
                    price),
            2 + 50 + 700 + 11'000 + 30'000);
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(cost_of({.fresh = most, .output = most}, price), most);
}

TEST(Prices, EachBuiltInRowSaysWhereItIsFrom) {
  ASSERT_FALSE(Prices::built_in().rows().empty());
  for (const PriceRow& one : Prices::built_in().rows()) {
    EXPECT_NE(one.source, "") << one.model;
    EXPECT_NE(one.checked, "") << one.model;
  }
}

}  // namespace
}  // namespace adapt::llm
