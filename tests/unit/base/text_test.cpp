#include "tools/base/text.h"

#include <gtest/gtest.h>

namespace adapt {
namespace {

using Views = std::vector<std::string_view>;

TEST(Text, SplitsAndJoins) {
  EXPECT_EQ(split("a,,b", ','), (Views{"a", "", "b"}));
  EXPECT_EQ(split("", ','), Views{""});
  EXPECT_EQ(join({"a", "b", ""}, "-"), "a-b-");
  EXPECT_EQ(join({}, "-"), "");
}

TEST(Text, LinesLoseEitherLineEnd) {
  EXPECT_EQ(split_lines("a\r\n\nb\n"), (Views{"a", "", "b"}));
  EXPECT_EQ(split_lines("a\nb"), (Views{"a", "b"}));
  EXPECT_EQ(split_lines(""), Views{});
  EXPECT_EQ(split_lines("\n"), Views{""});
}

TEST(Text, TrimsReplacesAndFinds) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim("\xff "), "\xff");
  EXPECT_EQ(replace_all("aaa", "a", "aa"), "aaaaaa");
  EXPECT_EQ(replace_all("abc", "", "x"), "abc");
  EXPECT_EQ(replace_all("a.b.c", ".", ""), "abc");
  EXPECT_TRUE(contains("abc", "bc"));
  EXPECT_FALSE(contains("abc", "cb"));
}

TEST(EditDistance, CountsEditsAndSwaps) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("ab", "ba"), 1U);
  EXPECT_EQ(edit_distance("ABC", "abc"), 0U);
  EXPECT_EQ(edit_distance("backend", "bakcend"), edit_distance("bakcend", "backend"));
}

TEST(ClosestName, IsNearEnoughToBeMeant) {
  const std::vector<std::string> names = {"openvino", "onnxruntime", "iree", "eager"};
  EXPECT_EQ(closest_name("opnevino", names), "openvino");
  EXPECT_EQ(closest_name("onnxruntim", names), "onnxruntime");
  EXPECT_EQ(closest_name("tensorflow", names), std::nullopt);
  EXPECT_EQ(closest_name("onnx", names), "onnxruntime");
  EXPECT_EQ(closest_name("x", names), std::nullopt);
  EXPECT_EQ(closest_name("x", {}), std::nullopt);
  EXPECT_EQ(did_you_mean("ire", names), "; did you mean 'iree'?");
  EXPECT_EQ(did_you_mean("zzz", names), "");
}

TEST(Text, TellsUtf8FromOtherBytes) {
  for (const std::string_view good :
       {"", "plain", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"})
    EXPECT_TRUE(is_utf8(good)) << good;
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
  for (const std::string_view bad : {"\xff", "\x80", "\xc3", "a\xe2\x82", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                                     "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3\x28"})
    EXPECT_FALSE(is_utf8(bad)) << bad.size();
}

}  // namespace
}  // namespace adapt
