#include <gtest/gtest.h>

#include "tests/unit/toolbox/stand_in_bench.h"

namespace adapt::toolbox {
namespace {

const char* const kModel = R"(import torch


class A:
    def forward(self, x):
        y = torch.cumsum(x, 1)
        if y is None:
            return x
        return y * 2


class B:
    def forward(self, x):
        y = torch.cumsum(x, 1)
        return y
)";

struct Step {
  const char* name;
  Json find;  // the first row of it is changed
  Json change;
  const char* before;
  const char* after;
};

TEST(RewriteNode, PutsCodeInPlaceOfTheNode) {
  const Step steps[] = {
      {"an expression",
       {{"code", "g($X)"}},
       {{"code", "h(1)"}},
       "def f():\n    return g(2) + 1\n",
       "def f():\n    return h(1) + 1\n"},
      {"a statement by statements",
       {{"kind", "return_statement"}},
       {{"code", "y = 1\nreturn y"}},
       "def f():\n    if a:\n        return 0\n    b()\n",
       "def f():\n    if a:\n        y = 1\n        return y\n    b()\n"},
      {"a block of deeper lines",
       {{"kind", "return_statement"}},
       {{"code", "if a:\n  return (1,\n          2)\n"}},
       "class C:\n    def f(self):\n        return 0\n",
       "class C:\n    def f(self):\n        if a:\n          return (1,\n                  2)\n"},
      {"precedence is kept", {{"code", "b"}}, {{"code", "x + y"}}, "a = c * b\n", "a = c * (x + y)\n"},
      {"no parentheses that are not needed",
       {{"code", "b"}},
       {{"code", "x + y"}},
       "a = f(b, 1)\n",
       "a = f(x + y, 1)\n"},
      {"several arguments for one", {{"code", "b"}}, {{"code", "x, k=1"}}, "a = f(b)\n", "a = f(x, k=1)\n"},
      {"lines within an expression",
       {{"code", "b"}},
       {{"code", "g(\n    1,\n)"}},
       "def f():\n    a = b\n",
       "def f():\n    a = g(\n        1,\n    )\n"},
      {"a string by an expression", {{"kind", "string"}}, {{"code", "x + y"}}, "a = c * 's'\n", "a = c * (x + y)\n"},
      {"a name", {{"kind", "identifier"}}, {{"code", "z"}}, "a = 1\n", "z = 1\n"},
      {"strings keep their lines",
       {{"kind", "return_statement"}},
       {{"code", "return \"\"\"a\nb\n\"\"\""}},
       "def f():\n    return 0\n",
       "def f():\n    return \"\"\"a\nb\n\"\"\"\n"},
      {"a fence is no code",
       {{"kind", "return_statement"}},
       {{"code", "```python\nreturn 1\n```\n"}},
       "def f():\n    return 0\n",
       "def f():\n    return 1\n"},
      {"a simple statement within a line",
       {{"code", "b = 2"}},
       {{"code", "b = 3; c = 4"}},
       "a = 1; b = 2; d = 5\n",
       "a = 1; b = 3; c = 4; d = 5\n"},
      {"before a statement",
       {{"code", "b()"}},
       {{"code", "a()\nif c:\n    d()"}, {"operation", "insert_before"}},
       "def f():\n    b()\n",
       "def f():\n    a()\n    if c:\n        d()\n    b()\n"},
      {"a comment before a statement",
       {{"code", "b()"}},
       {{"code", "# why"}, {"operation", "insert_before"}},
       "def f():\n    a()\n    b()\n",
       "def f():\n    a()\n    # why\n    b()\n"},
      {"behind a statement and its comment",
       {{"code", "b($X)"}},
       {{"code", "c()"}, {"operation", "insert_after"}},
       "def f():\n    b(1)  # why\n    d()\n",
       "def f():\n    b(1)  # why\n    c()\n    d()\n"},
      {"behind a compound statement",
       {{"kind", "if_statement"}},
       {{"code", "c()"}, {"operation", "insert_after"}},
       "def f():\n    if a:\n        b()\n\n    d()\n",
       "def f():\n    if a:\n        b()\n    c()\n\n    d()\n"},
      {"behind the last line without an end",
       {{"code", "b()"}},
       {{"code", "c()"}, {"operation", "insert_after"}},
       "b()",
       "b()\nc()"},
      {"beside the statement around an expression",
       {{"code", "g(1)"}},
       {{"code", "c()"}, {"operation", "insert_before"}},
       "x = (\n    g(1)\n)\n",
       "c()\nx = (\n    g(1)\n)\n"},
      {"before a decorated function",
       {{"kind", "function_definition"}},
       {{"code", "def g():\n    pass\n"}, {"operation", "insert_before"}},
       "class C:\n    @d\n    def f(self): pass\n",
       "class C:\n    def g():\n        pass\n    @d\n    def f(self): pass\n"},
      {"within a line before",
       {{"code", "b()"}},
       {{"code", "c()"}, {"operation", "insert_before"}},
       "if a: b()\n",
       "if a: c(); b()\n"},
      {"within a line behind",
       {{"code", "a()"}},
       {{"code", "c()"}, {"operation", "insert_after"}},
       "a(); b()\n",
       "a(); c(); b()\n"},
      {"a line away",
       {{"code", "b()"}},
       {{"operation", "delete"}},
       "def f():\n    a()\n    b()  # x\n    c()\n",
       "def f():\n    a()\n    c()\n"},
      {"the only statement away",
       {{"code", "b()"}},
       {{"operation", "delete"}},
       "def f():\n    b()\n",
       "def f():\n    pass\n"},
      {"part of a line away", {{"code", "b()"}}, {{"operation", "delete"}}, "a(); b(); c()\n", "a(); c()\n"},
      {"the end of a line away", {{"code", "c()"}}, {{"operation", "delete"}}, "a(); b(); c()\n", "a(); b()\n"},
      {"a decorator away",
       {{"kind", "decorator"}},
       {{"operation", "delete"}},
       "@d(1)\n@e\ndef f(): pass\n",
       "@e\ndef f(): pass\n"},
      {"a decorated function away",
       {{"kind", "function_definition"}},
       {{"operation", "delete"}},
       "a()\n@d\ndef f():\n    pass\nb()\n",
       "a()\nb()\n"},
  };
  for (const Step& step : steps) {
    SCOPED_TRACE(step.name);
    Bed bed(step.before);
    EXPECT_EQ(bed.rewrite(bed.address(step.find, 1, step.change)), step.after);
  }
}

TEST(RewriteNode, AnswersTheDifferenceOfThisChangeAlone) {
  Bed bed("a = 1\nb = 2\n");
  bed.rewrite(bed.address({{"code", "a = 1"}}, 1, {{"code", "a = 10"}}));
  const Reply reply = bed.call("rewrite", bed.address({{"code", "b = 2"}}, 1, {{"code", "b = 20"}}));
  EXPECT_TRUE(says(reply.text, "--- a/pkg/m.py\n+++ b/pkg/m.py\n@@ -1,2 +1,2 @@\n a = 10\n-b = 2\n+b = 20\n"));
  EXPECT_EQ(bed.text(), "a = 10\nb = 20\n");
}

TEST(RewriteNode, TwinsAreToldApartByTheirSymbol) {
  Bed bed(kModel);
  const std::string text = bed.rewrite(bed.address({{"code", "torch.cumsum($X, 1)"}}, 2, {{"code", "scan(x)"}}));
  EXPECT_EQ(text, replace_all(kModel, "y = torch.cumsum(x, 1)\n        return y\n", "y = scan(x)\n        return y\n"));
}

TEST(RewriteNode, TwinsInOneSymbolNeedTheOccurrence) {
  Bed bed("def f():\n    g(1)\n    h()\n    g(1)\n");
  Json second = bed.address({{"code", "g(1)"}}, 2, {{"code", "k()"}});
  EXPECT_EQ(second.at("occurrence"), 3);
  Json vague = second;
  vague.erase("occurrence");
  const std::string answer = bed.refused(vague);
  EXPECT_TRUE(says(answer, "holds 2 nodes of kind call"));
  EXPECT_TRUE(says(answer, "call 1 " + second.at("fingerprint").get<std::string>() + " line 2"));
  EXPECT_TRUE(says(answer, "call 3 " + second.at("fingerprint").get<std::string>() + " line 4"));
  EXPECT_EQ(bed.rewrite(second), "def f():\n    g(1)\n    h()\n    k()\n");
}

TEST(RewriteNode, FindsANodeThatHasMoved) {
  Bed bed("def f():\n    a(1)\n    b(2)\n");
  const Json b = bed.address({{"code", "b(2)"}}, 1, {{"code", "c(3)"}});
  bed.rewrite(bed.address({{"code", "a(1)"}}, 1, {{"operation", "insert_before"}, {"code", "n(0)"}}));
  const Reply reply = bed.call("rewrite", b);
  EXPECT_TRUE(says(reply.text, "The node is occurrence 3 by now."));
  EXPECT_EQ(bed.text(), "def f():\n    n(0)\n    a(1)\n    c(3)\n");
}

TEST(RewriteNode, AnOldFingerprintIsRefusedWithTheNearestNodes) {
  Bed bed(kModel);
  Json asked = bed.address({{"code", "torch.cumsum($X, 1)"}}, 1, {{"code", "torch.cumsum(x, 2)"}});
  asked["fingerprint"] = "00000000";
  const std::string answer = bed.refused(asked);
  EXPECT_TRUE(says(answer, "pkg.m:A.forward holds no call with fingerprint 00000000"));
  EXPECT_TRUE(says(answer, "pkg.m:A.forward call 1 "));
  EXPECT_TRUE(says(answer, "| torch.cumsum(x, 1)\n"));
}

TEST(RewriteNode, AskingTwiceChangesOnce) {
  const std::pair<const char*, Json> cases[] = {
      {"replace", {{"code", "g(torch.cumsum(x, 1))"}}},  // the node stands within the new code
      {"replace", {{"code", "h(x)"}}},
      {"insert_before", {{"code", "n = 1\nm = 2"}}},
      {"insert_after", {{"code", "n = 1\nif n:\n    m = 2"}}},
  };
  for (const auto& [operation, change] : cases) {
    SCOPED_TRACE(operation);
    Bed bed(kModel);
    Json asked = bed.address({{"code", "torch.cumsum($X, 1)"}}, 1, change);
    asked["operation"] = operation;
    bed.rewrite(asked);
    bed.in_place(asked);
    bed.tools.restore(Draft(bed.tools.draft()));
    bed.in_place(asked);
  }
  Bed bed("def f():\n    a()\n    b()\n");
  const Json gone = bed.address({{"code", "a()"}}, 1, {{"operation", "delete"}});
  EXPECT_EQ(bed.rewrite(gone), "def f():\n    b()\n");
  bed.in_place(gone);
}

TEST(RewriteNode, ARestoredDraftCanBeChangedAgain) {
  Bed bed("a = f(x)\n");
  const Json asked = bed.address({{"code", "f(x)"}}, 1, {{"code", "g(f(x))"}});
  bed.rewrite(asked);
  bed.tools.restore({});
  EXPECT_EQ(bed.text(), "a = f(x)\n");
  EXPECT_EQ(bed.rewrite(asked), "a = g(f(x))\n");
}

TEST(RewriteNode, ANodeByItselfIsInPlace) {
  Bed bed(kModel);
  bed.in_place(bed.address({{"kind", "if_statement"}}, 1, {{"code", "if y is None:\n    return x"}}));
  bed.in_place(bed.address({{"code", "torch.cumsum($X, 1)"}}, 2, {{"code", "torch.cumsum(x, 1)\n"}}));
}

TEST(RewriteNode, RefusesWhatWouldNotParseAndShowsThePlace) {
  Bed bed(kModel);
  const std::string answer =
      bed.refused(bed.address({{"kind", "if_statement"}}, 1, {{"code", "if y is None:\nreturn ("}}));
  EXPECT_TRUE(says(answer, "pkg/m.py would have a syntax error at line "));
  EXPECT_TRUE(says(answer, "        if y is None:\n"));
}

TEST(RewriteNode, RefusesWhatIsNotTakenAndSaysWhy) {
  Bed bed("def f():\n    if a: b()\n    return x.y\n");
  const Json call = bed.address({{"code", "b()"}});
  const auto with = [&](const Json& base, const Json& more) {
    Json out = base;
    out.update(more);
    return out;
  };
  const std::pair<Json, const char*> cases[] = {
      {with(call, {{"code", "if c:\n    d()"}, {"operation", "insert_before"}}), "needs lines of its own"},
      {with(call, {{"code", "c()  # why"}, {"operation", "insert_before"}}), "needs lines of its own"},
      {with(call, {{"code", "if c:\n    d()"}}), "needs lines of its own"},
      {with(call, {{"code", " \n"}}), "code is empty"},
      {with(call, {{"code", "b() \\"}}), "code ends in a backslash"},
      {with(call, {{"kind", "cal"}, {"code", "x"}}), "there is no kind of node 'cal'; did you mean 'call'?"},
      {with(call, Json::object()), "arguments.code is missing for operation replace"},
      {with(call, {{"operation", "delete"}, {"code", "x"}}), "arguments.code is not taken for operation delete"},
      {with(call, {{"code", "x"}, {"search", "b"}}), "not both"},
      {with(call, {{"code", "x"}, {"fingerprint", nullptr}}), "arguments.fingerprint is missing"},
      {with(call, {{"code", "x"}, {"operation", "remove"}}),
       "not one of: replace, insert_before, insert_after, delete"},
      {bed.address({{"kind", "argument_list"}}, 1, {{"operation", "delete"}}), "only statements and decorators"},
      {bed.address({{"code", "x.y"}}, 1, {{"code", "p = 1"}}), "would have a syntax error at line 3"},
      {{{"symbol", "f"}}, "nothing to change"},
      {{{"symbol", "os"}, {"code", "x = 1"}}, "'os' names nothing among the sources that may be changed"},
      {{{"symbol", "pkg.m:ff"}, {"code", "def ff(): pass"}}, "  pkg.m:f\n"},
  };
  for (const auto& [asked, message] : cases) EXPECT_TRUE(says(bed.refused(asked), message)) << dump(asked);
}

TEST(RewriteNode, WhatStandsBehindOnTheLineIsNotTakenIn) {
  Bed bed("a = 1; b = 2\n");
  for (const char* code : {"if c:\n    a = 1", "a = 3  # why"})
    EXPECT_TRUE(says(bed.refused(bed.address({{"code", "a = 1"}}, 1, {{"code", code}})), "needs lines of its own"));
}

TEST(RewriteNode, AFileThatCannotBeParsedStandsInTheWayOfNothingElse) {
  Bed bed({source_of(std::string(pyast::Document::kMaxBytes + 1, '#'), "big", "big.py"),
           source_of("def f(): return g(1)\n")});
  bed.call("rewrite", bed.address({{"code", "g(1)"}}, 1, {{"code", "h(1)"}}));
  bed.call("rewrite", {{"symbol", "f"}, {"search", "h"}, {"replace", "k"}});
  EXPECT_EQ(bed.text(1), "def f(): return k(1)\n");
  EXPECT_TRUE(says(bed.refused({{"symbol", "ff"}, {"code", "x"}}), "pkg.m:f"));
}

TEST(RewriteNode, PutsImportsWhereTheyBelongAndOnlyOnce) {
  Bed bed("\"\"\"Doc.\"\"\"\nimport os\n\ndef f(x):\n    return g(x)\n");
  Json asked = bed.address({{"code", "g(x)"}}, 1, {{"code", "F.relu(x)"}});
  asked["imports"] = {"import torch.nn.functional as F", "import os", "from torch import nn"};
  const std::string text = bed.rewrite(asked);
  EXPECT_EQ(text,
            "\"\"\"Doc.\"\"\"\nimport os\nimport torch.nn.functional as F\nfrom torch import nn\n\ndef f(x):\n"
            "    return F.relu(x)\n");
  bed.in_place(asked);
  bed.in_place({{"symbol", "pkg.m"}, {"imports", {"from torch import nn"}}});
  EXPECT_TRUE(says(bed.refused({{"symbol", "pkg.m"}, {"imports", {"import nn"}}}), "'nn' means something else"));
  EXPECT_TRUE(says(bed.refused({{"symbol", "pkg.m"}, {"imports", {"import f"}}}), "'f' means something else"));
  for (const char* statement :
       {"x = 1", "import a\nimport b", "from a import *", "import (", "from __future__ import x"})
    EXPECT_TRUE(says(bed.refused({{"symbol", "pkg.m"}, {"imports", {statement}}}), "imports: '")) << statement;
}

TEST(RewriteNode, AnImportThatIsRefusedUndoesTheWholeChange) {
  Bed bed("import os\nx = f(1)\n");
  bed.refused(bed.address({{"code", "f(1)"}}, 1, {{"code", "g(1)"}, {"imports", {"import x"}}}));
  EXPECT_EQ(bed.text(), "import os\nx = f(1)\n");
}

TEST(RewriteNode, TakingAChangeBackLeavesAnEmptyDraft) {
  Bed bed("x = f(1)\n");
  bed.rewrite(bed.address({{"code", "f(1)"}}, 1, {{"code", "g(1)"}}));
  bed.rewrite(bed.address({{"code", "g(1)"}}, 1, {{"code", "f(1)"}}));
  EXPECT_EQ(bed.tools.draft(), Draft{});
}

TEST(RewriteNode, SitesAreTheFunctionsThatDiffer) {
  Bed bed({source_of(kModel), source_of("a = 1\nb = 2\n", "pkg.n", "pkg/n.py")});
  EXPECT_TRUE(bed.tools.sites().empty());
  bed.rewrite(bed.address({{"code", "torch.cumsum($X, 1)"}}, 2, {{"code", "scan(x)"}}));
  bed.rewrite(bed.address({{"kind", "if_statement"}}, 1, {{"operation", "delete"}}));
  bed.rewrite(bed.address({{"code", "b = 2"}}, 1, {{"code", "b = 3"}}));
  using Site = Toolbox::Site;
  EXPECT_EQ(bed.tools.sites(), (std::vector<Site>{{"pkg.m", "pkg/m.py", "A.forward", 7},
                                                  {"pkg.m", "pkg/m.py", "B.forward", 12},
                                                  {"pkg.n", "pkg/n.py", "", 2}}));
}

}  // namespace
}  // namespace adapt::toolbox
