#include "harness/judge/leaf.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/judge/arrays.h"

namespace adapt::judge {
namespace {

using testing::bf16_leaf;
using testing::double_leaf;
using testing::float_leaf;
using testing::int_leaf;

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLowest = std::numeric_limits<float>::lowest();

struct FloatCase {
  const char* name;
  std::vector<double> reference, golden, candidate;
  Verdict verdict;
};

const std::vector<FloatCase>& float_cases() {
  static const std::vector<FloatCase> cases = {
      {"equal", {1, 2, 3, 4}, {1, 2, 3, 4}, {1, 2, 3, 4}, Verdict::passed},
      {"off by a rounding", {1, 2, 3, 4}, {1, 2, 3, 4}, {1.0000001, 2, 3.0000002, 4}, Verdict::passed},
      {"off by a thousandth", {1, 2, 3, 4}, {1, 2, 3, 4}, {1.001, 2.002, 3.003, 4.004}, Verdict::diverged},
      {"NaN at the same place",
       {1, kNotANumber, 3, 4},
       {1, kNotANumber, 3, 4},
       {1, kNotANumber, 3, 4},
       Verdict::passed},
      {"NaN made zero", {1, kNotANumber, 3, 4}, {1, kNotANumber, 3, 4}, {1, 0, 3, 4}, Verdict::diverged},
      {"NaN added", {1, 2, 3, 4}, {1, 2, 3, 4}, {1, kNotANumber, 3, 4}, Verdict::diverged},
      {"infinity of the other sign",
       {1, kInfinity, 3, 4},
       {1, kInfinity, 3, 4},
       {1, -kInfinity, 3, 4},
       Verdict::diverged},
      {"infinity made the greatest number",
       {1, -kInfinity, 3, 4},
       {1, -kInfinity, 3, 4},
       {1, kLowest, 3, 4},
       Verdict::diverged},
      {"all NaN",
       {kNotANumber, kNotANumber},
       {kNotANumber, kNotANumber},
       {kNotANumber, kNotANumber},
       Verdict::inconclusive},
      {"all zero", {0, 0, 0}, {0, 0, 0}, {0, 0, 0}, Verdict::passed},
      {"zeros made small numbers", {0, 0, 0}, {0, 0, 0}, {0, 1e-3, 0}, Verdict::diverged},
      {"residue instead of zero", {3e-8, -2e-8, 1e-8}, {1e-17, 2e-17, 0}, {-2e-8, 1e-8, 0}, Verdict::passed},
      {"constant", {2, 2, 2}, {2, 2, 2}, {2, 2, 2}, Verdict::passed},
      {"another constant", {2, 2, 2}, {2, 2, 2}, {2.01, 2.01, 2.01}, Verdict::diverged},
      {"mask fill values",
       {1, kLowest, 3, 4},
       {1, std::numeric_limits<double>::lowest(), 3, 4},
       {1, kLowest, 3, 4},
       Verdict::passed},
      {"wrong beside a mask fill value",
       {1, kLowest, 3, 4},
       {1, kLowest, 3, 4},
       {1, kLowest, 3.1, 4},
       Verdict::diverged},
      {"another mask fill value", {1, kLowest, 3, 4}, {1, kLowest, 3, 4}, {1, -1e9, 3, 4}, Verdict::diverged},
      {"wrong beside an outlier", {1, 1e9, 3, 4}, {1, 1e9, 3, 4}, {1.5, 1e9, 3, 4}, Verdict::diverged},
      {"fp32 is off too, candidate as the model",
       {1.0, 2.0, 3.1, 4.0},
       {1, 2, 3.0, 4},
       {1.0, 2.0, 3.1, 4.0},
       Verdict::passed},
      {"fp32 is off too, candidate elsewhere",
       {1.0, 2.0, 3.1, 4.0},
       {1, 2, 3.0, 4},
       {1.0, 2.0, 2.95, 4.0},
       Verdict::inconclusive},
      {"no fp64, rounding", {1, 2, 3, 4}, {}, {1.000001, 2, 3, 4}, Verdict::passed},
      {"no fp64, cannot tell", {1, 2, 3, 4}, {}, {1.0003, 2, 3, 4}, Verdict::inconclusive},
      {"no fp64, wrong", {1, 2, 3, 4}, {}, {1.1, 2, 3, 4}, Verdict::diverged},
  };
  return cases;
}

TEST(CompareFloats, DecidesEachKindOfDifference) {
  for (const FloatCase& row : float_cases()) {
    const auto size = static_cast<std::int64_t>(row.reference.size());
    const Leaf golden = double_leaf("y", {1, static_cast<std::int64_t>(row.golden.size())}, row.golden);
    const LeafFinding finding =
        compare_floats(float_leaf("y", {1, size}, row.reference), row.golden.empty() ? nullptr : &golden,
                       float_leaf("y", {1, size}, row.candidate), {});
    EXPECT_EQ(finding.metrics.verdict, row.verdict) << row.name;
    EXPECT_EQ(finding.reasons.empty(), row.verdict == Verdict::passed) << row.name;
  }
}

TEST(CompareFloats, NeverScoresAConstant) {
  const Leaf leaf = float_leaf("y", {1, 3}, {2, 2, 2});
  const LeafFinding finding = compare_floats(leaf, nullptr, leaf, {});
  EXPECT_TRUE(std::isnan(finding.metrics.pcc));
  EXPECT_TRUE(finding.metrics.exact);
}

TEST(CompareFloats, JudgesALowPrecisionModelByItsOwnDtype) {
  const std::vector<double> golden = {1.003, 2.007, -3.011, 0.502};
  const Leaf truth = double_leaf("y", {1, 4}, golden);
  const Leaf reference = bf16_leaf("y", {1, 4}, golden);
  const Leaf neighbour = bf16_leaf("y", {1, 4}, {1.009, 2.0, -3.03, 0.5});
  const Leaf wrong = bf16_leaf("y", {1, 4}, {1.1, 2.2, -3.3, 0.55});
  EXPECT_EQ(compare_floats(reference, &truth, neighbour, {}).metrics.verdict, Verdict::passed);
  EXPECT_EQ(compare_floats(reference, &truth, wrong, {}).metrics.verdict, Verdict::diverged);
}

struct IntegerCase {
  const char* name;
  std::vector<double> reference, golden, candidate;
  Verdict verdict;
};

TEST(CompareIntegers, AreExactUnlessAnOrderingOfNearEqualValuesDecided) {
  const std::vector<Leaf> around = {float_leaf("values", {1, 4}, {5, 3, 3.0000001, 1})};
  const std::vector<IntegerCase> cases = {
      {"equal", {7, 2, 9, 4}, {7, 2, 9, 4}, {7, 2, 9, 4}, Verdict::passed},
      {"tied values swapped", {7, 2, 9, 4}, {7, 2, 9, 4}, {7, 9, 2, 4}, Verdict::passed},
      {"others swapped", {7, 2, 9, 4}, {7, 2, 9, 4}, {2, 7, 9, 4}, Verdict::diverged},
      {"another index", {7, 2, 9, 4}, {7, 2, 9, 4}, {8, 2, 9, 4}, Verdict::diverged},
      {"another index beside a tie", {7, 2, 9, 4}, {7, 2, 9, 4}, {7, 2, 11, 4}, Verdict::inconclusive},
      {"fp64 differs at the place", {7, 2, 9, 4}, {7, 2, 9, 5}, {7, 2, 9, 5}, Verdict::inconclusive},
      {"fp64 differs elsewhere", {7, 2, 9, 4}, {7, 2, 9, 5}, {8, 2, 9, 4}, Verdict::diverged},
  };
  for (const IntegerCase& row : cases) {
    const Leaf golden = int_leaf("indices", {1, 4}, row.golden);
    const LeafFinding finding = compare_integers(int_leaf("indices", {1, 4}, row.reference), &golden,
                                                 int_leaf("indices", {1, 4}, row.candidate), around, {});
    EXPECT_EQ(finding.metrics.verdict, row.verdict) << row.name;
  }
}

TEST(CompareIntegers, AnArgmaxMayPickEitherOfTwoEqualLogits) {
  const std::vector<Leaf> around = {float_leaf("logits", {2, 3}, {1, 1, 0, 0, 2, 5})};
  const Leaf reference = int_leaf("token", {2}, {0, 2});
  EXPECT_EQ(compare_integers(reference, nullptr, int_leaf("token", {2}, {1, 2}), around, {}).metrics.verdict,
            Verdict::passed);
  EXPECT_EQ(compare_integers(reference, nullptr, int_leaf("token", {2}, {0, 1}), around, {}).metrics.verdict,
            Verdict::diverged);
  EXPECT_EQ(compare_integers(reference, nullptr, int_leaf("token", {2}, {0, 3}), around, {}).metrics.verdict,
            Verdict::diverged);
}

}  // namespace
}  // namespace adapt::judge
