#include "tests/unit/judge/campaign.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace adapt::judge::testing {
namespace {

// More seeds for a soak: ADAPT_JUDGE_SEEDS=1000.
std::uint64_t seeds() {
  const char* text = std::getenv("ADAPT_JUDGE_SEEDS");
  return text != nullptr ? std::strtoull(text, nullptr, 10) : 4;
}

std::string first_reason(const Judgement& judgement) {
  return judgement.reasons.empty() ? "no reason given" : judgement.reasons.front();
}

TEST(JudgeCampaign, AcceptsEveryHonestArithmetic) {
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    const Trial trial = make_trial(seed);
    for (const Case& honest : honest_cases()) {
      const Judgement judgement = judge_trial(trial, honest.answer);
      EXPECT_EQ(judgement.verdict, Verdict::passed)
          << honest.name << ", seed " << seed << ": " << first_reason(judgement);
    }
  }
}

TEST(JudgeCampaign, RefusesEveryCheat) {
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    const Trial trial = make_trial(seed);
    for (const Case& dishonest : dishonest_cases()) {
      const Judgement judgement = judge_trial(trial, dishonest.answer);
      EXPECT_EQ(judgement.verdict, Verdict::diverged) << dishonest.name << ", seed " << seed;
      EXPECT_FALSE(judgement.reasons.empty()) << dishonest.name;
    }
  }
}

TEST(JudgeCampaign, AcceptsHonestArithmeticInDeepNetworks) {
  for (std::uint64_t seed = 1; seed <= seeds() / 3; ++seed) {
    const Trial trial = make_trial(seed, {.rows = 8, .width = 24, .hidden = 48, .blocks = 16, .classes = 8}, 2.0);
    for (const Case& honest : honest_cases()) {
      const Judgement judgement = judge_trial(trial, honest.answer);
      EXPECT_EQ(judgement.verdict, Verdict::passed)
          << honest.name << ", seed " << seed << ": " << first_reason(judgement);
    }
  }
}

// A weak block is what a correlation of 0.99 misses; in fp32 its absence is thousands of honest errors.
TEST(JudgeCampaign, NoticesAWeakBlockThatIsMissing) {
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    const Trial trial = make_trial(seed, {}, 0.1);
    for (const int block : {0, 1, 2, 3}) {
      EXPECT_EQ(judge_trial(trial, run_as({.skipped_block = block})).verdict, Verdict::diverged) << block;
    }
  }
}

// A backend that says it computes in low precision is held to what that precision can do.
TEST(JudgeCampaign, HoldsLowPrecisionToItsOwnHonestError) {
  for (std::uint64_t seed = 1; seed <= seeds(); ++seed) {
    const Trial trial = make_trial(seed);
    struct Row {
      Precision precision;
      Arithmetic arithmetic;
    };
    for (const Row& row : {Row{Precision::fp16, Arithmetic::fp16}, Row{Precision::bf16, Arithmetic::bf16}}) {
      const Policy policy{.precision = row.precision};
      const Judgement honest = judge_trial(trial, run_as({.arithmetic = row.arithmetic}), policy);
      EXPECT_EQ(honest.verdict, Verdict::passed)
          << to_string(row.precision) << " seed " << seed << ": " << first_reason(honest);
      for (const int block : {0, 3}) {
        const testing::Run cheat{.arithmetic = row.arithmetic, .skipped_block = block};
        EXPECT_EQ(judge_trial(trial, run_as(cheat), policy).verdict, Verdict::diverged) << to_string(row.precision);
      }
      const Judgement noise = judge_trial(trial, dishonest_cases()[17].answer, policy);
      EXPECT_EQ(noise.verdict, Verdict::diverged) << to_string(row.precision);
    }
  }
}

}  // namespace
}  // namespace adapt::judge::testing
