#include "harness/judge/closeness.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/judge/arrays.h"

namespace adapt::judge {
namespace {

using testing::float_leaf;
using testing::int_leaf;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

std::string difference(const std::vector<double>& was, const std::vector<double>& is, const Closeness& closeness = {}) {
  const testing::Shape shape = {static_cast<std::int64_t>(was.size())};
  return first_difference({"t", {float_leaf("x", shape, was)}}, {"t", {float_leaf("x", shape, is)}}, closeness);
}

TEST(Closeness, ExactMeansTheSameBitsButAnyNan) {
  EXPECT_EQ(difference({1, -0.0, kInf, kNan}, {1, -0.0, kInf, -kNan}), "");
  EXPECT_EQ(difference({1, 2}, {1, 2.5}), "x: element 1 of 2 is 2.5 and was 2");
  EXPECT_NE(difference({0.0}, {-0.0}), "");
  EXPECT_NE(difference({1}, {std::nextafterf(1.0F, 2.0F)}), "");
}

TEST(Closeness, TolerancesAreOfTheOldValue) {
  const Closeness loose{false, 1e-3, 1e-6};
  EXPECT_EQ(difference({100, 0, 0.0}, {100.09, 9e-7, -0.0}, loose), "");
  EXPECT_NE(difference({100}, {100.11}, loose), "");
  EXPECT_NE(difference({0}, {2e-6}, loose), "");
}

TEST(Closeness, NanAndInfinityStandOnlyForThemselves) {
  const Closeness loose{false, 1e6, 1e6};
  EXPECT_NE(difference({kNan}, {1}, loose), "");
  EXPECT_NE(difference({1}, {kNan}, loose), "");
  EXPECT_NE(difference({kInf}, {-kInf}, loose), "");
  EXPECT_NE(difference({kInf}, {1e30}, loose), "");
  EXPECT_NE(difference({1e30}, {kInf}, loose), "");
}

TEST(Closeness, IntegersAreExactInAnyCase) {
  const auto leaf = [](double value) { return Outputs{"t", {int_leaf("i", {1}, {value})}}; };
  EXPECT_EQ(first_difference(leaf(7), leaf(7), {false, 1, 1}), "");
  EXPECT_EQ(first_difference(leaf(7), leaf(8), {false, 1, 1}), "i: element 0 of 1 is 8 and was 7");
}

TEST(Closeness, StructureComesFirst) {
  const Outputs was{"t", {float_leaf("x", {2}, {1, 2})}};
  EXPECT_NE(first_difference(was, {"u", {float_leaf("x", {2}, {1, 2})}}, {}), "");
  EXPECT_NE(first_difference(was, {"t", {float_leaf("x", {1, 2}, {1, 2})}}, {}), "");
  EXPECT_NE(first_difference(was, {"t", {testing::double_leaf("x", {2}, {1, 2})}}, {}), "");
  EXPECT_NE(first_difference(was, {"t", {}}, {}), "");
}

}  // namespace
}  // namespace adapt::judge
