#include "harness/judge/judge.h"

#include <gtest/gtest.h>

#include "harness/judge/effects.h"
#include "harness/judge/sensitivity.h"
#include "tests/unit/judge/arrays.h"
#include "tests/unit/judge/campaign.h"
#include "tools/base/file.h"

namespace adapt::judge {
namespace {

using testing::double_leaf;
using testing::float_leaf;
using testing::Shape;

Outputs outputs(std::vector<double> values, Shape shape = {2, 2}) {
  return {"(y,)", {float_leaf("y", std::move(shape), values)}};
}

DrawArrays draw(const char* inputs, std::vector<double> reference, Result<Outputs> candidate) {
  return {std::string("draw ") + inputs, inputs, outputs(std::move(reference)), std::nullopt, std::move(candidate)};
}

TEST(Judge, PassesWhenTwoDifferentDrawsAgree) {
  const std::vector<DrawArrays> draws = {draw("a", {1, 2, 3, 4}, outputs({1, 2, 3, 4})),
                                         draw("b", {4, 1, 2, 2}, outputs({4, 1, 2, 2}))};
  const Judgement judgement = judge_arrays(draws, "baseline");
  EXPECT_EQ(judgement.verdict, Verdict::passed);
  EXPECT_TRUE(judgement.reasons.empty());
  ASSERT_EQ(judgement.draws.size(), 2U);
  EXPECT_TRUE(judgement.draws[0].leaves[0].exact);
}

TEST(Judge, NeverPassesOnTooLittleEvidence) {
  EXPECT_EQ(judge_arrays({}, "").verdict, Verdict::inconclusive);
  const std::vector<DrawArrays> one = {draw("a", {1, 2, 3, 4}, outputs({1, 2, 3, 4}))};
  EXPECT_EQ(judge_arrays(one, "").verdict, Verdict::inconclusive);
  const std::vector<DrawArrays> twice = {one[0], one[0]};
  EXPECT_EQ(judge_arrays(twice, "").verdict, Verdict::inconclusive);
  const std::vector<DrawArrays> two = {draw("a", {1, 2, 3, 4}, outputs({1, 2, 3, 4})),
                                       draw("b", {4, 1, 2, 2}, outputs({4, 1, 2, 2}))};
  EXPECT_EQ(judge_arrays(two, "", {.least_draws = 3}).verdict, Verdict::inconclusive);
}

TEST(Judge, AConstantModelCannotBeJudged) {
  const std::vector<DrawArrays> draws = {draw("a", {1, 2, 3, 4}, outputs({1, 2, 3, 4})),
                                         draw("b", {1, 2, 3, 4}, outputs({1, 2, 3, 4}))};
  const Judgement judgement = judge_arrays(draws, "");
  EXPECT_EQ(judgement.verdict, Verdict::inconclusive);
  EXPECT_NE(judgement.reasons.at(0).find("a constant would agree"), std::string::npos);
}

TEST(Judge, ComparesTheStructureBeforeTheNumbers) {
  const std::vector<double> values = {1, 2, 3, 4};
  Outputs renamed = outputs(values);
  renamed.leaves[0].name = "z";
  Outputs other_tree = outputs(values);
  other_tree.tree = "[y]";
  Outputs twice = outputs(values);
  twice.leaves.push_back(twice.leaves[0]);
  Outputs wider{"(y,)", {double_leaf("y", {2, 2}, values)}};
  const std::vector<Outputs> candidates = {
      renamed, other_tree, twice, wider, outputs(values, {4, 1}), Outputs{"(y,)", {}}};
  for (const Outputs& candidate : candidates) {
    const std::vector<DrawArrays> draws = {draw("a", values, candidate),
                                           draw("b", {4, 1, 2, 2}, outputs({4, 1, 2, 2}))};
    EXPECT_EQ(judge_arrays(draws, "").verdict, Verdict::diverged);
  }
}

TEST(Judge, AnUnreadableAnswerIsTheCandidatesFault) {
  const std::vector<DrawArrays> draws = {draw("a", {1, 2, 3, 4}, fail(ErrorKind::parse, "truncated")),
                                         draw("b", {4, 1, 2, 2}, outputs({4, 1, 2, 2}))};
  EXPECT_EQ(judge_arrays(draws, "").verdict, Verdict::diverged);
}

TEST(Judge, MeansOverTheInputsDoNotPass) {
  // A large common part drowns the signal: the single draws differ by 1e-6 of their size, which is the whole signal.
  const auto at = [](double signal) {
    return std::vector<double>{1000 + signal, 1000 - signal, 1000 + 2 * signal, 1000 - 2 * signal};
  };
  std::vector<DrawArrays> draws;
  for (const double signal : {-0.1, 0.0, 0.1}) {
    DrawArrays row = draw(signal < 0 ? "a" : signal > 0 ? "c" : "b", at(signal), outputs(at(0)));
    row.golden = Outputs{"(y,)", {double_leaf("y", {2, 2}, at(signal))}};
    draws.push_back(row);
  }
  EXPECT_EQ(judge_arrays(draws, "").verdict, Verdict::diverged);
}

TEST(Judge, TheJournalHoldsTheWholeJudgement) {
  const testing::Trial trial = testing::make_trial(3);
  for (const testing::Case& row : {testing::honest_cases()[1], testing::dishonest_cases()[0]}) {
    const Judgement judgement = testing::judge_trial(trial, row.answer);
    const Json written = to_json(judgement);
    const auto parsed = parse_json(dump(written));
    ASSERT_TRUE(parsed.has_value());
    const auto read = judgement_from_json(*parsed);
    ASSERT_TRUE(read.has_value()) << read.error().message;
    EXPECT_EQ(dump(to_json(*read)), dump(written));
    EXPECT_EQ(read->verdict, judgement.verdict);
  }
  EXPECT_FALSE(judgement_from_json(Json{{"verdict", "fine"}}).has_value());
}

tensor::ArrayFile sensitivities(const std::map<std::string, std::vector<double>>& rows) {
  tensor::ArrayFile file;
  for (const auto& [name, changes] : rows) {
    file.arrays["param/" + name] =
        testing::stored_as<double>(tensor::DType::f64, {static_cast<std::int64_t>(changes.size())}, changes);
  }
  return file;
}

TEST(Sensitivity, EveryParameterHasToMatterAsItDid) {
  const auto reference = sensitivities({{"a", {0.1, 0.2}}, {"b", {0.01, 0.0}}, {"unused", {0.0, 0.0}}});
  const auto verdict = [&](const std::map<std::string, std::vector<double>>& rows) {
    return judge_sensitivity(reference, sensitivities(rows)).verdict;
  };
  EXPECT_EQ(verdict({{"a", {0.1, 0.2}}, {"b", {0.0100001, 0.0}}, {"unused", {0.0, 0.0}}}), Verdict::passed);
  EXPECT_EQ(verdict({{"a", {0.1, 0.2}}, {"b", {0.0, 0.0}}, {"unused", {0.0, 0.0}}}), Verdict::diverged);
  EXPECT_EQ(verdict({{"a", {0.1, 0.01}}, {"b", {0.01, 0.0}}, {"unused", {0.0, 0.0}}}), Verdict::inconclusive);
  EXPECT_EQ(verdict({{"a", {0.01, 0.02}}, {"b", {0.01, 0.0}}, {"unused", {0.0, 0.0}}}), Verdict::diverged);
  EXPECT_EQ(verdict({{"a", {0.1, 0.2}}, {"b", {0.01, 0.5}}, {"unused", {0.0, 0.0}}}), Verdict::diverged);
  EXPECT_EQ(verdict({{"a", {0.1, 0.2}}, {"unused", {0.0, 0.0}}}), Verdict::diverged);
  EXPECT_EQ(verdict({{"a", {0.1, 0.2}}, {"b", {0.01, 0.0}}, {"unused", {0.0, 0.0}}, {"new", {1.0, 1.0}}}),
            Verdict::diverged);
  EXPECT_EQ(verdict({{"a", {0.1, 0.2}}, {"b", {testing::Values{0.01}}}, {"unused", {0.0, 0.0}}}), Verdict::diverged);
}

TEST(Sensitivity, CannotBeShownOnAModelThatIgnoresItsParameters) {
  const auto dead = sensitivities({{"a", {0.0}}});
  EXPECT_EQ(judge_sensitivity(dead, dead).verdict, Verdict::inconclusive);
}

TEST(Effects, DifferencesAreSaidInWords) {
  const std::vector<std::string> was = {"buffer cache is written", "raises ValueError"};
  const std::vector<std::string> is = {"raises ValueError", "raises ValueError"};
  EXPECT_EQ(effect_concessions(was, is),
            (std::vector<std::string>{"no longer: buffer cache is written", "new: raises ValueError"}));
  EXPECT_TRUE(effect_concessions(was, was).empty());
}

TEST(Policy, EveryPrecisionHasARowAndAName) {
  for (const Precision precision :
       {Precision::fp64, Precision::fp32, Precision::fp32_relaxed, Precision::fp16, Precision::bf16}) {
    EXPECT_EQ(limits(precision).precision, precision);
    EXPECT_EQ(parse_precision(to_string(precision)), precision);
    EXPECT_GT(limits(precision).cap, limits(precision).floor_units * limits(precision).unit);
  }
  EXPECT_FALSE(parse_precision("int3").has_value());
}

}  // namespace
}  // namespace adapt::judge
