#include "tools/pyast/top_level.h"

#include <gtest/gtest.h>

namespace adapt::pyast {
namespace {

std::string_view word(Binds binds) {
  switch (binds) {
    case Binds::anything: return "anything";
    case Binds::nothing: return "nothing";
    case Binds::variable: return "variable";
    case Binds::function: return "function";
    case Binds::class_: return "class";
  }
  return "?";
}

void describe(std::string_view text, const Statement& statement, const std::string& indentation, std::string& out) {
  std::string_view first = text.substr(statement.span.begin, statement.span.end - statement.span.begin);
  first = first.substr(0, first.find('\n'));
  out += indentation + std::string(word(statement.binds)) + " " + std::string(statement.name) + ": " +
         std::string(first) + "\n";
  for (const Statement& member : statement.members) describe(text, member, indentation + "  ", out);
}

std::string outline_of(std::string_view text) {
  const auto top = split_top_level(text);
  if (!top) return "(cannot be told apart)";
  std::string out;
  std::uint32_t at = 0;
  for (const Statement& statement : top->statements) {
    EXPECT_EQ(statement.span.begin, at) << "a gap";
    at = statement.span.end;
    describe(text, statement, "", out);
    if (statement.members.empty()) continue;
    std::uint32_t member_at = statement.members.front().span.begin;
    for (const Statement& member : statement.members) {
      EXPECT_EQ(member.span.begin, member_at) << "a gap";
      member_at = member.span.end;
    }
    EXPECT_EQ(member_at, statement.span.end);
  }
  EXPECT_EQ(at, text.size());
  return out;
}

TEST(TopLevel, TellsStatementsAndWhatTheyBind) {
  EXPECT_EQ(outline_of("\"\"\"Doc.\n\nx = 1\n\"\"\"\nimport a\nx = (1 +\n2)\nx = None\nx: int = 3\nx.y = 3\na = b = 3\n"
                       "f(x)\nif x:\n    y = 1\nelse:\n    y = 2\ndef f(a=[\n1]):\n    return a\n"),
            "nothing : \"\"\"Doc.\n"
            "anything : import a\n"
            "variable x: x = (1 +\n"
            "anything : x = None\n"
            "variable x: x: int = 3\n"
            "anything : x.y = 3\n"
            "anything : a = b = 3\n"
            "nothing : f(x)\n"
            "anything : if x:\n"
            "function f: def f(a=[\n");
}

TEST(TopLevel, KeepsDecoratorsAndContinuedLinesWithTheirStatement) {
  EXPECT_EQ(outline_of("@a\n@b(\n  1)\nasync def f(): pass\nx = \\\n1\ny = 2\n"),
            "function f: @a\nanything : x = \\\nvariable y: y = 2\n");
}

TEST(TopLevel, CutsClassesIntoMembers) {
  EXPECT_EQ(outline_of("@d\nclass A(B):\n    \"\"\"Doc\"\"\"\n    x = 1\n\n    @p\n    def f(self):\n        if x:\n"
                       "            return 1\n# a note\n        return 2\n    class C:\n        y = 1\nz = 1\n"),
            "class A: @d\n"
            "  nothing :     \"\"\"Doc\"\"\"\n"
            "  variable x:     x = 1\n"
            "  function f:     @p\n"
            "  class C:     class C:\n"
            "variable z: z = 1\n");
}

TEST(TopLevel, ClassesOfUnclearIndentationStayWhole) {
  EXPECT_EQ(outline_of("class A:\n    x = 1\n  y = 2\nz = 1\n"), "anything A: class A:\nvariable z: z = 1\n");
  EXPECT_EQ(outline_of("class A:\n    x = 1\n\ty = 2\n"), "anything A: class A:\n");
  EXPECT_EQ(outline_of("class A: x = 1\nz = 1\n"), "class A: class A: x = 1\nvariable z: z = 1\n");
}

TEST(TopLevel, BindingsThatLeaveTheStatementMakeItUnknown) {
  EXPECT_EQ(outline_of("def f():\n    global g\n    g = 1\n"), "anything f: def f():\n");
  EXPECT_EQ(outline_of("def f(a=(b := 1)): pass\n"), "anything f: def f(a=(b := 1)): pass\n");
  EXPECT_EQ(outline_of("def f():\n    if (b := 1): pass\n"), "function f: def f():\n");
  EXPECT_EQ(outline_of("f(x := 1)\n"), "anything : f(x := 1)\n");
  EXPECT_EQ(outline_of("a = 1; b = 2\n"), "anything : a = 1; b = 2\n");
  // Not Python, but the grammar may see the second line at the margin.
  EXPECT_EQ(outline_of("def f(): pass\n    x = 1\n"), "anything f: def f(): pass\n");
  EXPECT_EQ(outline_of("def f():\n    pass\n  x = 1\n"), "anything f: def f():\n");
}

TEST(TopLevel, FollowsStringsOfEverySort) {
  EXPECT_EQ(
      outline_of("a = '\"'\nb = \"'\" '''\nc = 1\n''' r\"\\\"\" \nd = f\"{x['k']!r:>{w}} {{ {f'{y}'}\"\ne = '' \"\"\n"),
      "variable a: a = '\"'\nvariable b: b = \"'\" '''\nvariable d: d = f\"{x['k']!r:>{w}} {{ {f'{y}'}\"\n"
      "variable e: e = '' \"\"\n");
  EXPECT_EQ(outline_of("a = f'''{\nx\n}\nb = 1'''\nc = 1\n"), "variable a: a = f'''{\nvariable c: c = 1\n");
}

TEST(TopLevel, SaysSoWhenItCannot) {
  for (const char* text :
       {"a = 'x\n", "a = \"\"\"x\n", "a = (\nb = 1\n", "a = )\n", "a = (]\n", "  x = 1\ny = 2\n", "a = 1\rb = 2\n",
        "import a as\xe2\x80\x8b"
        "b\n",
        "f'{x'\n", "f'{x:\n"})
    EXPECT_EQ(outline_of(text), "(cannot be told apart)") << text;
}

TEST(TopLevel, DeepNestingIsNoStackOverflow) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "f'{";
  EXPECT_FALSE(split_top_level(text));
  EXPECT_FALSE(split_top_level(std::string(1'000'000, '(')));
}

TEST(TopLevel, TellsAliasesLinesAndTexts) {
  const std::string_view text = "from a import (b as c,  # as x\n d\n as e)\nwith f() as g: pass\n'h as i'\n";
  const auto top = split_top_level(text);
  ASSERT_TRUE(top);
  const std::vector<std::pair<std::string_view, std::string_view>> expected = {{"b", "c"}, {"d", "e"}};
  EXPECT_EQ(top->aliases, expected);  // what is called has no name of its own
  EXPECT_EQ(top->lines, (std::vector<std::uint32_t>{0, 41, 61}));
  ASSERT_EQ(top->texts.size(), 2U);
  EXPECT_EQ(text.substr(top->texts[0].begin, top->texts[0].end - top->texts[0].begin), "# as x");
  EXPECT_EQ(text.substr(top->texts[1].begin, top->texts[1].end - top->texts[1].begin), "h as i");
}

}  // namespace
}  // namespace adapt::pyast
