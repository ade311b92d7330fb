#include "agent/forge/yaml_reader.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace adapt::forge {
namespace {

// The value as text, short; merged keys are marked.
std::string shape(const YamlNode& node) {
  std::string out;
  switch (node.kind) {
    case YamlNode::Kind::scalar: return fmt::format("{}({})", to_string(scalar_kind(node)), node.text);
    case YamlNode::Kind::list:
      for (const YamlPtr& item : node.items) out += (out.empty() ? "" : ", ") + shape(*item);
      return "[" + out + "]";
    case YamlNode::Kind::mapping:
      for (const YamlPair& pair : node.pairs)
        out += fmt::format("{}{}{}: {}", out.empty() ? "" : ", ", pair.merged ? "<<" : "", pair.key->text,
                           shape(*pair.value));
      return "{" + out + "}";
  }
  return out;
}

std::string shape(std::string_view text) {
  const YamlDocument document = read_yaml(text);
  return document.root ? shape(*document.root) : "none";
}

std::string findings(std::string_view text) {
  std::string out;
  for (const Finding& finding : read_yaml(text).findings)
    out += fmt::format("{}:{} {}: {}\n", finding.place.line, finding.place.column, row_of(finding.fault).code,
                       finding.message);
  return out;
}

TEST(YamlReader, ReadsValuesAsTheRunnerDoes) {
  EXPECT_EQ(shape("a: [1, -0x1F, 0o17, 1_000]\nb: {c: true, d: no, e: ~, f: }"),
            "{a: [an integer(1), an integer(-0x1F), an integer(0o17), an integer(1_000)], b: {c: a truth value(true), "
            "d: text(no), e: nothing(), f: nothing()}}");
  EXPECT_EQ(shape("[0.98, 1., .5, 1e-5, -.inf, 1.5e3, '0.98', 0.9.1, e5, 2026-08-21]"),
            "[a number(0.98), a number(1.), a number(.5), a number(1e-5), a number(-.inf), a number(1.5e3), "
            "text(0.98), text(0.9.1), text(e5), a date(2026-08-21)]");
  EXPECT_EQ(shape(""), "nothing()");
  EXPECT_EQ(shape("# only a comment\n"), "nothing()");
  EXPECT_EQ(shape("\xEF\xBB\xBF"
                  "a: 1"),
            "{a: an integer(1)}");
}

TEST(YamlReader, KnowsWhereThingsStand) {
  const YamlDocument document = read_yaml("# c\na:\n  b: [x,\n    y]\n");
  const YamlPair* b = document.root->find("a")->value->find("b");
  EXPECT_EQ(b->key->place, (Place{3, 3}));
  EXPECT_EQ(b->value->place, (Place{3, 6}));
  EXPECT_EQ(b->value->items.at(1)->place, (Place{4, 5}));
}

TEST(YamlReader, NamesBothLinesOfADuplicate) {
  EXPECT_EQ(findings("a: 1\nb: 2\n'a': 3\n"), "3:1 duplicate_key: 'a' stands in line 1 already\n");
  EXPECT_EQ(shape("a: 1\n'a': 3\n"), "{a: an integer(1), a: an integer(3)}");
  EXPECT_EQ(findings("1: x\n'1': y\n"), "");
}

TEST(YamlReader, FollowsAliasesAndSaysSo) {
  constexpr std::string_view kText = "a: &x {s: 1}\nb: *x\nc:\n  <<: *x\n  s: 2\n  t: 3\nd:\n  <<: [*x]\n";
  EXPECT_EQ(shape(kText),
            "{a: {s: an integer(1)}, b: {s: an integer(1)}, c: {s: an integer(2), t: an integer(3)}, "
            "d: {<<s: an integer(1)}}");
  EXPECT_EQ(findings(kText),
            "1:4 alias: anchor 'x': what names it changes with this\n"
            "2:4 alias: alias of 'x' in line 1: no line of its own says this, so it cannot be changed here\n"
            "4:7 alias: alias of 'x' in line 1: no line of its own says this, so it cannot be changed here\n"
            "8:8 alias: alias of 'x' in line 1: no line of its own says this, so it cannot be changed here\n");
}

TEST(YamlReader, DoesNotExplode) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 30; ++i)
    bomb += fmt::format("a{}: &a{} [*a{}, *a{}, *a{}, *a{}, *a{}, *a{}, *a{}, *a{}]\n", i, i, i - 1, i - 1, i - 1,
                        i - 1, i - 1, i - 1, i - 1, i - 1);
  const YamlDocument document = read_yaml(bomb);
  ASSERT_TRUE(document.root);
  EXPECT_EQ(document.root->pairs.size(), 30U);
  std::string merges = "a: &a\n";
  for (int i = 0; i < 400; ++i) merges += fmt::format("  k{}: 1\n", i);
  for (int i = 0; i < 400; ++i) merges += fmt::format("b{}: {{<<: *a}}\n", i);
  EXPECT_EQ(read_yaml(merges).root, nullptr);
  EXPECT_EQ(read_yaml(merges).findings.back().message, "more than 100000 merged keys");
}

