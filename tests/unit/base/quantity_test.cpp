#include "tools/base/quantity.h"

#include <gtest/gtest.h>

namespace adapt {
namespace {

TEST(Quantity, ReadsCountsWithTheirUnits) {
  EXPECT_EQ(parse_count("400k"), 400'000);
  EXPECT_EQ(parse_count("1.5M"), 1'500'000);
  EXPECT_EQ(parse_count(" 250000 "), 250'000);
  EXPECT_EQ(parse_count("0"), 0);
}

TEST(Quantity, ReadsTimesInSeconds) {
  EXPECT_EQ(parse_duration("90s"), 90);
  EXPECT_EQ(parse_duration("20m"), 1200);
  EXPECT_EQ(parse_duration("1.5h"), 5400);
  EXPECT_EQ(parse_duration("1d"), 86400);
  EXPECT_EQ(parse_duration("45"), 45);
}

TEST(Quantity, ReadsDollarsExactly) {
  EXPECT_EQ(parse_dollars("2"), 2'000'000'000);
  EXPECT_EQ(parse_dollars("$0.25"), 250'000'000);
  EXPECT_EQ(parse_dollars("0.000000001"), 1);
}

TEST(Quantity, RefusesWhatIsNoAmountAndSaysWhatOneLooksLike) {
  for (const char* text : {"", "k", "-1", "1e3", "1.2.3", ".5", "5.", "1.0001k5", "99999999999", "½"})
    EXPECT_FALSE(parse_count(text)) << text;
  EXPECT_FALSE(parse_count("1.5"));  // half a token
  EXPECT_FALSE(parse_duration("20min"));
  EXPECT_FALSE(parse_dollars("1.0000000001"));
  EXPECT_EQ(parse_dollars("two").error().message, "'two' is not an amount of dollars like 2 or 0.25");
}

TEST(Quantity, ShowsSmallAmountsOfMoneyFiner) {
  EXPECT_EQ(dollars(0), "$0.0000");
  EXPECT_EQ(dollars(12'345'678), "$0.0123");
  EXPECT_EQ(dollars(2'000'000'000), "$2.00");
  EXPECT_EQ(dollars(1'999'999'999), "$2.00");
}

}  // namespace
}  // namespace adapt
