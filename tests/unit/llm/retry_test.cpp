#include "agent/llm/retry.h"

#include <gtest/gtest.h>

#include <set>

namespace adapt::llm {
namespace {

constexpr std::int64_t kLong = 1'000'000'000;

CallError error(CallErrorKind kind, std::string message = "") {
  CallError out;
  out.kind = kind;
  out.message = std::move(message);
  return out;
}

// Makes the same call until it is given up. A message of each attempt's own keeps failures of a server apart.
struct Story {
  std::vector<std::int64_t> waits;
  CallError end;
  std::size_t attempts() const { return waits.size() + 1; }
};
Story story(CallError failure, std::uint64_t seed = 1, std::int64_t left_ms = kLong) {
  std::mt19937_64 rng(seed);
  Retries retries(rng);
  Story out;
  for (std::size_t i = 0; i < 100; ++i) {
    failure.message = std::to_string(i);
    const auto decision = retries.after(failure, /*received=*/0, left_ms);
    if (const auto* end = std::get_if<GiveUp>(&decision)) {
      out.end = end->error;
      return out;
    }
    out.waits.push_back(std::get<TryAgain>(decision).wait_ms);
  }
  return out;
}

// conformance 71
TEST(Retries, EachKindHasItsNumberOfAttempts) {
  const std::vector<std::pair<CallErrorKind, std::size_t>> expected = {
      {CallErrorKind::connect, 6},   {CallErrorKind::rate, 10},       {CallErrorKind::overload, 8},
      {CallErrorKind::server, 4},    {CallErrorKind::cut, 4},         {CallErrorKind::silent, 4},
      {CallErrorKind::conflict, 4},  {CallErrorKind::auth, 2},        {CallErrorKind::context, 1},
      {CallErrorKind::refusal, 1},   {CallErrorKind::caller, 1},      {CallErrorKind::money, 1},
      {CallErrorKind::oversized, 1}, {CallErrorKind::not_capable, 2}, {CallErrorKind::poison, 1},
      {CallErrorKind::cancelled, 1}, {CallErrorKind::missing, 1}};
  for (const auto& [kind, attempts] : expected) {
    EXPECT_EQ(story(error(kind)).attempts(), attempts) << to_string(kind);
    EXPECT_EQ(story(error(kind)).end.kind, kind);
  }
  EXPECT_EQ(story(error(CallErrorKind::loading)).attempts(), 101U) << "a server that loads is waited for";
}

TEST(Retries, AllKindsTogetherAreTwelveAttemptsAtMost) {
  std::mt19937_64 rng(1);
  Retries retries(rng);
  std::size_t attempts = 0;
  for (bool again = true; again; ++attempts) {
    const CallErrorKind kind = attempts % 2 == 0 ? CallErrorKind::rate : CallErrorKind::overload;
    again = std::holds_alternative<TryAgain>(retries.after(error(kind), 0, kLong));
  }
  EXPECT_EQ(attempts, 12U);
}

// conformance 75
TEST(Retries, WaitsDoubleUpToTheirCapWithTheJitterOfTheirKind) {
  struct Bounds {
    CallErrorKind kind;
    double low, high;
  };
  const Bounds kinds[] = {{CallErrorKind::overload, 1, 1.25},
                          {CallErrorKind::server, 1, 1.25},
                          {CallErrorKind::connect, 0, 1},
                          {CallErrorKind::loading, 0.75, 1.25}};
  for (const Bounds& bounds : kinds) {
    const RetryRule& rule = retry_rule(bounds.kind);
    std::set<std::int64_t> seconds;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
      const Story told = story(error(bounds.kind), seed);
      for (std::size_t i = 0; i < told.waits.size(); ++i) {
        const auto doubled = static_cast<double>(std::min(rule.most_ms, rule.first_ms << std::min<std::size_t>(i, 20)));
        EXPECT_GE(static_cast<double>(told.waits[i]) + 1, doubled * bounds.low) << to_string(bounds.kind) << i;
        EXPECT_LE(static_cast<double>(told.waits[i]), doubled * bounds.high) << to_string(bounds.kind) << i;
      }
      seconds.insert(told.waits.at(1));
    }
    EXPECT_GT(seconds.size(), 40U) << "no jitter for " << to_string(bounds.kind);
  }
}

// conformance 72
TEST(Retries, TheServersWaitIsHonouredAndNeverCutShort) {
  CallError failure = error(CallErrorKind::rate);
  failure.wait_ms = 45'000;
  for (const std::int64_t wait : story(failure).waits) EXPECT_GE(wait, 45'000);
  failure.wait_ms = kMaxServerWaitMs + 1;
  EXPECT_EQ(story(failure).attempts(), 1U) << "nobody waits that long";
}

TEST(Retries, AWaitBeyondTheDeadlineIsNotBegun) {
  CallError failure = error(CallErrorKind::overload);
  failure.wait_ms = 5000;
  EXPECT_EQ(story(failure, 1, 4999).attempts(), 1U);
  EXPECT_EQ(story(error(CallErrorKind::loading), 1, 1000).attempts(), 1U);
}

// conformance 72: x-should-retry
TEST(Retries, TheServersWordOverrulesTheTableButNotTheSettledKinds) {
  const auto attempts = [](CallErrorKind kind, bool word) {
    CallError failure = error(kind);
    failure.should_retry = word;
    return story(failure).attempts();
  };
  EXPECT_EQ(attempts(CallErrorKind::caller, true), 2U);
  EXPECT_EQ(attempts(CallErrorKind::server, true), 4U);
  EXPECT_EQ(attempts(CallErrorKind::overload, false), 1U);
  EXPECT_EQ(attempts(CallErrorKind::rate, false), 1U);
  EXPECT_EQ(attempts(CallErrorKind::loading, true), 101U);
  EXPECT_EQ(attempts(CallErrorKind::loading, false), 1U);
  for (const CallErrorKind kind : {CallErrorKind::money, CallErrorKind::poison, CallErrorKind::cancelled,
                                   CallErrorKind::missing, CallErrorKind::oversized})
    EXPECT_EQ(attempts(kind, true), 1U) << to_string(kind);
}

// conformance 76
TEST(Retries, TheSameFailureOfTheServerTwiceIsPoison) {
  std::mt19937_64 rng(1);
  Retries retries(rng);
  const auto said = [&](std::string message) {
    const auto decision = retries.after(error(CallErrorKind::server, std::move(message)), 0, kLong);
    const auto* end = std::get_if<GiveUp>(&decision);
    return end == nullptr ? "again" : std::string(to_string(end->error.kind));
  };
  EXPECT_EQ(said("a"), "again");
  EXPECT_EQ(said("b"), "again");
  EXPECT_EQ(said("a"), "poison");
}

// conformance 76
TEST(Retries, ACutAtTheSamePlaceTwiceIsPoison) {
  const auto told = [](std::vector<std::uint64_t> places) {
    std::mt19937_64 rng(1);
    Retries retries(rng);
    std::string out;
    for (const std::uint64_t place : places) {
      const auto decision = retries.after(error(CallErrorKind::cut), place, kLong);
      const auto* end = std::get_if<GiveUp>(&decision);
      out += (out.empty() ? "" : " ") + (end == nullptr ? "again" : std::string(to_string(end->error.kind)));
    }
    return out;
  };
  EXPECT_EQ(told({1000, 1000}), "again poison");
  EXPECT_EQ(told({1000, 951}), "again poison");
  EXPECT_EQ(told({1000, 940}), "again again");
  EXPECT_EQ(told({1000, 2000, 1000, 2000}), "again again again cut");
  EXPECT_EQ(told({0, 0, 0, 0}), "again again again cut") << "before the first byte there is no place";
}

}  // namespace
}  // namespace adapt::llm
