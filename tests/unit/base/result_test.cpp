#include "tools/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

#include "tools/base/cancel.h"
#include "tools/base/clock.h"

namespace adapt {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail(ErrorKind::usage, "{} is odd", number);
  return number / 2;
}

Result<int> quarter(int number) {
  ADAPT_TRY(const int once, half(number));
  ADAPT_TRY(const int twice, half(once));
  return twice;
}

Result<void> must_be_even(int number) {
  const auto result = half(number);
  if (!result) return fail(result.error(), "while checking");
  return {};
}

Result<std::unique_ptr<int>> boxed(int number) {
  ADAPT_TRY_VOID(must_be_even(number));
  return std::make_unique<int>(number);
}

TEST(Result, TryHandsOnValuesAndErrors) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().message, "3 is odd");
  EXPECT_EQ(quarter(6).error().kind, ErrorKind::usage);
  ADAPT_CHECK(boxed(4).has_value(), "moves values that cannot be copied");
  EXPECT_EQ(*boxed(4).value(), 4);
  EXPECT_EQ(boxed(3).error().message, "while checking: 3 is odd");
}

TEST(Result, ContextComesFirstAndKeepsTheKind) {
  const Error error = Error{ErrorKind::io, "cannot open x"}.with_context("while loading y");
  EXPECT_EQ(error.message, "while loading y: cannot open x");
  EXPECT_EQ(error.kind, ErrorKind::io);
}

TEST(ErrorKind, EveryKindHasItsOwnName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(ErrorKind::bug); ++i) names.insert(to_string(static_cast<ErrorKind>(i)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(ErrorKind::bug) + 1);
}

TEST(CheckDeathTest, AFailedCheckSaysWhereAndWhat) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(ADAPT_CHECK(1 == 2, "numbers differ"), "result_test.cpp:.*bug: numbers differ");
}

TEST(SystemClock, MonotonicTimeDoesNotGoBack) {
  const SystemClock clock;
  const std::int64_t first = clock.monotonic_ms();
  EXPECT_LE(first, clock.monotonic_ms());
  EXPECT_GT(clock.utc_ms(), 1'600'000'000'000);
}

TEST(CancelToken, StaysRequested) {
  CancelToken token;
  EXPECT_FALSE(token.requested());
  token.request();
  EXPECT_TRUE(token.requested());
}

}  // namespace
}  // namespace adapt
