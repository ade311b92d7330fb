#include "tools/toolbox/schema.h"

#include <gtest/gtest.h>

#include "tools/toolbox/arguments.h"

namespace adapt::toolbox {
namespace {

struct Sample {
  std::string word, choice = "a";
  std::optional<std::string> text{};
  std::int64_t number = 7;
  std::optional<std::int64_t> line{};
  bool flag = false;
  std::vector<std::string> list{};
  bool operator==(const Sample&) const = default;
};
template <class Visitor>
void describe(Visitor& visit, Sample& sample) {
  visit({.name = "word", .help = "a word", .required = true, .max_bytes = 10}, sample.word);
  visit({.name = "choice", .help = "one of two", .choices = {"alpha", "beta"}}, sample.choice);
  visit({.name = "text", .help = "any"}, sample.text);
  visit({.name = "number", .help = "small", .least = 1, .most = 9}, sample.number);
  visit({.name = "line", .help = "a line", .least = 1}, sample.line);
  visit({.name = "flag", .help = "yes or no"}, sample.flag);
  visit({.name = "list", .help = "words", .max_bytes = 5}, sample.list);
}

std::string complaint(std::string_view text) {
  const auto read = read_arguments<Sample>(text);
  if (read) return "";
  EXPECT_EQ(read.error().kind, ErrorKind::usage);
  return read.error().message;
}

TEST(Schema, ReadsEveryKindOfMember) {
  const auto read = read_arguments<Sample>(
      R"({"word":"w","choice":"beta","text":"t","number":3,"line":4.0,"flag":true,"list":["x","y"]})");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, (Sample{"w", "beta", "t", 3, 4, true, {"x", "y"}}));
}

TEST(Schema, MissingAndNullMembersKeepTheirDefaults) {
  const auto read = read_arguments<Sample>(R"( {"word":"w","text":null,"number":null,"flag":null,"list":null} )");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, (Sample{.word = "w"}));
}

TEST(Schema, NoTextAtAllIsNoArguments) {
  EXPECT_TRUE(read_arguments<NoArguments>(""));
  EXPECT_TRUE(read_arguments<NoArguments>(" \n"));
  EXPECT_TRUE(read_arguments<NoArguments>("{}"));
}

TEST(Schema, ComplaintsNameThePathAndTheWayOut) {
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "arguments.word is missing: a word"},
      {R"({"word":3})", "arguments.word is a number, not a text"},
      {R"({"word":"w","wrd":"x"})",
       "arguments: unknown field 'wrd'; did you mean 'word'?; fields are: word, choice, text, number, line, flag, "
       "list"},
      {R"({"word":"12345678901"})", "arguments.word has 11 bytes; at most 10 are read"},
      {R"({"word":"a\u0000b"})", "arguments.word holds a NUL character"},
      {R"({"word":"w","choice":"bta"})", "arguments.choice is 'bta', not one of: alpha, beta; did you mean 'beta'?"},
      {R"({"word":"w","number":"3"})", "arguments.number is a text, not an integer"},
      {R"({"word":"w","number":2.5})", "arguments.number is 2.5, not an integer"},
      {R"({"word":"w","number":10})", "arguments.number is 10, not between 1 and 9"},
      {R"({"word":"w","number":1e300})", "arguments.number is 1e+300, not an integer"},
      {R"({"word":"w","number":18446744073709551615})",
       "arguments.number is 18446744073709551615, not between 1 and 9"},
      {R"({"word":"w","line":0})", "arguments.line is 0, not between 1 and 1000000000"},
      {R"({"word":"w","flag":"yes"})", "arguments.flag is a text, not true or false"},
      {R"({"word":"w","list":"x"})", "arguments.list is a text, not a list of texts"},
      {R"({"word":"w","list":["x",{}]})", "arguments.list[1] is an object, not a text"},
      {R"({"word":"w","list":["x","toolong"]})", "arguments.list[1] has 7 bytes; at most 5 are read"},
      {"[]", "arguments are a list, not an object"},
      {"null", "arguments are null, not an object"},
      {R"("{}")", "arguments are a text, not an object"},
      {R"({"word":"w","word":"v"})", "arguments: field 'word' stands there twice"},
      {"{\n  \"word\": w\n}", "arguments are not valid JSON at line 2 column 11"},
      {"{\"word\": \"w\"", "arguments are not valid JSON at line 1 column 13, where the text ends"},
      {"{\"word\": \"\xff\"}", "arguments are not valid JSON at line 1 column 11"},
      {"{\"word\": \"w\"} trailing", "arguments are not valid JSON at line 1 column 17"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(complaint(text), message) << text;
}

TEST(Schema, DepthAndSizeAreBounded) {
  const std::string deep = R"({"word":)" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
  EXPECT_EQ(complaint(deep), "arguments are nested deeper than 64");
  EXPECT_EQ(complaint(std::string(kMaxArguments + 1, ' ')), "arguments have 1048577 bytes; at most 1048576 are read");
  std::string many = R"({"word":"w","list":[)";
  for (int i = 0; i < 51; ++i) many += i == 0 ? "\"x\"" : ",\"x\"";
  EXPECT_EQ(complaint(many + "]}"), "arguments.list has 51 entries; at most 50 are read");
}

TEST(Schema, TheSchemaComesFromTheSameDescription) {
  EXPECT_EQ(schema_of<Sample>(), parse_json(R"({
    "type": "object", "additionalProperties": false, "required": ["word"],
    "properties": {
      "word": {"type": "string", "description": "a word"},
      "choice": {"type": "string", "description": "one of two", "enum": ["alpha", "beta"]},
      "text": {"type": "string", "description": "any"},
      "number": {"type": "integer", "description": "small", "minimum": 1, "maximum": 9},
      "line": {"type": "integer", "description": "a line", "minimum": 1, "maximum": 1000000000},
      "flag": {"type": "boolean", "description": "yes or no"},
      "list": {"type": "array", "description": "words", "items": {"type": "string"}, "maxItems": 50}
    }})")
                                     .value());
}

}  // namespace
}  // namespace adapt::toolbox
