#include "tools/edit/indent.h"

#include <gtest/gtest.h>

namespace adapt::edit {
namespace {

struct Case {
  const char* name;
  const char* code;
  const char* indentation;
  const char* after;  // of reindent(); indent_block() differs in the first line only
};
const Case kCases[] = {
    {"empty", "", "  ", ""},
    {"one line", "x = 1", "    ", "x = 1"},
    {"block without base", "if a:\n  b\nc\n", "    ", "if a:\n      b\n    c\n"},
    {"base is replaced", "    if a:\n        b\n    c", "  ", "    if a:\n      b\n  c"},
    {"base is taken away", "    a\n    b\n", "", "    a\nb\n"},
    {"blank lines keep their bytes", "a\n\n   \nb\n", "  ", "a\n\n   \n  b\n"},
    {"leading blank line", "\n  a\n  b\n", "    ", "\n    a\n    b\n"},
    {"tabs", "\ta:\n\t\tb\n", "    ", "\ta:\n    \tb\n"},
    {"blanks to tabs", "a:\n  b\n", "\t", "a:\n\t  b\n"},
    {"less than the base", "    f(\n  1)\n# far left\n", "  ", "    f(\n  1)\n  # far left\n"},
    {"triple-quoted string", "a = \"\"\"one\n  two\n\"\"\"\nb", "    ", "a = \"\"\"one\n  two\n\"\"\"\n    b"},
    {"triple-quoted with quotes inside", "a = '''it's \"\"\"\n x\n'''\nb", "  ", "a = '''it's \"\"\"\n x\n'''\n  b"},
    {"escaped quotes in a triple-quoted string", "a = \"\"\"\\\"\"\"\n x\n\"\"\"\nb", "  ",
     "a = \"\"\"\\\"\"\"\n x\n\"\"\"\n  b"},
    {"raw string ends with an escaped quote", "a = r'\\''\nb", "  ", "a = r'\\''\n  b"},
    {"continued string", "a = 'x\\\n  y'\nb", "    ", "a = 'x\\\n  y'\n    b"},
    {"continued string, CRLF", "a = 'x\\\r\n  y'\r\nb", "    ", "a = 'x\\\r\n  y'\r\n    b"},
    {"line continuation", "a = 1 + \\\n    2\nb", "  ", "a = 1 + \\\n      2\n  b"},
    {"quote in a comment", "a  # don't\nb\n", "  ", "a  # don't\n  b\n"},
    {"hash in a string", "a = '#'\nb = \"\"\"#\n x\"\"\"\nc", "  ", "a = '#'\n  b = \"\"\"#\n x\"\"\"\n  c"},
    {"stray quote costs one line", "a = '\nb\nc", "  ", "a = '\n  b\n  c"},
    {"open string to the end", "a = '''\nb\nc", "  ", "a = '''\nb\nc"},
    {"CRLF", "if a:\r\n  b\r\n\r\nc\r\n", "  ", "if a:\r\n    b\r\n\r\n  c\r\n"},
    {"backslash at the end", "a = 'x\\", "  ", "a = 'x\\"},
    {"formatted string", "a = f\"\"\"{\n x\n}\"\"\"\nb", "  ", "a = f\"\"\"{\n x\n}\"\"\"\n  b"},
};

TEST(Reindent, MovesCodeAndKeepsStrings) {
  for (const Case& c : kCases) EXPECT_EQ(reindent(c.code, c.indentation), c.after) << c.name;
}

TEST(IndentBlock, IndentsTheFirstLineToo) {
  EXPECT_EQ(indent_block("if a:\n  b\n", "    "), "    if a:\n      b\n");
  EXPECT_EQ(indent_block("  a\n  b\n", ""), "a\nb\n");
  EXPECT_EQ(indent_block("\n  a\n", "    "), "\n    a\n");
  EXPECT_EQ(indent_block("'''x\n y'''\n", "  "), "  '''x\n y'''\n");
}

TEST(IndentBlock, ThereAndBackAgain) {
  const std::string code = "def f(a,\n      b):\n    '''doc\n  more\n    '''\n\n    return a \\\n        + b\n";
  for (const char* indentation : {"", "  ", "\t", "        "}) {
    const std::string moved = indent_block(code, indentation);
    EXPECT_EQ(indent_block(moved, indentation), moved) << "the same indentation again changes nothing";
    EXPECT_EQ(indent_block(moved, ""), code);
  }
}

}  // namespace
}  // namespace adapt::edit
