#include "agent/llm/budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>
#include <vector>

namespace adapt::llm {
namespace {

Amount amount(std::int64_t tokens, std::int64_t nano) { return {tokens, nano}; }

TEST(Budget, ACapIsMetBeforeItIsPassedAndTheRefusalSaysByWhom) {
  Budget sweep("sweep", {.nano_usd = 1'000'000'000});
  Budget run("run", {.tokens = 100}, &sweep);
  ASSERT_TRUE(run.reserve(amount(60, 1)).has_value());
  const auto tokens = run.reserve(amount(41, 1));
  ASSERT_FALSE(tokens.has_value());
  EXPECT_EQ(tokens.error().kind, ErrorKind::budget);
  EXPECT_EQ(tokens.error().message,
            "the run may use 100 tokens; 0 are used, 60 reserved, and the next call may take 41");
  const auto money = run.reserve(amount(1, 1'000'000'000));
  ASSERT_FALSE(money.has_value());
  EXPECT_EQ(money.error().kind, ErrorKind::budget);
  EXPECT_EQ(money.error().message.substr(0, 24), "the sweep may cost $1.00");
  EXPECT_EQ(sweep.reserved(), amount(60, 1)) << "a refusal left something reserved";
  EXPECT_EQ(run.tokens_left(), 40);
}

TEST(Budget, ASettlementTakesThePlaceOfItsReservationUpToTheRoot) {
  Budget sweep("sweep", {}), run("run", {}, &sweep);
  ASSERT_TRUE(run.reserve(amount(100, 50)).has_value());
  run.settle(amount(100, 50), {.fresh = 30, .output = 5}, 20, /*waste=*/true);
  const Spend expected{
      .usage = {.fresh = 30, .output = 5}, .nano_usd = 20, .waste_nano_usd = 20, .waste_tokens = 35, .calls = 1};
  for (const Budget* node : {&sweep, &run}) {
    EXPECT_EQ(node->spent(), expected);
    EXPECT_EQ(node->reserved(), amount(0, 0));
  }
}

TEST(Budget, WithoutAPriceTokensRule) {
  Budget run("run", {.nano_usd = 5, .tokens = 100});
  ASSERT_TRUE(run.reserve({90, std::nullopt}).has_value());
  EXPECT_FALSE(run.reserve({20, std::nullopt}).has_value());
  run.settle({90, std::nullopt}, {.fresh = 90}, std::nullopt, false);
  EXPECT_EQ(run.spent().unpriced_tokens, 90);
  EXPECT_EQ(run.spent().nano_usd, 0);
}

TEST(Budget, WhatIsLeftIsTheTightestOfAllCaps) {
  Budget sweep("sweep", {.tokens = 50}), model("model", {}, &sweep), run("run", {.tokens = 80}, &model);
  EXPECT_EQ(run.tokens_left(), 50);
  run.book({.fresh = 200}, std::nullopt, false);
  EXPECT_EQ(run.tokens_left(), 0);
  EXPECT_EQ(Budget("free", {}).tokens_left(), std::nullopt);
}

// conformance 81
TEST(Budget, FiftyThreadsNeverPassACapTogether) {
  constexpr std::int64_t kCapTokens = 1'000'000, kCapNano = 700'000;
  constexpr std::int64_t kMostTokens = 900, kMostNano = 1'000;
  Budget sweep("sweep", {.nano_usd = kCapNano, .tokens = kCapTokens});
  Budget model("model", {}, &sweep);
  std::vector<std::unique_ptr<Budget>> runs;
  for (int i = 0; i < 50; ++i) runs.push_back(std::make_unique<Budget>("run", Caps{.tokens = 40'000}, &model));
  std::atomic<bool> passed = false;
  std::atomic<std::int64_t> refused = 0, settled = 0;
  const auto look = [&] {
    // Read in this order a settlement in between is counted twice, never not at all; so allow one of each thread.
    const Spend spent = sweep.spent();
    const Amount reserved = sweep.reserved();
    if (spent.usage.total() > kCapTokens || spent.nano_usd > kCapNano || reserved.tokens > kCapTokens ||
        *reserved.nano_usd > kCapNano)
      passed = true;
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 50; ++i)
      threads.emplace_back([&, i] {
        std::mt19937_64 rng(static_cast<std::uint64_t>(i));
        for (int round = 0; round < 200; ++round) {
          const Amount most{1 + static_cast<std::int64_t>(rng() % kMostTokens),
                            1 + static_cast<std::int64_t>(rng() % kMostNano)};
          if (!runs[static_cast<std::size_t>(i)]->reserve(most)) {
            ++refused;
            continue;
          }
          look();
          const auto part = static_cast<std::int64_t>(rng() % 3);  // nothing, half, all of it
          if (part == 0) {
            runs[static_cast<std::size_t>(i)]->cancel(most);
          } else {
            ++settled;
            runs[static_cast<std::size_t>(i)]->settle(most, {.fresh = most.tokens * part / 2},
                                                      *most.nano_usd * part / 2, false);
          }
          look();
        }
      });
  }
  EXPECT_FALSE(passed);
  EXPECT_GT(refused, 0) << "the caps were never near";
  Spend sum;
  for (const auto& run : runs) {
    EXPECT_EQ(run->reserved(), (Amount{0, 0}));
    EXPECT_LE(run->spent().usage.total(), 40'000);
    sum.usage += run->spent().usage;
    sum.nano_usd += run->spent().nano_usd;
    sum.calls += run->spent().calls;
  }
  EXPECT_EQ(sum.calls, settled);
  for (const Budget* node : {&sweep, &model}) {
    EXPECT_EQ(node->spent(), sum);
    EXPECT_EQ(node->reserved(), (Amount{0, 0}));
  }
  EXPECT_LE(sweep.spent().nano_usd, kCapNano);
}

}  // namespace
}  // namespace adapt::llm
