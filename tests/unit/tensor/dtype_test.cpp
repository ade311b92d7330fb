#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/unit/tensor/bytes.h"
#include "tools/tensor/array.h"

namespace adapt::tensor {
namespace {

TEST(DType, NamesAndSizesGoBothWays) {
  for (int i = 0; i <= static_cast<int>(DType::f64); ++i) {
    const auto dtype = static_cast<DType>(i);
    EXPECT_EQ(parse_dtype(to_string(dtype)), dtype);
    EXPECT_GT(size_of(dtype), 0U);
  }
  EXPECT_EQ(to_string(DType::boolean), "BOOL");
  EXPECT_EQ(size_of(DType::bf16), 2U);
  EXPECT_TRUE(is_floating(DType::f16));
  EXPECT_FALSE(is_floating(DType::u64));
  for (const char* unknown : {"", "f32", "F8_E4M3", "C64", "F32 "}) EXPECT_EQ(parse_dtype(unknown), std::nullopt);
}

TEST(Array, WidensExactly) {
  EXPECT_EQ((Array{DType::i8, {3}, bytes_of<std::int8_t>({-128, 0, 127})}.to_doubles()),
            (std::vector<double>{-128, 0, 127}));
  EXPECT_EQ((Array{DType::u32, {1}, bytes_of<std::uint32_t>({4294967295U})}.to_doubles()),
            (std::vector<double>{4294967295.0}));
  EXPECT_EQ((Array{DType::f32, {1}, bytes_of<float>({0.1F})}.to_doubles()),
            (std::vector<double>{static_cast<double>(0.1F)}));
  EXPECT_EQ((Array{DType::i64, {2}, bytes_of<std::int64_t>({INT64_MIN, 7})}.to_integers()),
            (std::vector<std::int64_t>{INT64_MIN, 7}));
  EXPECT_EQ((Array{DType::boolean, {3}, bytes_of<std::uint8_t>({0, 1, 255})}.to_integers()),
            (std::vector<std::int64_t>{0, 1, 1}));
  EXPECT_EQ((Array{DType::f32, {0}, {}}.to_doubles()), std::vector<double>());
  EXPECT_EQ((Array{DType::f64, {}, bytes_of<double>({2.5})}.element_count()), 1);
}

// Every 16-bit pattern against the definition of the format, by exponent and fraction.
double half_by_definition(unsigned bits, int exponent_bits, int fraction_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = static_cast<int>(bits >> static_cast<unsigned>(fraction_bits)) & ((1 << exponent_bits) - 1);
  const int fraction = static_cast<int>(bits) & ((1 << fraction_bits) - 1);
  const double sign = (bits >> 15U) != 0 ? -1.0 : 1.0;
  if (exponent == (1 << exponent_bits) - 1)
    return fraction != 0 ? std::nan("") : sign * std::numeric_limits<double>::infinity();
  if (exponent == 0) return sign * std::ldexp(fraction, 1 - bias - fraction_bits);
  return sign * std::ldexp((1 << fraction_bits) + fraction, exponent - bias - fraction_bits);
}

TEST(Array, WidensEveryHalfAndBfloat) {
  std::vector<std::uint16_t> all(65536);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint16_t>(i);
  const std::vector<double> halves = Array{DType::f16, {65536}, bytes_of(all)}.to_doubles();
  const std::vector<double> bfloats = Array{DType::bf16, {65536}, bytes_of(all)}.to_doubles();
  const auto same = [](double a, double b) {
    return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
  };
  for (unsigned i = 0; i < 65536; ++i) {
    ASSERT_TRUE(same(halves[i], half_by_definition(i, 5, 10))) << i;
    ASSERT_TRUE(same(bfloats[i], half_by_definition(i, 8, 7))) << i;
  }
}

}  // namespace
}  // namespace adapt::tensor
