#include "tools/pyast/query.h"

#include <gtest/gtest.h>

#include "tests/unit/pyast/outline.h"

namespace adapt::pyast {
namespace {

// "pattern name=text name=text" for each match.
std::vector<std::string> matches(std::string_view query, const Document& document, Node within = {}) {
  const auto compiled = Query::compile(query);
  if (!compiled) return {"compile: " + compiled.error().message};
  const auto found = compiled->run(document, within);
  if (!found) return {"run: " + found.error().message};
  std::vector<std::string> out;
  for (const QueryMatch& match : *found) {
    std::string line = std::to_string(match.pattern);
    for (const QueryCapture& capture : match.captures)
      line += " " + capture.name + "=" + std::string(capture.node.text());
    out.push_back(line);
  }
  return out;
}

using Lines = std::vector<std::string>;
constexpr const char* kSource = "a.cuda()\nb.cpu()\nc.to(c)\nd.to(e)\n";

struct Case {
  const char* name;
  const char* query;
  Lines expected;
};
const Case kCases[] = {
    {"no predicate", "(call function: (attribute object: (identifier) @o))", {"0 o=a", "0 o=b", "0 o=c", "0 o=d"}},
    {"equal to a string", "((attribute attribute: (identifier) @m) (#eq? @m \"cuda\"))", {"0 m=cuda"}},
    {"not equal to a string", "((attribute attribute: (identifier) @m) (#not-eq? @m \"to\"))", {"0 m=cuda", "0 m=cpu"}},
    {"equal to a capture",
     "((call function: (attribute object: (_) @o) arguments: (argument_list (_) @a)) (#eq? @o @a))",
     {"0 o=c a=c"}},
    {"not equal to a capture",
     "((call function: (attribute object: (_) @o) arguments: (argument_list (_) @a)) (#not-eq? @o @a))",
     {"0 o=d a=e"}},
    {"any of", "((attribute attribute: (identifier) @m) (#any-of? @m \"cpu\" \"cuda\"))", {"0 m=cuda", "0 m=cpu"}},
    {"match", "((attribute attribute: (identifier) @m) (#match? @m \"^c\"))", {"0 m=cuda", "0 m=cpu"}},
    {"match with a class", "((attribute attribute: (identifier) @m) (#match? @m \"^[a-p]+\\\\b\"))", {}},
    {"no match", "((attribute attribute: (identifier) @m) (#not-match? @m \"u\"))", {"0 m=to", "0 m=to"}},
    {"all predicates hold",
     "((attribute attribute: (identifier) @m) (#match? @m \"^c\") (#not-eq? @m \"cpu\"))",
     {"0 m=cuda"}},
    {"two patterns", "((identifier) @x (#eq? @x \"e\"))\n((identifier) @y (#eq? @y \"a\"))", {"1 y=a", "0 x=e"}},
};

TEST(Query, EvaluatesItsPredicates) {
  const auto document = parsed(kSource);
  for (const Case& c : kCases) EXPECT_EQ(matches(c.query, *document), c.expected) << c.name;
}

TEST(Query, CapturesAreNodesOfTheDocument) {
  const auto document = parsed("f(x)\n");
  const auto found = Query::compile("(call arguments: (argument_list (identifier) @a))")->run(*document);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->at(0).captures.at(0).node, node_with_text(*document, "identifier", "x"));
}

TEST(Query, EveryNodeIsFoundAsItself) {
  const auto document =
      parsed("@d\nclass A(B):\n  def f(self, x: int = 1):\n    return [f'{y!r:>{w}}' for y in x if not y]  # z\n");
  const auto found = Query::compile("(_) @n")->run(*document);
  ASSERT_TRUE(found);
  std::vector<std::uint32_t> indices;
  for (const QueryMatch& match : *found) indices.push_back(match.captures.at(0).node.index());
  std::sort(indices.begin(), indices.end());
  std::vector<std::uint32_t> named;
  for (std::uint32_t i = 0; i < document->node_count(); ++i)
    if (document->at(i).is_named()) named.push_back(i);
  EXPECT_EQ(indices, named);
}

TEST(Query, LooksWithinANodeOnly) {
  const auto document = parsed(kSource);
  const Node second = document->root().named_children().at(1);
  EXPECT_EQ(matches("(attribute attribute: (identifier) @m)", *document, second), Lines{"0 m=cpu"});
}

TEST(Query, QuantifiedCapturesAreAllAsked) {
  const auto document = parsed("@a\n@a\ndef f(): pass\n@a\n@b\ndef g(): pass\n");
  const std::string query = "((decorated_definition . (decorator)+ @d . definition: (_)) ";
  EXPECT_EQ(matches(query + "(#eq? @d \"@a\"))", *document), Lines{"0 d=@a d=@a"});
  EXPECT_EQ(matches(query + "(#not-eq? @d \"@b\"))", *document), Lines{"0 d=@a d=@a"});
}

TEST(Query, AnAbsentCaptureIsNotAsked) {
  const auto document = parsed("return\n");
  EXPECT_EQ(matches("((return_statement (_)? @x) @r (#eq? @x \"a\"))", *document), Lines{"0 r=return"});
}

struct RefusedCase {
  const char* query;
  const char* says;
};
const RefusedCase kRefused[] = {
    {"((identifier) @x (#lua-match? @x \"a\"))", "#lua-match?"},
    {"((identifier) @x (#set! key value))", "#set!"},
    {"((identifier) @x (#any-eq? @x \"a\"))", "#any-eq?"},
    {"((identifier) @x (#eq? @x))", "#eq?"},
    {"((identifier) @x (#eq? \"a\" @x))", "not a capture"},
    {"((identifier) @x (#match? @x @x))", "not with captures"},
    {"((identifier) @x (#match? @x \"(\"))", "regular expression"},
    {"((identifier) @x (#match? @x \"\\\\d\"))", "unknown escape"},
    {"((identifier) @x (#match? @x \"(a)\\\\1\"))", "unknown escape"},
    {"((identifier) @x (#match? @x \"a{9}\"))", "counted"},
    {"(identifer) @x", "unknown node kind"},
    {"(call func: (_))", "unknown field"},
    {"(call", "syntax error"},
    {"\n\n  (call) @x (#eq? @y \"a\")", "line 3"},
};

TEST(Query, RefusesWhatItWouldNotDo) {
  for (const RefusedCase& c : kRefused) {
    const auto query = Query::compile(c.query);
    ASSERT_FALSE(query) << c.query;
    EXPECT_NE(query.error().message.find(c.says), std::string::npos) << query.error().message;
  }
}

TEST(Query, BrokenAndEmptyFilesHaveFewMatches) {
  EXPECT_EQ(matches("(call) @c", *parsed("")), Lines{});
  EXPECT_EQ(matches("(ERROR) @e", *parsed("x = )\n")).size(), 1U);
}

TEST(Query, DeepNodesAreLeftOut) {
  std::string deep;
  for (int i = 0; i < 3000; ++i) deep += "(";
  deep += "x";
  for (int i = 0; i < 3000; ++i) deep += ")";
  EXPECT_EQ(matches("((identifier) @x (#eq? @x \"x\"))", *parsed(deep)), Lines{});
}

}  // namespace
}  // namespace adapt::pyast
