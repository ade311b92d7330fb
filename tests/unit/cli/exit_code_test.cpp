#include "agent/cli/exit_code.h"

#include <gtest/gtest.h>

#include <set>

namespace adapt::cli {
namespace {

using client::FailureClass;
using domain::Outcome;

int code_of(Outcome outcome, std::optional<FailureClass> failure = {}, client::Stage stage = client::Stage::load) {
  domain::RunResult result;
  result.outcome = outcome;
  if (failure) {
    result.failure.emplace();
    result.failure->failure_class = *failure;
    result.failure->stage = stage;
  }
  return exit_code(result);
}

TEST(ExitCodes, tell_outcomes_apart) {
  EXPECT_EQ(code_of(Outcome::works), 0);
  EXPECT_EQ(code_of(Outcome::adapted, FailureClass::other), 0);
  EXPECT_EQ(code_of(Outcome::not_adapted, FailureClass::other), 1);
  EXPECT_EQ(code_of(Outcome::unavailable), 3);
  EXPECT_EQ(code_of(Outcome::stopped), 130);
  EXPECT_EQ(code_of(Outcome::inconclusive), 8);
}

TEST(ExitCodes, say_whose_turn_it_is_when_there_is_no_verdict) {
  EXPECT_EQ(code_of(Outcome::inconclusive, FailureClass::missing_package), 3);
  EXPECT_EQ(code_of(Outcome::inconclusive, FailureClass::bad_config), 2);
  EXPECT_EQ(code_of(Outcome::inconclusive, FailureClass::bad_checkpoint), 2);
  EXPECT_EQ(code_of(Outcome::inconclusive, FailureClass::import_error), 2);
  EXPECT_EQ(code_of(Outcome::inconclusive, FailureClass::other), 8);
  EXPECT_EQ(code_of(Outcome::inconclusive, FailureClass::other, client::Stage::resolve), 2);
}

TEST(ExitCodes, follow_the_kind_of_an_error) {
  const std::pair<ErrorKind, int> expected[] = {
      {ErrorKind::usage, 2},         {ErrorKind::parse, 2}, {ErrorKind::environment, 3}, {ErrorKind::llm, 4},
      {ErrorKind::budget, 5},        {ErrorKind::store, 6}, {ErrorKind::io, 6},          {ErrorKind::sandbox, 7},
      {ErrorKind::interrupted, 130}, {ErrorKind::bug, 70}};
  for (const auto& [kind, code] : expected) EXPECT_EQ(exit_code(kind), code) << to_string(kind);
}

TEST(ExitCodes, are_all_in_the_table_that_is_printed_and_only_once) {
  std::set<int> listed;
  for (const ExitCode& entry : exit_codes()) {
    EXPECT_TRUE(listed.insert(entry.code).second) << entry.code;
    EXPECT_FALSE(entry.meaning.empty());
  }
  for (const Outcome outcome : {Outcome::works, Outcome::adapted, Outcome::not_adapted, Outcome::unavailable,
                                Outcome::inconclusive, Outcome::stopped})
    EXPECT_TRUE(listed.contains(code_of(outcome)));
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::bug); ++kind)
    EXPECT_TRUE(listed.contains(exit_code(static_cast<ErrorKind>(kind)))) << kind;
}

}  // namespace
}  // namespace adapt::cli
