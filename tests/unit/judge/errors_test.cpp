#include "harness/judge/errors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace adapt::judge {
namespace {

TEST(Errors, GridTakesTheLastDimensionAsTheRow) {
  const std::vector<std::int64_t> shape = {2, 3, 4};
  EXPECT_EQ(grid_of(shape).rows, 6);
  EXPECT_EQ(grid_of(shape).columns, 4);
  EXPECT_EQ(grid_of({}).rows, 1);
  const std::vector<std::int64_t> empty = {2, 0};
  EXPECT_EQ(grid_of(empty).rows, 0);
}

TEST(Errors, CorrelationIsBlindToScaleAndShiftAndUndefinedForConstants) {
  const std::vector<double> a = {1, 2, 3, 5};
  const std::vector<double> scaled = {53, 56, 59, 65};
  const std::vector<double> constant = {2, 2, 2, 2};
  EXPECT_NEAR(correlation(a, scaled), 1, 1e-12);
  EXPECT_TRUE(std::isnan(correlation(a, constant)));
  EXPECT_TRUE(std::isnan(correlation(constant, constant)));
}

// One value of 1500 and everything else lost: the norm hardly notices, the balanced error does.
TEST(Errors, AnOutlierHidesTheOthersFromTheNormOnly) {
  std::vector<double> truth(1000);
  for (std::size_t i = 0; i < truth.size(); ++i) truth[i] = std::sin(static_cast<double>(i));
  truth[17] = 1500;
  std::vector<double> values(truth.size(), 0.0);
  values[17] = 1500;
  const Grid grid{10, 100};
  const ErrorProfile error = error_profile(values, truth, scale_of(truth, grid), grid);
  EXPECT_LT(error.relative, 0.02);
  EXPECT_GT(error.balanced, 0.5);
  EXPECT_GT(error.row, 0.9);
  EXPECT_GT(error.column, 0.9);
}

TEST(Errors, NamesTheWorstChannel) {
  std::vector<double> truth(64, 1.0);
  std::vector<double> values = truth;
  for (std::size_t row = 0; row < 8; ++row) values[row * 8 + 3] = 0.5;
  const Grid grid{8, 8};
  const ErrorProfile error = error_profile(values, truth, scale_of(truth, grid), grid);
  EXPECT_DOUBLE_EQ(error.column, 0.5);
  EXPECT_NEAR(error.row, 0.5 / std::sqrt(8), 1e-12);
  EXPECT_DOUBLE_EQ(error.element, 0.5);
}

TEST(Errors, AnythingBesideZeroIsInfinitelyWrong) {
  const std::vector<double> zero(4, 0.0);
  const std::vector<double> values = {0, 0, 1e-9, 0};
  const ErrorProfile error = error_profile(values, zero, scale_of(zero, {2, 2}), {2, 2});
  EXPECT_EQ(error.relative, std::numeric_limits<double>::infinity());
  EXPECT_EQ(error_profile(zero, zero, scale_of(zero, {2, 2}), {2, 2}).relative, 0);
}

TEST(Errors, Top1CountsNearTiesAsAgreement) {
  const std::vector<double> truth = {1.0, 0.9999999, 0.1, 0.2, 0.9, 0.3};
  const std::vector<double> values = {0.9999999, 1.0, 0.1, 0.9, 0.2, 0.3};
  const Top1 top = top1_agreement(values, truth, {2, 3}, 1e-5, 0.5);
  EXPECT_DOUBLE_EQ(top.agreement, 0);
  EXPECT_DOUBLE_EQ(top.tied, 0.5);
}

}  // namespace
}  // namespace adapt::judge
