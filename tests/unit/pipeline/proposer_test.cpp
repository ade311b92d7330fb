#include "agent/pipeline/proposer.h"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/stand_ins.h"

namespace adapt::pipeline {
namespace {

client::Failure unsupported() {
  client::Failure failure = failure_at(client::Stage::lower, "f");
  failure.failure_class = client::FailureClass::unsupported_op;
  failure.op = "aten.cumsum";
  failure.message = "no lowering";
  failure.log = "tail of the log";
  return failure;
}

TEST(Fits, asks_every_condition_that_is_given) {
  EXPECT_TRUE(fits({}, unsupported()).holds);
  EXPECT_FALSE(fits({}, unsupported()).specific);
  EXPECT_TRUE(fits({{"lower", "run"}, {"unsupported-op", "unsupported_op"}, {}, {}}, unsupported()).holds);
  EXPECT_FALSE(fits({{"run"}, {}, {}, {}}, unsupported()).holds);
  EXPECT_FALSE(fits({{}, {"crash"}, {}, {}}, unsupported()).holds);
  EXPECT_TRUE(fits({{}, {}, "cumsum", {}}, unsupported()).holds);
  EXPECT_TRUE(fits({{}, {}, "cumsum", {}}, unsupported()).specific);
  EXPECT_FALSE(fits({{}, {}, "cumprod", {}}, unsupported()).holds);
  EXPECT_TRUE(fits({{}, {}, {}, "of the log"}, unsupported()).holds);
  EXPECT_FALSE(fits({{}, {}, {}, "("}, unsupported()).holds);  // not a regular expression
}

TEST(Ladder, offers_what_answers_the_failure_and_costs_nothing_first) {
  client::Option general = option_named("general"), costly = option_named("costly"), other = option_named("other"),
                 specific = option_named("specific"), specific_costly = option_named("specific-costly");
  costly.concession = "half precision";
  specific.when.op = "cumsum";
  specific_costly.when.op = "cumsum";
  specific_costly.cap = "L3";
  other.when.stage = {"capture"};
  const patterns::Library library;
  SourceTexts texts;
  LadderProposer proposer("backend", {costly, general, other, specific_costly, specific}, library, texts);
  Evaluation evaluation;
  evaluation.failure = unsupported();
  const auto proposals = proposer.propose({}, evaluation);
  ASSERT_TRUE(proposals) << proposals.error().message;
  std::vector<std::string> ids;
  for (const Proposal& proposal : *proposals) ids.push_back(proposal.id);
  EXPECT_EQ(ids,
            (std::vector<std::string>{"option:specific", "option:specific-costly", "option:general", "option:costly"}));
  EXPECT_EQ(proposals->back().candidate.repairs.at(0).concessions, std::vector<std::string>{"half precision"});
  const auto next = proposer.propose(proposals->front().candidate, evaluation);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->size(), 3U);  // what is set already is not offered again
}

}  // namespace
}  // namespace adapt::pipeline
