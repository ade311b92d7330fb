#include "agent/triage/matcher.h"

#include <gtest/gtest.h>

namespace adapt::triage {
namespace {

using Hits = std::vector<Matcher::Hit>;

Hits find(const Matcher& matcher, std::string_view text, std::size_t most = 100) {
  Hits out;
  matcher.find(text, most, out);
  return out;
}

TEST(Matcher, FindsTextsWithinEachOtherByTheirEnd) {
  const Matcher matcher({"he", "she", "his", "hers"});
  EXPECT_EQ(find(matcher, "ushers"), (Hits{{1, 4}, {0, 4}, {3, 6}}));
}

TEST(Matcher, TakesLettersOfEitherCaseAndNothingElseForEqual) {
  const Matcher matcher({"Out of [Memory]"});
  EXPECT_EQ(find(matcher, "OUT OF [memory] out of {memory}"), (Hits{{0, 15}}));
}

TEST(Matcher, FindsAgainAfterAFailedBeginning) {
  EXPECT_EQ(find(Matcher({"aab"}), "aaab aab"), (Hits{{0, 4}, {0, 8}}));
}

TEST(Matcher, StopsAtTheMostHitsAsked) { EXPECT_EQ(find(Matcher({"a"}), "aaaa", 2), (Hits{{0, 1}, {0, 2}})); }

TEST(Matcher, TakesAnyBytes) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
  EXPECT_EQ(find(Matcher({std::string("\xff\x00", 2), "\x01"}), all + std::string(1, '\0')), (Hits{{1, 2}, {0, 257}}));
}

}  // namespace
}  // namespace adapt::triage
