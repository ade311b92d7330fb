#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/unit/pipeline/stand_ins.h"

namespace adapt::pipeline {
namespace {

using client::Stage;

std::string letters(const domain::Candidate& candidate) {
  std::string out;
  for (const client::Option& option : candidate.options) out += option.id;
  return out;
}

// A stand-in proposer: offers each letter that the candidate does not have yet.
class StandInProposer final : public Proposer {
 public:
  explicit StandInProposer(std::string alphabet) : alphabet_(std::move(alphabet)) {}
  Result<std::vector<Proposal>> propose(const domain::Candidate& candidate, const Evaluation&) override {
    std::vector<Proposal> out;
    for (const char letter : alphabet_) {
      if (letters(candidate).find(letter) != std::string::npos) continue;
      Proposal proposal{std::string(1, letter), "", candidate};
      proposal.candidate.options.push_back(option_named(proposal.id));
      out.push_back(proposal);
    }
    return out;
  }

 private:
  std::string alphabet_;
};

// What the model does with a set of options: the failure that is left; what is not listed passes.
struct Trial {
  std::map<std::string, client::Failure> ends;
  SearchLimits limits{};
  std::set<std::string> refused{};
  client::FailureClass refused_as = client::FailureClass::output_mismatch;
  std::vector<std::string> order{};

  SearchResult run(const std::string& alphabet) {
    StandInEvaluator evaluator([&](const domain::Candidate& candidate) -> std::optional<client::Failure> {
      const auto end = ends.find(letters(candidate));
      return end == ends.end() ? std::nullopt : std::optional(end->second);
    });
    StandInProposer proposer(alphabet);
    Evaluation unmodified;
    unmodified.failure = failure_at(Stage::lower, "start");
    auto result =
        search(evaluator, proposer, unmodified, limits, [&](const domain::Candidate& candidate, const Evaluation&) {
          std::optional<client::Failure> refusal;
          if (refused.contains(letters(candidate))) {
            refusal = failure_at(Stage::compare, "held-out");
            refusal->failure_class = refused_as;
          }
          return Result<std::optional<client::Failure>>(refusal);
        });
    for (const domain::Candidate& candidate : evaluator.seen) order.push_back(letters(candidate));
    EXPECT_TRUE(result);
    return result.value_or(SearchResult{});
  }
};

using Order = std::vector<std::string>;

TEST(Search, goes_deeper_from_a_candidate_that_gets_further) {
  Trial trial{{{"a", failure_at(Stage::lower, "start")},
               {"b", failure_at(Stage::run, "late")},
               {"ba", failure_at(Stage::run, "late")}}};
  const SearchResult result = trial.run("abc");
  EXPECT_EQ(trial.order, (Order{"a", "b", "ba", "bc"}));
  ASSERT_TRUE(result.found);
  EXPECT_EQ(letters(*result.found), "bc");
  EXPECT_EQ(result.tried.back().depth, 2U);
}

TEST(Search, comes_back_from_dead_ends_and_never_tries_equal_candidates_again) {
  Trial trial{
      {{"a", failure_at(Stage::run, "x")}, {"ab", failure_at(Stage::run, "x")}, {"b", failure_at(Stage::run, "y")}}};
  const SearchResult result = trial.run("ab");
  EXPECT_EQ(trial.order, (Order{"a", "ab", "b"}));  // "ba" is "ab"
  EXPECT_FALSE(result.found);
  EXPECT_TRUE(result.exhausted);
  EXPECT_EQ(result.evaluation.failure->stage, Stage::run);
}

TEST(Search, a_new_failure_at_the_same_stage_is_progress_and_a_known_one_or_an_earlier_stage_is_not) {
  Trial trial{{{"a", failure_at(Stage::capture, "new")},
               {"b", failure_at(Stage::lower, "other")},
               {"ba", failure_at(Stage::lower, "start")}}};
  const SearchResult result = trial.run("ab");
  EXPECT_EQ(trial.order, (Order{"a", "b", "ba"}));
  ASSERT_EQ(result.tried.size(), 3U);
  EXPECT_FALSE(result.tried[0].progress);
  EXPECT_TRUE(result.tried[1].progress);
  EXPECT_FALSE(result.tried[2].progress);
}

TEST(Search, the_same_failure_in_another_function_is_another_failure) {
  client::Failure one = failure_at(Stage::lower, "f"), two = one;
  two.function = "elsewhere";
  EXPECT_TRUE(is_progress(one, two, {identity(one)}));
  EXPECT_FALSE(is_progress(one, one, {identity(one)}));
}

TEST(Search, tells_its_observer_from_where_to_where_each_proposal_led) {
  std::vector<std::string> told;
  const Observe observe = [&](const Proposal& proposal, const Evaluation& before, const Evaluation& after,
                              bool progress) {
    told.push_back(fmt::format("{}: {} to {}{}", letters(proposal.candidate), before.failure->fingerprint,
                               after.failure ? after.failure->fingerprint : "accepted", progress ? ", progress" : ""));
  };
  StandInEvaluator evaluator([](const domain::Candidate& candidate) -> std::optional<client::Failure> {
    if (letters(candidate) == "a") return failure_at(Stage::lower, "start");
    if (letters(candidate) == "b") return failure_at(Stage::run, "late");
    return std::nullopt;
  });
  StandInProposer proposer("ab");
  Evaluation unmodified;
  unmodified.failure = failure_at(Stage::lower, "start");
  const Accept accept = [](const domain::Candidate&, const Evaluation&) -> Result<std::optional<client::Failure>> {
    return std::optional<client::Failure>();
  };
  ASSERT_TRUE(search(evaluator, proposer, unmodified, {}, accept, observe));
  EXPECT_EQ(told, (Order{"a: start to start", "b: start to late, progress", "ba: late to accepted, progress"}));
}

TEST(Search, stops_at_its_limits_and_says_so) {
  Trial attempts{{{"a", failure_at(Stage::lower, "start")}, {"b", failure_at(Stage::lower, "start")}}, {2, 8, {}}};
  EXPECT_FALSE(attempts.run("abc").exhausted);
  EXPECT_EQ(attempts.order, (Order{"a", "b"}));
  Trial time{{}, {40, 8, [] { return true; }}};
  EXPECT_FALSE(time.run("a").exhausted);
  EXPECT_TRUE(time.order.empty());
  Trial depth{{{"a", failure_at(Stage::run, "x")}, {"b", failure_at(Stage::run, "y")}}, {40, 1, {}}};
  EXPECT_FALSE(depth.run("ab").found);
  EXPECT_EQ(depth.order, (Order{"a", "b"}));
}

TEST(Search, does_not_build_on_what_could_not_be_decided) {
  Trial trial{{}, {}, {"a"}, client::FailureClass::other};
  const SearchResult result = trial.run("ab");
  EXPECT_EQ(trial.order, (Order{"a", "b"}));
  ASSERT_TRUE(result.found);
}

TEST(Search, goes_on_from_what_passes_and_is_refused) {
  Trial trial{{}, {}, {"a", "ab"}};
  const SearchResult result = trial.run("ab");
  EXPECT_EQ(trial.order, (Order{"a", "ab", "b"}));
  ASSERT_TRUE(result.found);
  EXPECT_EQ(letters(*result.found), "b");
  EXPECT_NE(result.tried.front().ended, "passes");
  EXPECT_FALSE(Trial({{}, {}, {"a"}}).run("a").found);
}

}  // namespace
}  // namespace adapt::pipeline
