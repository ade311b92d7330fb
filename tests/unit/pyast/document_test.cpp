#include "tools/pyast/document.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>

#include "tests/unit/pyast/outline.h"
#include "tools/pyast/grammar.h"

namespace adapt::pyast {
namespace {

std::string repeated(std::string_view text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Document, KeepsKindsFieldsAndTexts) {
  const auto document = parsed("y = f(a.b, k=1)  # note\n");
  ASSERT_TRUE(document);
  EXPECT_EQ(outline(document->root()),
            "(module (expression_statement (assignment left:(identifier) right:(call function:(identifier) "
            "arguments:(argument_list (attribute object:(identifier) attribute:(identifier)) "
            "(keyword_argument name:(identifier) value:(integer)))))))");
  const Node call = document->nodes_of_kind("call").at(0);
  EXPECT_EQ(call.text(), "f(a.b, k=1)");
  EXPECT_EQ(call.child_by_field("function").text(), "f");
  EXPECT_FALSE(call.child_by_field("no_such_field"));
  EXPECT_EQ(call.parent().kind(), "assignment");
  EXPECT_FALSE(document->root().parent());
  EXPECT_EQ(document->error_count(), 0U);
  EXPECT_EQ(document->root().span(), (Span{0, 24}));
}

TEST(Document, EmptyNodeAnswersNothing) {
  const Node nothing;
  EXPECT_EQ(nothing.kind(), "");
  EXPECT_EQ(nothing.text(), "");
  EXPECT_TRUE(nothing.children().empty());
  EXPECT_FALSE(nothing.parent());
  EXPECT_FALSE(nothing.child_by_field("left").child_by_field("object"));
}

TEST(Document, EveryByteOfEveryShortFileHasAPosition) {
  for (const std::string source :
       {"", "\n", "x", "x\n", "x\r\ny\r\n", "\n\n  x = 1\n\n", "\tx\n", "\xef\xbb\xbfx = 1\n"}) {
    const auto document = parsed(source);
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().kind(), "module");
    std::uint32_t line = 1;
    std::uint32_t start = 0;
    for (std::uint32_t i = 0; i <= source.size(); ++i) {
      EXPECT_EQ(document->position(i).line, line);
      EXPECT_EQ(document->position(i).column, i - start);
      EXPECT_EQ(document->line_start(line), start);
      if (i < source.size() && source[i] == '\n') {
        ++line;
        start = i + 1;
      }
    }
  }
}

TEST(Document, LineTextDropsEitherLineEnd) {
  const auto document = parsed("if a:\r\n\t  b = 1\r\n  c\n\nlast");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->line_text(1), "if a:");
  EXPECT_EQ(document->line_text(2), "\t  b = 1");
  EXPECT_EQ(document->line_text(3), "  c");
  EXPECT_EQ(document->line_text(4), "");
  EXPECT_EQ(document->line_text(5), "last");
  EXPECT_EQ(document->line_text(6), "");
  EXPECT_EQ(document->indentation_at(document->line_start(2) + 5), "\t  ");
  EXPECT_EQ(document->indentation_at(document->line_start(4)), "");
}

TEST(Document, FindsTheSmallestNodeAroundASpan) {
  const auto document = parsed("a = b + c\n");
  EXPECT_EQ(document->smallest_enclosing({4, 5}).text(), "b");
  EXPECT_EQ(document->smallest_enclosing({4, 6}).kind(), "binary_operator");
  EXPECT_EQ(document->smallest_enclosing({0, 5}).kind(), "assignment");
  EXPECT_EQ(document->smallest_enclosing({0, 10}).kind(), "module");
  EXPECT_EQ(document->smallest_enclosing({90, 99}).kind(), "module");
}

TEST(Document, NodesOfKindStayBelowTheirStart) {
  const auto document = parsed("f(g(1))\nh(2)\n");
  const Node first = document->root().named_children().at(0);
  std::vector<std::string> texts;
  for (const Node call : document->nodes_of_kind("call", first)) texts.emplace_back(call.text());
  EXPECT_EQ(texts, (std::vector<std::string>{"f(g(1))", "g(1)"}));
  EXPECT_EQ(document->nodes_of_kind("call").size(), 3U);
  EXPECT_TRUE(document->nodes_of_kind("no_such_kind").empty());
}

TEST(Document, CountsErrorAndMissingNodes) {
  EXPECT_EQ(parsed("x = (1, 2)\n")->error_count(), 0U);
  EXPECT_GE(parsed("x = (1, 2\n")->error_count(), 1U);
  EXPECT_GE(parsed("def f(:\n  pass\n")->error_count(), 1U);
  const auto broken = parsed("def f(:\n  pass\ny = 1\n");
  EXPECT_TRUE(broken->root().has_error());
  EXPECT_FALSE(broken->nodes_of_kind("integer").at(0).has_error());
}

struct HashCase {
  const char* name;
  const char* a;
  const char* b;
  bool equal;
};
const HashCase kHashCases[] = {
    {"layout", "f(a,b)", "f( a ,\n   b )", true},
    {"comment", "f(a)", "f(  # why\n a)", true},
    {"line continuation", "x = a + b", "x = a + \\\n  b", true},
    {"indentation", "if a:\n  b", "if a:\n        b", true},
    {"line ends", "if a:\n  b\n", "if a:\r\n  b\r\n", true},
    {"another name", "f(a)", "f(b)", false},
    {"another operator", "a + b", "a - b", false},
    {"trailing comma", "f(a)", "f(a,)", false},
    {"quote style", "'a'", "\"a\"", false},
    {"blanks in a string", "'a b'", "'a  b'", false},
    {"letters between escapes", "'x\\n'", "'y\\n'", false},
    {"letters in a format", "f'{x:>3}'", "f'{x:<3}'", false},
    {"order", "f(a, b)", "f(b, a)", false},
    {"nesting", "(a + b) + c", "a + (b + c)", false},
    {"block or sibling", "if a:\n  b\n  c", "if a:\n  b\nc", false},
};

