#include "agent/forge/python_literal.h"

#include <gtest/gtest.h>

namespace adapt::forge {
namespace {

std::string read(std::string_view text) {
  const auto value = parse_python_literal(text);
  return value ? dump(*value) : value.error().message;
}

TEST(PythonLiterals, AreReadAsJson) {
  EXPECT_EQ(read("{'a': None, 'b': [True, False, 1, -2.5, 1e-05], \"c\": ('x', ), 'd': {}, 'e': ()}"),
            R"({"a":null,"b":[true,false,1,-2.5,1e-05],"c":["x"],"d":{},"e":[]})");
  EXPECT_EQ(read("{'pcc': nan, 'atol': inf}"), R"({"atol":"inf","pcc":"nan"})");
  EXPECT_EQ(read(R"(["it's", 'a "b"', 'c\'d\\\n', '\x1b\u00e9\U0001f525'])"),
            "[\"it's\",\"a \\\"b\\\"\",\"c'd\\\\\\n\",\"\\u001b\xC3\xA9\xF0\x9F\x94\xA5\"]");
  EXPECT_EQ(read(R"({"json": [true, null]})"), R"({"json":[true,null]})");
}

TEST(PythonLiterals, OfOtherKindsAreRefused) {
  EXPECT_EQ(read("{'a': <X object>}"), "no Python literal: an unknown word at byte 6");
  EXPECT_EQ(read("{1: 2}"), "no Python literal: a key that is no text at byte 2");
  EXPECT_EQ(read("['a"), "no Python literal: a string that does not end at byte 3");
  EXPECT_EQ(read("[1 2]"), "no Python literal: no ',' at byte 3");
  EXPECT_EQ(read("[1] x"), "no Python literal: something follows at byte 4");
  EXPECT_EQ(read("'\\"), "no Python literal: an escape at byte 3");
  EXPECT_EQ(read("'\\xZZ'"), "no Python literal: an escape at byte 3");
  EXPECT_EQ(read("[1, {'a':"), "no Python literal: an unknown word at byte 9");
  EXPECT_EQ(read(""), "no Python literal: an unknown word at byte 0");
  EXPECT_EQ(read(std::string(100'000, '[')), "no Python literal: too deep at byte 33");
}

}  // namespace
}  // namespace adapt::forge
