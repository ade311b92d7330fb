#include <gtest/gtest.h>

#include "tests/unit/toolbox/stand_in_bench.h"

namespace adapt::toolbox {
namespace {

const char* const kTwo =
    "class A:\n    def f(self):\n        return g(1)\n\nclass B:\n    def f(self):\n        return g(1)\n";

Json change(const char* symbol, const char* search, const char* replace) {
  return {{"symbol", symbol}, {"search", search}, {"replace", replace}};
}

TEST(RewriteText, ReplacesTextThatStandsOnce) {
  Bed bed(kTwo);
  EXPECT_EQ(bed.rewrite(change("B.f", "g(1)", "h(2)")), replace_all(kTwo, "B:\n    def f(self):\n        return g(1)",
                                                                    "B:\n    def f(self):\n        return h(2)"));
}

TEST(RewriteText, IsRefusedWhereItStandsTwiceAndNamesBoth) {
  Bed bed(kTwo);
  const std::string answer = bed.refused(change("pkg.m", "g(1)", "h(2)"));
  EXPECT_TRUE(says(answer, "search stands 2 times in pkg.m"));
  EXPECT_TRUE(says(answer, "pkg.m:A.f line 3\n"));
  EXPECT_TRUE(says(answer, "pkg.m:B.f line 7\n"));
}

TEST(RewriteText, OverlappingPlacesAreTwo) {
  Bed bed("x = 'aaa'\n");
  EXPECT_TRUE(says(bed.refused(change("pkg.m", "aa", "b")), "search stands 2 times"));
}

TEST(RewriteText, WholeLinesAreFoundWithAnotherIndentation) {
  Bed bed("def f():\n    if a:\n        b()\n\n        c()\n    d()\n");
  EXPECT_EQ(bed.rewrite(change("f", "if a:\n    b()\n\n    c()\n", "while a:\n    e()\n")),
            "def f():\n    while a:\n        e()\n    d()\n");
  bed.in_place(change("f", "if a:\n    b()\n\n    c()\n", "while a:\n    e()\n"));
  Bed two("def f():\n    if a:\n        b()\n    if a:\n        b()\n");
  EXPECT_TRUE(says(two.refused(change("f", "if a:\n    b()", "c()")), "search stands 2 times"));
}

TEST(RewriteText, IsRefusedWithTheNearestLines) {
  Bed bed(kTwo);
  const std::string answer = bed.refused(change("A", "return g( 1 )", "return 2"));
  EXPECT_TRUE(says(answer, "search does not stand in pkg.m:A"));
  EXPECT_TRUE(says(answer, "    3 |         return g(1)\n"));
}

TEST(RewriteText, AskingTwiceChangesOnce) {
  for (const char* replace : {"h(2)", "k(g(1))", ""}) {
    SCOPED_TRACE(replace);
    Bed bed("def f():\n    a(g(1))\n    b(3)\n");
    const Json asked = change("f", "g(1)", replace);
    bed.rewrite(asked);
    bed.in_place(asked);
  }
  Bed bed("a = b\n");
  bed.in_place(change("pkg.m", "a = b", "a = b"));
}

TEST(RewriteText, WhatWasAlwaysThereIsNotTakenForTheChange) {
  Bed bed("def f():\n    a = 1\n    b = 2\n");
  EXPECT_TRUE(says(bed.refused(change("f", "c = 3", "b = 2")), "search does not stand in"));
  // The node stands within such code, and was never changed.
  Bed grown("x = k(g(1))\n");
  EXPECT_EQ(grown.rewrite(change("pkg.m", "g(1)", "k(g(1))")), "x = k(k(g(1)))\n");
}

TEST(RewriteText, RefusesWhatWouldNotParseOrCutsACharacter) {
  Bed bed("x = 'h\xc3\xa9'\n");
  EXPECT_TRUE(says(bed.refused(change("pkg.m", "= '", "= ")), "would have a syntax error at line 1"));
  EXPECT_TRUE(says(bed.refused(change("pkg.m", " ", "")), "arguments.search is empty"));
  EXPECT_TRUE(says(bed.refused({{"symbol", "pkg.m"}, {"search", "x"}}), "arguments.replace is missing"));
  EXPECT_TRUE(says(bed.refused({{"symbol", "pkg.m"}, {"replace", "x"}}), "arguments.search is missing"));
  EXPECT_TRUE(says(bed.refused({{"symbol", "pkg.m"}, {"search", "x"}, {"replace", "y"}, {"code", "z"}}), "not both"));
}

TEST(RewriteText, ErrorsThatWereThereBeforeAreNoReasonToRefuse) {
  Bed bed("print 'old'\ndef f(:\n    pass\nx = 1\n");
  EXPECT_EQ(bed.rewrite(change("pkg.m", "x = 1", "x = 2")), "print 'old'\ndef f(:\n    pass\nx = 2\n");
}

}  // namespace
}  // namespace adapt::toolbox
