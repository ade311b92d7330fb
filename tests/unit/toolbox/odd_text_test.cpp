// Sources that are not plain ASCII with spaces and "\n".
#include <gtest/gtest.h>

#include "tests/unit/toolbox/stand_in_bench.h"

namespace adapt::toolbox {
namespace {

TEST(OddText, TabsStayTabs) {
  Bed bed("class A:\n\tdef f(self):\n\t\tif a:\n\t\t\treturn 1\n");
  EXPECT_EQ(bed.rewrite(bed.address({{"kind", "if_statement"}}, 1, {{"code", "while a:\n\tb()\n\tc()"}})),
            "class A:\n\tdef f(self):\n\t\twhile a:\n\t\t\tb()\n\t\t\tc()\n");
  EXPECT_EQ(bed.rewrite(bed.address({{"code", "b()"}}, 1, {{"code", "d()"}, {"operation", "insert_after"}})),
            "class A:\n\tdef f(self):\n\t\twhile a:\n\t\t\tb()\n\t\t\td()\n\t\t\tc()\n");
}

TEST(OddText, LineEndsOfTheFileAreKept) {
  const std::string before = "import os\r\n\r\ndef f():\r\n    a = 1\r\n    return a\r\n";
  const auto changed = [&](auto make) {
    Bed bed(before);
    const Json asked = make(bed);
    const std::string after = bed.rewrite(asked);
    bed.in_place(asked);
    return after;
  };
  EXPECT_EQ(changed([](Bed& bed) {
              return bed.address({{"code", "a = 1"}}, 1, {{"code", "a = 2\nb = 3"}});
            }),
            "import os\r\n\r\ndef f():\r\n    a = 2\r\n    b = 3\r\n    return a\r\n");
  EXPECT_EQ(changed([](Bed& bed) {
              return bed.address({{"code", "a = 1"}}, 1, {{"code", "b = 3"}, {"operation", "insert_before"}});
            }),
            "import os\r\n\r\ndef f():\r\n    b = 3\r\n    a = 1\r\n    return a\r\n");
  EXPECT_EQ(changed([](Bed&) {
              return Json{{"symbol", "f"}, {"search", "a = 1\n    return a"}, {"replace", "return 1\n"}};
            }),
            "import os\r\n\r\ndef f():\r\n    return 1\r\n\r\n");
  EXPECT_EQ(changed([](Bed&) {
              return Json{{"symbol", "f"}, {"code", "def f():\n    return 1\n"}};
            }),
            "import os\r\n\r\ndef f():\r\n    return 1\r\n");
  EXPECT_EQ(changed([](Bed&) {
              return Json{{"symbol", "pkg.m"}, {"imports", {"import re"}}};
            }),
            "import os\r\nimport re\r\n\r\ndef f():\r\n    a = 1\r\n    return a\r\n");
}

TEST(OddText, CharactersOfSeveralBytesStayWhole) {
  Bed bed("def f():\n    s = '\xe6\xbc\xa2\xf0\x9f\x98\x80'; g(1)\n    \xce\xb1 = h('\xc3\xa9')\n");
  EXPECT_EQ(bed.rewrite(bed.address({{"code", "g(1)"}}, 1, {{"code", "g('\xc3\xbc')"}})),
            "def f():\n    s = '\xe6\xbc\xa2\xf0\x9f\x98\x80'; g('\xc3\xbc')\n    \xce\xb1 = h('\xc3\xa9')\n");
  EXPECT_EQ(bed.rewrite({{"symbol", "f"}, {"search", "'\xc3\xa9'"}, {"replace", "'\xe6\xbc\xa2'"}}),
            "def f():\n    s = '\xe6\xbc\xa2\xf0\x9f\x98\x80'; g('\xc3\xbc')\n    \xce\xb1 = h('\xe6\xbc\xa2')\n");
}

TEST(OddText, CodeWithinStringsIsNoCode) {
  Bed bed("def f():\n    s = \"\"\"\ndef g():\n    h(1)\n\"\"\"\n    return h(1)\n");
  EXPECT_EQ(bed.rewrite(bed.address({{"code", "h(1)"}}, 1, {{"code", "k(2)"}})),
            "def f():\n    s = \"\"\"\ndef g():\n    h(1)\n\"\"\"\n    return k(2)\n");
  EXPECT_TRUE(says(bed.refused({{"symbol", "g"}, {"code", "def g(): pass"}}), "'g' names nothing"));
  // As text it stands once by now.
  EXPECT_EQ(bed.rewrite({{"symbol", "f"}, {"search", "h(1)"}, {"replace", "h(9)"}}),
            "def f():\n    s = \"\"\"\ndef g():\n    h(9)\n\"\"\"\n    return k(2)\n");
}

TEST(OddText, AnEmptyFileTakesImports) {
  Bed bed("");
  EXPECT_EQ(bed.rewrite({{"symbol", "pkg.m"}, {"imports", {"import os"}}}), "import os\n");
  EXPECT_FALSE(Bed("").call("read_source", {{"symbol", "pkg.m"}}).is_error);
}

TEST(OddText, BytesThatAreNoCharactersAreShownAsSuchAndKept) {
  Bed bed("x = 1  # \xff\xfe\ny = 2\n");
  EXPECT_TRUE(says(bed.call("read_source", {{"symbol", "pkg.m"}}).text, "x = 1  # \xef\xbf\xbd\xef\xbf\xbd\n"));
  EXPECT_EQ(bed.rewrite(bed.address({{"code", "y = 2"}}, 1, {{"code", "y = 3"}})), "x = 1  # \xff\xfe\ny = 3\n");
}

TEST(OddText, AFileOfFourMegabytesIsWorkedOn) {
  std::string text;
  const std::string constant(400, 'c');  // a line of it is a few nodes, and takes its time to be parsed
  for (int i = 0; text.size() + 500 < pyast::Document::kMaxBytes; ++i) text += fmt::format("v{} = '{}'\n", i, constant);
  text += "def last(x):\n    return g(x)\n";
  Bed bed(text);
  const Json asked = bed.address({{"code", "g($X)"}}, 1, {{"code", "h(x)"}});
  EXPECT_EQ(asked.at("symbol"), "pkg.m:last");
  EXPECT_EQ(bed.rewrite(asked), replace_all(text, "return g(x)", "return h(x)"));
  EXPECT_TRUE(says(bed.call("read_source", {{"symbol", "pkg.m"}}).text, "def last(x)"));
  EXPECT_TRUE(says(bed.refused({{"symbol", "pkg.m"}, {"search", "v7 = 'cc'"}, {"replace", ""}}), "v7 = "));
}

TEST(OddText, AFileThatIsTooLongIsSaidToBe) {
  Bed bed(std::string(pyast::Document::kMaxBytes + 1, '#'));
  const Reply reply = bed.call("read_source", {{"symbol", "pkg.m"}});
  EXPECT_TRUE(reply.is_error);
  EXPECT_TRUE(says(reply.text, "while parsing pkg.m: the source has 4194305 bytes; at most 4194304 are parsed"));
}

}  // namespace
}  // namespace adapt::toolbox
