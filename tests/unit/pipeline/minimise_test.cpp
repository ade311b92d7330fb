#include "agent/pipeline/minimise.h"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/stand_ins.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

const std::string kOriginal =
    "def a():\n    return 1\n\n\ndef b():\n    return 1\n\n\ndef c():\n    x = 1\n    y = 1\n    z = 1\n    return 1\n";

std::string text_of(const domain::Candidate& candidate) {
  return candidate.overlay.contains("m") ? candidate.overlay.at("m") : kOriginal;
}

// A stand-in: passes when the text holds `needed` and, with `option`, that option is set.
StandInEvaluator passes_with(const std::string& needed, const std::string& option = "") {
  return StandInEvaluator([=](const domain::Candidate& candidate) -> std::optional<client::Failure> {
    bool ok = contains(text_of(candidate), needed) && option.empty();
    for (const client::Option& set : candidate.options)
      ok = ok || (set.id == option && contains(text_of(candidate), needed));
    return ok ? std::nullopt : std::optional(failure_at(client::Stage::lower, "f"));
  });
}

Minimised run(const domain::Candidate& candidate, StandInEvaluator& evaluator, MinimiseLimits limits = {}) {
  auto result = minimise(candidate, {{"m", kOriginal}}, evaluator, limits);
  EXPECT_TRUE(result);
  return result.value_or(Minimised{});
}

TEST(Minimise, drops_options_and_functions_that_are_not_needed) {
  std::string text = replace_all(kOriginal, "return 1", "return 2");
  const domain::Candidate whole{{option_named("x"), option_named("y")}, {{"m", text}}, {}};
  StandInEvaluator evaluator = passes_with("def b():\n    return 2", "y");
  const Minimised result = run(whole, evaluator);
  EXPECT_TRUE(result.complete);
  ASSERT_EQ(result.candidate.options.size(), 1U);
  EXPECT_EQ(result.candidate.options[0].id, "y");
  EXPECT_EQ(text_of(result.candidate), replace_all(kOriginal, "def b():\n    return 1", "def b():\n    return 2"));
}

TEST(Minimise, drops_a_helper_once_its_last_user_is_gone) {
  const std::string text =
      "def a():\n    return 7\n\n\ndef b():\n    return a()\n\n\n" + kOriginal.substr(kOriginal.find("def c"));
  const domain::Candidate whole{{option_named("x")}, {{"m", text}}, {}};
  StandInEvaluator evaluator([](const domain::Candidate& candidate) -> std::optional<client::Failure> {
    const bool broken = contains(text_of(candidate), "return a()") && !contains(text_of(candidate), "return 7");
    if (broken || candidate.options.empty()) return failure_at(client::Stage::lower, "f");
    return std::nullopt;
  });
  const Minimised result = run(whole, evaluator);
  EXPECT_TRUE(result.candidate.overlay.empty());
  EXPECT_EQ(result.candidate.options.size(), 1U);
}

TEST(Minimise, keeps_hunks_of_one_function_together_and_does_not_try_one_part) {
  const std::string text = replace_all(replace_all(kOriginal, "x = 1", "x = 2"), "z = 1", "z = 2");
  StandInEvaluator evaluator = passes_with("x = 2");
  EXPECT_EQ(text_of(run({{}, {{"m", text}}, {}}, evaluator).candidate), text);
  EXPECT_TRUE(evaluator.seen.empty());
}

TEST(Minimise, does_not_try_what_cannot_pass) {
  const std::string text = "import math\n\ndef helper():\n    return math.pi\n\n\n" +
                           replace_all(kOriginal, "def b():\n    return 1", "def b():\n    return helper()");
  StandInEvaluator evaluator = passes_with("return helper()");
  EXPECT_EQ(text_of(run({{}, {{"m", text}}, {}}, evaluator).candidate), text);
  EXPECT_TRUE(evaluator.seen.empty());
}

TEST(Minimise, drops_a_user_of_a_helper_and_keeps_the_helper_for_the_other) {
  const std::string text =
      "def helper():\n    return 2\n\n\n" + replace_all(kOriginal, "():\n    return 1", "():\n    return helper()");
  StandInEvaluator evaluator = passes_with("def b():\n    return helper()");
  const Minimised result = run({{}, {{"m", text}}, {}}, evaluator);
  EXPECT_EQ(text_of(result.candidate),
            "def helper():\n    return 2\n\n\n" +
                replace_all(kOriginal, "def b():\n    return 1", "def b():\n    return helper()"));
}

TEST(Minimise, says_when_a_limit_ended_it) {
  const domain::Candidate whole{{option_named("x"), option_named("y"), option_named("z")}, {}, {}};
  StandInEvaluator evaluator = passes_with("", "z");
  const Minimised result = run(whole, evaluator, {1, {}});
  EXPECT_FALSE(result.complete);
  EXPECT_EQ(result.attempts, 1);
  EXPECT_EQ(result.candidate.options.size(), 2U);
}

}  // namespace
}  // namespace adapt::pipeline