TEST(YamlReader, RefusesWhatTtXlaCannotRead) {
  EXPECT_EQ(findings("a: *x\n"), "1:4 not_yaml: the referenced anchor is not defined\n");
  EXPECT_EQ(findings("a: &x [*x]\n").substr(0, 200),
            "1:4 alias: anchor 'x': what names it changes with this\n"
            "1:8 not_yaml: an alias stands inside what it names\n");
  EXPECT_EQ(findings("a: 1\n---\nb: 2\n"), "2:1 not_yaml: a second document begins; tt-xla takes one\n");
  EXPECT_EQ(findings("{[a]: 1}"), "1:2 not_yaml: a list as a key\n");
  EXPECT_EQ(findings("<<: 3"), "1:1 not_yaml: '<<' needs a mapping or a list of them, not an integer\n");
  EXPECT_EQ(findings("a: !own x\nb: !!int '3'\n"), "1:4 tag: tag '!own' has no meaning here\n");
  EXPECT_EQ(findings("a: \"b\nc\"\nd: !!str 'unfinished\ne: 1\n"), "3:4 not_yaml: quotes that nothing closes\n");
  EXPECT_EQ(findings("a: \"unfinished"), "1:15 not_yaml: illegal EOF in scalar\n");
  EXPECT_EQ(findings("a: 'it''s'\nb: |\n  'open\n"), "");
  EXPECT_EQ(shape("a: [1, 2\n"), "none");
  EXPECT_EQ(shape("a:\n\tb: 1\n"), "none");
  EXPECT_EQ(shape("a: b: c\n"), "none");
}

TEST(YamlReader, RefusesWhatIsNoText) {
  EXPECT_EQ(findings(std::string_view("a: 1\nb\0c", 8)), "2:2 not_yaml: byte 0x00: this is no text\n");
  EXPECT_EQ(findings("a: 1\nb: \xFF\n"), "2:1 not_yaml: bytes that are no UTF-8\n");
  EXPECT_EQ(findings(std::string(kMostYamlBytes + 1, ' ')),
            "0:0 not_yaml: 2097153 bytes; files of tt-xla's configuration have at most 2097152\n");
}

TEST(YamlReader, StopsAtDepthAndCount) {
  EXPECT_EQ(findings(std::string(100'000, '[')), "1:17 not_yaml: more than 32 levels deep\n");
  EXPECT_EQ(findings(std::string(100'000, '{')), "1:32 not_yaml: more than 32 levels deep\n");
  std::string many = "[";
  for (std::size_t i = 0; i <= kMostYamlNodes; ++i) many += "x,";
  EXPECT_EQ(read_yaml(many + "]").findings.back().message, "more than 200000 values");
}

}  // namespace
}  // namespace adapt::forge
