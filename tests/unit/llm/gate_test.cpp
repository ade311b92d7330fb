#include "agent/llm/gate.h"

#include <gtest/gtest.h>

#include <limits>
#include <thread>

#include "rig.h"

namespace adapt::llm {
namespace {

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

struct Stand {
  explicit Stand(Profile profile = {}) : gate(profile, clock) {}
  // Milliseconds that a call waited; -1: it was not let in.
  std::int64_t enter(std::int64_t tokens = 1, std::int64_t deadline_ms = kNever) {
    const std::int64_t before = clock.now;
    return gate.enter(tokens, deadline_ms, pause) ? clock.now - before : -1;
  }
  void call_that(std::optional<CallErrorKind> ends) {
    ASSERT_GE(enter(), 0);
    gate.leave(ends, std::nullopt);
  }
  std::int64_t breaker_opens_for() {
    const std::int64_t waited = enter();
    gate.leave(std::nullopt, std::nullopt);
    return waited;
  }
  StandInClock clock;
  StandInPause pause{clock};
  Gate gate;
};

// conformance 84
TEST(Gate, HeadersSlowCallsDownBeforeTheServerHasTo) {
  for (const char* names : {"x-ratelimit-{}-requests", "anthropic-ratelimit-requests-{}"}) {
    Stand stand;
    const auto named = [&](const char* part) { return fmt::format(fmt::runtime(names), part); };
    stand.gate.learn({{named("limit"), "60"}, {named("remaining"), "2"}});
    std::vector<std::int64_t> waits;
    for (int i = 0; i < 4; ++i) {
      waits.push_back(stand.enter());
      stand.gate.leave(std::nullopt, std::nullopt);
    }
    EXPECT_EQ(waits, (std::vector<std::int64_t>{0, 0, 1001, 1000})) << names;
  }
}

// conformance 84
TEST(Gate, TokensHaveALimitOfTheirOwn) {
  for (const char* names :
       {"x-ratelimit-{}-tokens", "anthropic-ratelimit-tokens-{}", "anthropic-ratelimit-input-tokens-{}"}) {
    Stand stand;
    const auto named = [&](const char* part) { return fmt::format(fmt::runtime(names), part); };
    stand.gate.learn({{named("limit"), "60000"}, {named("remaining"), "1000"}});
    EXPECT_EQ(stand.enter(1000), 0) << names;
    EXPECT_EQ(stand.enter(3000), 3001) << names;
    EXPECT_EQ(stand.enter(1'000'000), 60'000) << "a call larger than a minute's worth goes after a minute";
  }
}

TEST(Gate, HeadersThatMakeNoSenseChangeNothing) {
  for (const char* value : {"", "many", "-1", "nan", "inf", "1e300", "0", "60;w=60"}) {
    Stand stand;
    stand.gate.learn({{"x-ratelimit-limit-requests", value}, {"x-ratelimit-remaining-requests", "0"}});
    EXPECT_EQ(stand.enter(), 0) << value;
  }
}

TEST(Gate, TheProfilesLimitHoldsFromTheStart) {
  Profile profile;
  profile.requests_per_minute = 2;
  profile.concurrency = 100;
  Stand stand(profile);
  EXPECT_EQ(stand.enter(), 0);
  EXPECT_EQ(stand.enter(), 0);
  EXPECT_EQ(stand.enter(), 30'001);
}

// conformance 84
TEST(Gate, ConcurrencyHalvesOnOverloadAndGrowsByHalfAMinute) {
  Stand stand;  // the profile allows 8
  EXPECT_EQ(stand.gate.concurrency(), 4);
  stand.call_that(CallErrorKind::overload);
  EXPECT_EQ(stand.gate.concurrency(), 2);
  for (int i = 0; i < 5; ++i) stand.call_that(CallErrorKind::overload);
  EXPECT_EQ(stand.gate.concurrency(), 1);
  std::vector<std::int64_t> grown;
  for (int minute = 0; minute < 7; ++minute) {
    stand.clock.now += 60'000;
    stand.call_that(std::nullopt);
    grown.push_back(stand.gate.concurrency());
  }
  EXPECT_EQ(grown, (std::vector<std::int64_t>{1, 2, 3, 5, 7, 8, 8}));
}

TEST(Gate, OtherFailuresLeaveTheConcurrencyAlone) {
  Stand stand;
  for (const CallErrorKind kind : {CallErrorKind::rate, CallErrorKind::server, CallErrorKind::cut})
    stand.call_that(kind);
  EXPECT_EQ(stand.gate.concurrency(), 4);
}

TEST(Gate, NoMoreCallsRunThanMayRunAtOnce) {
  Profile profile;
  profile.concurrency = 2;
  Stand stand(profile);
  EXPECT_EQ(stand.enter(), 0);
  EXPECT_EQ(stand.enter(), 0);
  EXPECT_EQ(stand.enter(1, stand.clock.now + 1000), -1);
  stand.gate.leave(std::nullopt, std::nullopt);
  EXPECT_EQ(stand.enter(), 0);
}

// conformance 84
TEST(Gate, AWishOfTheServerToWaitHoldsForAllCalls) {
  for (const CallErrorKind kind : {CallErrorKind::rate, CallErrorKind::overload}) {
    Stand stand;
    ASSERT_EQ(stand.enter(), 0);
    stand.gate.leave(kind, 5000);
    EXPECT_EQ(stand.enter(), 5000);
  }
  Stand stand;
  ASSERT_EQ(stand.enter(), 0);
  stand.gate.leave(CallErrorKind::server, 5000);
  EXPECT_EQ(stand.enter(), 0) << "one request's trouble is not everybody's";
}

// conformance 84
TEST(Gate, AfterFiveConnectionsThatFailedNobodyTriesForHalfAMinuteThenOne) {
  Stand stand;
  for (int i = 0; i < 5; ++i) stand.call_that(CallErrorKind::connect);
  EXPECT_EQ(stand.enter(), 30'000);
  EXPECT_EQ(stand.enter(1, stand.clock.now + 1000), -1) << "a second one while the first tries";
  stand.gate.leave(CallErrorKind::connect, std::nullopt);
  EXPECT_EQ(stand.enter(), 30'000);
  stand.gate.leave(std::nullopt, std::nullopt);
  EXPECT_EQ(stand.enter(), 0);
  EXPECT_EQ(stand.enter(), 0) << "it is closed again after a good call";
}

TEST(Gate, FailuresWithAnAnswerBetweenThemBreakNothing) {
  Stand stand;
  for (int i = 0; i < 12; ++i) stand.call_that(i % 4 == 3 ? CallErrorKind::server : CallErrorKind::connect);
  EXPECT_EQ(stand.enter(), 0);
}

// A call that the budget did not allow, or that the user stopped, says nothing of the server.
TEST(Gate, ACallThatWasNotMadeProvesNothing) {
  Stand stand;
  for (int i = 0; i < 4; ++i) stand.call_that(CallErrorKind::connect);
  stand.call_that(CallErrorKind::cancelled);
  stand.call_that(CallErrorKind::connect);
  EXPECT_EQ(stand.breaker_opens_for(), 30'000);
}

TEST(Gate, AStopEndsTheWait) {
  Stand stand;
  ASSERT_EQ(stand.enter(), 0);
  stand.gate.leave(CallErrorKind::rate, 5000);
  stand.pause.stops = true;
  EXPECT_EQ(stand.enter(), -1);
}

// A stand-in that lets the processor go and leaves time alone: other threads make room.
class YieldingPause final : public Pause {
 public:
  bool sleep(std::int64_t) override {
    std::this_thread::yield();
    return true;
  }
};

TEST(Gate, ManyThreadsKeepToTheConcurrency) {
  StandInClock clock;
  Profile profile;
  profile.concurrency = 3;
  Gate gate(profile, clock);
  std::atomic<int> inside = 0, most = 0, calls = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 16; ++i)
      threads.emplace_back([&] {
        YieldingPause pause;
        for (int round = 0; round < 50; ++round) {
          if (!gate.enter(1, kNever, pause)) return;
          const int now = ++inside;
          for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
          }
          gate.learn({{"x-ratelimit-limit-requests", "1000000"}});
          ++calls;
          --inside;
          gate.leave(std::nullopt, std::nullopt);
        }
      });
  }
  EXPECT_EQ(calls, 800);
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
}

}  // namespace
}  // namespace adapt::llm
