#include <gtest/gtest.h>

#include "agent/llm/wire/dialect.h"

namespace adapt::llm {
namespace {

std::string read(std::string_view text) {
  const auto json = parse_lenient(text);
  return json ? dump(*json) : "refused";
}

// conformance Q40
TEST(ParseLenient, MendsWhatModelsAndServersWrite) {
  EXPECT_EQ(read("{\"a\":\"one\ntwo\tthree\x01\"}"), R"({"a":"one\ntwo\tthree\u0001"})");
  EXPECT_EQ(read(R"({"a":"\uD83D"})"), "{\"a\":\"\xef\xbf\xbd\"}");
  EXPECT_EQ(read(R"({"a":"\uDE00\uD83D\uDE00"})"), "{\"a\":\"\xef\xbf\xbd\xf0\x9f\x98\x80\"}");
  EXPECT_EQ(read(R"({"a":"\uD83Dx"})"), "{\"a\":\"\xef\xbf\xbdx\"}");
  EXPECT_EQ(read(R"({"a":[NaN,-Infinity,Infinity,"NaN"]})"), R"({"a":[null,null,null,"NaN"]})");
  EXPECT_EQ(read("{\"a\":\"\xff\xc3\xa9\"}"), "{\"a\":\"\xef\xbf\xbd\xc3\xa9\"}");
}

TEST(ParseLenient, LeavesGoodTextAlone) {
  EXPECT_EQ(read(R"( {"a":"\ud83d\ude00 \" \\","b":[1,2.5,null]} )"),
            "{\"a\":\"\xf0\x9f\x98\x80 \\\" \\\\\",\"b\":[1,2.5,null]}");
}

TEST(ParseLenient, RefusesWhatIsNoJson) {
  for (const std::string_view text :
       {"", "{", "{\"a\":", "{\"a\":\"x", "nothing", "{\"a\":1}}", "\"\\", "\"\\u12", "1e999"})
    EXPECT_EQ(read(text), "refused") << text;
}

TEST(ParseLenient, DepthIsBoundedAlsoInTextThatHasToBeMended) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + "NaN" + std::string(depth, ']'); };
  EXPECT_NE(read(nested(kMaxJsonDepth)), "refused");
  EXPECT_EQ(read(nested(kMaxJsonDepth + 1)), "refused");
  EXPECT_EQ(read(std::string(1'000'000, '[')), "refused");
}

TEST(EstimateTokens, IsThreeAndAHalfBytesEachRoundedUp) {
  EXPECT_EQ(estimate_tokens(""), 0);
  EXPECT_EQ(estimate_tokens("abc"), 1);
  EXPECT_EQ(estimate_tokens("abcdefg"), 2);
  EXPECT_EQ(estimate_tokens("abcdefgh"), 3);
}

}  // namespace
}  // namespace adapt::llm
