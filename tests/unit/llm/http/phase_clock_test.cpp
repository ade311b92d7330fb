#include "agent/llm/http/phase_clock.h"

#include <gtest/gtest.h>

namespace adapt::llm {
namespace {

using Phase = PhaseClock::Phase;
constexpr Clocks kClocks{.connect = 10, .upload = 20, .first_byte = 30, .idle = 40, .whole = 1000};

TEST(PhaseClock, NamesTheClockOfThePhaseThatRanOut) {
  PhaseClock clock(kClocks, 100);
  EXPECT_EQ(clock.deadline(), 110);
  EXPECT_EQ(clock.expired(109), "");
  EXPECT_EQ(clock.expired(110), "connect");
  clock.enter(Phase::upload, 105);
  EXPECT_EQ(clock.expired(124), "");
  EXPECT_EQ(clock.expired(125), "upload");
  clock.enter(Phase::first_byte, 120);
  EXPECT_EQ(clock.expired(149), "");
  EXPECT_EQ(clock.expired(150), "first_byte");
  clock.enter(Phase::idle, 140);
  EXPECT_EQ(clock.expired(179), "");
  EXPECT_EQ(clock.expired(180), "idle");
}

TEST(PhaseClock, EveryPieceBeginsTheIdleClockAnewUntilTheWholeIsOver) {
  PhaseClock clock(kClocks, 0);
  for (std::int64_t now = 0; now < 1000; now += 39) {
    EXPECT_EQ(clock.expired(now), "") << now;
    clock.enter(Phase::idle, now);
  }
  EXPECT_EQ(clock.deadline(), 1000);
  EXPECT_EQ(clock.expired(1000), "whole");
}

TEST(PhaseClock, StandsStillWhilePaused) {
  PhaseClock clock(kClocks, 0);
  clock.enter(Phase::idle, 10);
  clock.pause(20);
  clock.pause(25);
  EXPECT_EQ(clock.deadline(), std::nullopt);
  EXPECT_EQ(clock.expired(99'999), "");
  clock.resume(5020);
  EXPECT_EQ(clock.deadline(), 5050);
  EXPECT_EQ(clock.expired(5049), "");
  EXPECT_EQ(clock.expired(5050), "idle");
  clock.enter(Phase::idle, 5990);
  EXPECT_EQ(clock.expired(5999), "");
  EXPECT_EQ(clock.expired(6000), "whole");
}

TEST(PhaseClock, HasNoLimitWhereAClockIsZero) {
  PhaseClock clock({.connect = 0, .upload = 0, .first_byte = 0, .idle = 5, .whole = 0}, 0);
  EXPECT_EQ(clock.deadline(), std::nullopt);
  EXPECT_EQ(clock.expired(1'000'000'000), "");
  clock.enter(Phase::idle, 7);
  EXPECT_EQ(clock.deadline(), 12);
}

}  // namespace
}  // namespace adapt::llm
