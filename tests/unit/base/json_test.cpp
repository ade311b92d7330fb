#include "tools/base/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace adapt {
namespace {

Json json(const char* text) { return parse_json(text).value(); }

TEST(ParseJson, ReadsValuesAndRefusesTheRest) {
  EXPECT_EQ(json(" {\"a\": [1, 2.5, null, true]} ").dump(), R"({"a":[1,2.5,null,true]})");
  for (const char* bad : {"", "{", "{} x", "NaN", "{'a': 1}", "[1,]", "\"\xff\"", "{\"a\":1,}", "\x01"}) {
    const auto refused = parse_json(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().kind, ErrorKind::parse);
  }
}

TEST(ParseJson, DepthIsBounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(kMaxJsonDepth)));
  for (const std::size_t depth : {kMaxJsonDepth + 2, std::size_t{1'000'000}}) {
    const auto refused = parse_json(nested(depth));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("deeper"), std::string::npos);
  }
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(ParseJson, TheMessageQuotesLittleOfALongText) {
  EXPECT_LT(parse_json(std::string(100'000, 'x')).error().message.size(), 200U);
}

TEST(ReadField, GivesTheValueOrNamesThePath) {
  const Json object = json(R"({"s":"x","i":-3,"n":2.5,"b":true,"o":{},"a":[1]})");
  EXPECT_EQ(read_string(object, "s", "reply").value(), "x");
  EXPECT_EQ(read_int(object, "i", "reply").value(), -3);
  EXPECT_EQ(read_number(object, "n", "reply").value(), 2.5);
  EXPECT_EQ(read_number(object, "i", "reply").value(), -3.0);
  EXPECT_TRUE(read_bool(object, "b", "reply").value());
  EXPECT_TRUE(read_object(object, "o", "reply").value()->is_object());
  EXPECT_EQ(read_array(object, "a", "reply").value()->size(), 1U);
  EXPECT_EQ(read_string(object, "zz", "reply").error().message, "reply.zz is missing");
  EXPECT_EQ(read_string(object, "i", "reply").error().message, "reply.i is not a string");
  EXPECT_EQ(read_int(object, "n", "reply").error().message, "reply.n is not an integer");
  EXPECT_EQ(read_bool(object, "i", "reply").error().message, "reply.i is not true or false");
  EXPECT_EQ(read_object(object, "a", "reply").error().message, "reply.a is not an object");
  EXPECT_EQ(read_array(object, "o", "reply").error().message, "reply.o is not a list");
  EXPECT_EQ(read_string(json("[]"), "s", "reply").error().message, "reply is not an object");
}

TEST(ReadField, AnIntegerThatDoesNotFitIsRefused) {
  EXPECT_EQ(read_int(json(R"({"i":9223372036854775807})"), "i", "r").value(), INT64_MAX);
  EXPECT_FALSE(read_int(json(R"({"i":9223372036854775808})"), "i", "r"));
  EXPECT_FALSE(read_int(json(R"({"i":1e3})"), "i", "r"));
  EXPECT_EQ(int_or(json(R"({"i":18446744073709551615})"), "i", 7), 7);
}

TEST(ReadNumber, KnowsTheThreeWordsForNumbersThatAreNotFinite) {
  const Json object = json(R"({"a":"nan","b":"inf","c":"-inf","d":"NaN"})");
  EXPECT_TRUE(std::isnan(read_number(object, "a", "r").value()));
  EXPECT_EQ(read_number(object, "b", "r").value(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(read_number(object, "c", "r").value(), -std::numeric_limits<double>::infinity());
  EXPECT_FALSE(read_number(object, "d", "r"));
}

TEST(FieldOr, AnythingElseGivesTheFallback) {
  const Json object = json(R"({"s":1,"i":"x","n":null,"b":0,"l":["a",1,"b"]})");
  EXPECT_EQ(string_or(object, "s", "f"), "f");
  EXPECT_EQ(int_or(object, "i", 4), 4);
  EXPECT_EQ(number_or(object, "n", 0.5), 0.5);
  EXPECT_TRUE(bool_or(object, "b", true));
  EXPECT_EQ(strings_or_empty(object, "l"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(strings_or_empty(object, "s").empty()) << "a number is no list";
  EXPECT_TRUE(strings_or_empty(json(R"({"l":"one"})"), "l").empty()) << "a string is no list of one";
  EXPECT_TRUE(strings_or_empty(json(R"({"l":{"k":"v"}})"), "l").empty()) << "an object is no list";
  EXPECT_EQ(string_or(json("3"), "s", "f"), "f");
  EXPECT_TRUE(member_or_null(object, "none").is_null());
}

TEST(Dump, NeverThrows) {
  EXPECT_EQ(dump(Json("a\xff")), "\"a\xef\xbf\xbd\"");
  EXPECT_EQ(dump(Json(std::nan(""))), "null");
  OrderedJson ordered;
  ordered["z"] = 1;
  ordered["a"] = 2;
  EXPECT_EQ(dump_pretty(ordered), "{\n  \"z\": 1,\n  \"a\": 2\n}");
}

}  // namespace
}  // namespace adapt