TEST(Document, SubtreeHashSeesTokensAndNothingElse) {
  for (const HashCase& c : kHashCases)
    EXPECT_EQ(parsed(c.a)->root().subtree_hash() == parsed(c.b)->root().subtree_hash(), c.equal) << c.name;
}

// The widest recursion a caller may do.
std::size_t depth(Node node) {
  std::size_t deepest = 0;
  for (const Node child : node.children()) deepest = std::max(deepest, depth(child));
  return deepest + 1;
}

TEST(Document, DeepNestingIsFoldedAtTheDepthLimit) {
  const std::string source = repeated("(", 10'000) + "x" + repeated(")", 10'000) + "\n";
  const auto document = parsed(source);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->error_count(), 0U);
  EXPECT_EQ(depth(document->root()), Document::kMaxDepth + 1);
  EXPECT_NE(document->root().subtree_hash(),
            parsed(repeated("(", 10'000) + "y" + repeated(")", 10'000) + "\n")->root().subtree_hash());
}

TEST(Document, AnErrorBelowTheDepthLimitStillCounts) {
  const auto document = parsed(repeated("(", 3'000) + "x +" + repeated(")", 3'000) + "\n");
  ASSERT_TRUE(document);
  EXPECT_GE(document->error_count(), 1U);
}

TEST(Document, HostileShapesParseWithinBounds) {
  const std::string sources[] = {
      repeated("(", 10'000),        repeated(")", 10'000),        repeated("1+", 10'000) + "1",
      repeated("a.", 10'000) + "a", repeated("not ", 10'000),     repeated("f'{", 1'000),
      repeated("lambda:", 5'000),   repeated("try:\n", 3'000),    repeated("x: list[", 3'000),
      repeated("\"\"\"", 3'001),    repeated("\\\n", 5'000),      repeated("match(", 2'000),
      std::string(100'000, '\0'),   std::string(100'000, '\xff'), repeated("\t \n", 20'000),
  };
  for (const std::string& source : sources) {
    const auto document = Document::parse(source);
    ASSERT_TRUE(document) << document.error().message;
    EXPECT_LE(depth((*document)->root()), Document::kMaxDepth + 1);
  }
}

TEST(Document, RandomBytesAndTokensNeverBreakTheTree) {
  std::mt19937 random(7);
  const char* const tokens[] = {"(",  ")",    "[",   "]",       "{",    "}",  "def ", "if ", "else",   ":",
                                "\n", "  ",   "x",   "lambda ", ",",    "=",  "*",    "'",   "\"\"\"", "f'{",
                                "}'", "for ", "in ", "not ",    "\\\n", "\t", "\r",   "\xc3"};
  for (int round = 0; round < 60; ++round) {
    std::string source;
    for (int i = 0; i < 200; ++i)
      source +=
          round % 2 == 0 ? std::string(1, static_cast<char>(random() % 256)) : tokens[random() % std::size(tokens)];
    const auto document = parsed(source);
    ASSERT_TRUE(document);
    for (std::uint32_t i = 1; i < document->node_count(); ++i) {
      const Node node = document->at(i);
      EXPECT_TRUE(node.parent().span().contains(node.span())) << source;
      EXPECT_LT(node.parent().index(), i);
      EXPECT_LE(node.span().end, source.size());
    }
  }
}

TEST(Document, NulBytesAndBadUtf8AreErrorsInTheTreeOnly) {
  const std::string source("a = 1\n\0b = 2\nc = '\xff\xfe'\nd = 3\n", 29);
  const auto document = parsed(source);
  ASSERT_TRUE(document);
  EXPECT_EQ(document->source(), source);
  EXPECT_TRUE(node_with_text(*document, "identifier", "d"));
}

TEST(Document, RefusesWhatIsTooLarge) {
  const auto document = Document::parse(std::string(Document::kMaxBytes + 1, '\n'));
  ASSERT_FALSE(document);
  EXPECT_EQ(document.error().kind, ErrorKind::parse);
  EXPECT_NE(document.error().message.find(std::to_string(Document::kMaxBytes + 1)), std::string::npos);
}

TEST(Document, IsReadableFromManyThreads) {
  const auto document = parsed(repeated("x = f(a, b)\n", 200));
  std::vector<std::size_t> found(4);
  {
    std::vector<std::jthread> threads;
    for (std::size_t& slot : found)
      threads.emplace_back(
          [&] { slot = document->nodes_of_kind("call").size() + parsed("f(1)")->nodes_of_kind("call").size(); });
  }
  EXPECT_EQ(found, std::vector<std::size_t>(4, 201));
}

TEST(Grammar, AbiMismatchNamesBothNumbers) {
  EXPECT_TRUE(check_abi(14, {13, 15}));
  for (const std::uint32_t abi : {12U, 16U}) {
    const auto refused = check_abi(abi, {13, 15});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::environment);
    EXPECT_NE(refused.error().message.find("ABI " + std::to_string(abi)), std::string::npos);
    EXPECT_NE(refused.error().message.find("ABI 13 to 15"), std::string::npos);
  }
  EXPECT_TRUE(python_grammar());
}

}  // namespace
}  // namespace adapt::pyast
