#include "agent/triage/signatures.h"

#include <gtest/gtest.h>

namespace adapt::triage {
namespace {

Tables with_patterns(const std::vector<std::string>& patterns) {
  Tables out;
  for (const std::string& pattern : patterns)
    out.signatures.push_back({.role = Role::cause, .strength = 1, .pattern = pattern});
  return out;
}

std::vector<std::size_t> rows(const std::vector<std::string>& patterns, std::string_view line) {
  const SignatureIndex index(with_patterns(patterns));
  SignatureFinder finder(index);
  std::vector<Match> matches;
  finder.find(line, matches);
  std::vector<std::size_t> out;
  for (const Match& match : matches) out.push_back(match.signature);
  return out;
}

using Rows = std::vector<std::size_t>;

TEST(Signatures, AStarAsksForAnOrderAndAnAmpersandForNone) {
  EXPECT_EQ(rows({"grow to * beyond", "beyond & grow to"}, "grow to 7 B, beyond 5 B"), (Rows{0, 1}));
  EXPECT_EQ(rows({"grow to * beyond", "beyond & grow to"}, "beyond 5 B: grow to 7 B"), (Rows{1}));
}

TEST(Signatures, ALaterOccurrenceCounts) {
  EXPECT_EQ(rows({"a1 * b2 * a1"}, "b2 a1 b2 b2 a1"), (Rows{0}));
  EXPECT_EQ(rows({"a1 * b2 * a1"}, "b2 a1 b2"), (Rows{}));
}

TEST(Signatures, WholeWordsAreNotPartsOfOthers) {
  EXPECT_EQ(rows({"<oom>"}, "zoom room oom_score OOM."), (Rows{0}));
  EXPECT_EQ(rows({"<oom>"}, "zoom room oom_score boom"), (Rows{}));
  EXPECT_EQ(rows({"<oom>"}, "oom"), (Rows{0}));
}

TEST(Signatures, TellWhereTheyStandAndForgetTheLineBefore) {
  const SignatureIndex index(with_patterns({"error * x", "warning"}));
  SignatureFinder finder(index);
  std::vector<Match> matches;
  finder.find("an error at x", matches);
  EXPECT_EQ(matches, (std::vector<Match>{{0, 3, 13}}));
  finder.find("warning: x", matches);
  EXPECT_EQ(matches, (std::vector<Match>{{1, 0, 7}}));
  finder.find("", matches);
  EXPECT_EQ(matches, (std::vector<Match>{}));
}

}  // namespace
}  // namespace adapt::triage
