// Outcomes, levels and candidates.
#include <gtest/gtest.h>

#include "agent/domain/outcome.h"
#include "agent/domain/repair.h"

namespace adapt::domain {
namespace {

TEST(Outcomes, words_are_read_back) {
  for (const std::string_view word : {"works", "adapted", "not_adapted", "unavailable", "inconclusive", "stopped"}) {
    const auto outcome = parse_outcome(word);
    ASSERT_TRUE(outcome) << word;
    EXPECT_EQ(to_string(*outcome), word);
  }
  EXPECT_FALSE(parse_outcome("Works"));
  EXPECT_FALSE(parse_outcome(""));
}

TEST(Levels, words_are_read_back) {
  for (int i = 0; i <= static_cast<int>(Level::L7); ++i)
    EXPECT_EQ(parse_level(to_string(static_cast<Level>(i))), static_cast<Level>(i));
  EXPECT_EQ(to_string(Level::none), "none");
  EXPECT_EQ(to_string(Level::L7), "L7");
  EXPECT_FALSE(parse_level("L8"));
}

TEST(Levels, never_fall_with_a_later_stage) {
  using client::Stage;
  Level last = Level::none;
  for (const Stage stage : {Stage::resolve, Stage::load, Stage::inputs, Stage::eager, Stage::capture, Stage::lower,
                            Stage::compile, Stage::run, Stage::compare}) {
    EXPECT_GE(level_before(stage), last);
    last = level_before(stage);
  }
  EXPECT_EQ(level_before(Stage::eager), Level::L0);
  EXPECT_EQ(last, Level::L4);
}

TEST(RepairKinds, words_are_read_back) {
  for (const RepairKind kind : {RepairKind::option, RepairKind::pattern, RepairKind::llm, RepairKind::patch})
    EXPECT_EQ(parse_repair_kind(to_string(kind)), kind);
  EXPECT_FALSE(parse_repair_kind("magic"));
}

client::Option option(const std::string& id, const Json& set, const std::string& scope = "load") {
  client::Option out;
  out.id = id;
  out.scope = scope;
  out.set = set;
  return out;
}

Candidate candidate(std::vector<client::Option> options, edit::Sources overlay = {}) {
  return {std::move(options), std::move(overlay), {}};
}

TEST(CandidateDigest, is_equal_for_equal_content_whatever_found_it) {
  Candidate a = candidate({option("x", {{"k", 1}})}, {{"m", "text"}});
  Candidate b = a;
  b.repairs.push_back({RepairKind::pattern, "id", "does", {}, {}});
  EXPECT_EQ(a.digest(), b.digest());
  EXPECT_EQ(a.digest().size(), 64U);
}

TEST(CandidateDigest, sees_options_scopes_modules_and_texts) {
  const std::string one = candidate({option("x", {{"k", 1}})}, {{"m", "text"}}).digest();
  EXPECT_NE(one, candidate({option("y", {{"k", 1}})}, {{"m", "text"}}).digest());
  EXPECT_NE(one, candidate({option("x", {{"k", 2}})}, {{"m", "text"}}).digest());
  EXPECT_NE(one, candidate({option("x", {{"k", 1}}, "forward")}, {{"m", "text"}}).digest());
  EXPECT_NE(one, candidate({option("x", {{"k", 1}})}, {{"n", "text"}}).digest());
  EXPECT_NE(one, candidate({option("x", {{"k", 1}})}, {{"m", "text "}}).digest());
  EXPECT_NE(one, candidate({option("x", {{"k", 1}})}).digest());
}

TEST(CandidateDigest, ignores_the_order_of_options_unless_they_disagree) {
  const auto a = option("a", {{"k", 1}});
  const auto b = option("b", {{"l", 1}});
  const auto c = option("c", {{"k", 2}});
  EXPECT_EQ(candidate({a, b}).digest(), candidate({b, a}).digest());
  EXPECT_NE(candidate({a, c}).digest(), candidate({c, a}).digest());
}

TEST(CandidateDigest, takes_texts_that_are_not_utf8) {
  EXPECT_NE(candidate({}, {{"m", "\xff"}}).digest(), candidate({}, {{"m", "\xfe"}}).digest());
}

TEST(Candidates, know_whether_they_change_anything) {
  EXPECT_TRUE(Candidate{}.is_unmodified());
  EXPECT_FALSE(candidate({option("a", Json::object())}).is_unmodified());
  EXPECT_FALSE(candidate({}, {{"m", ""}}).is_unmodified());
}

}  // namespace
}  // namespace adapt::domain
