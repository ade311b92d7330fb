#include "patterns/search/sites.h"

#include "tests/unit/patterns/search/search_text.h"

namespace adapt::search {
namespace {

using Texts = std::vector<std::string>;

TEST(Sites, SayWhereAndInWhatFunctionTheyAre) {
  const auto pattern = code_pattern("torch.finfo($A).min");
  const SourceSites got = sites_of(*pattern,
                                   "import torch\nclass A:\n    def f(self):\n        é = 'é'; x = torch.finfo(\n"
                                   "            y).min\n        return x\n");
  ASSERT_EQ(got.sites.size(), 1U);
  const Site& site = got.sites[0];
  EXPECT_EQ(site.text, "torch.finfo(\n            y).min");
  EXPECT_EQ(site.place.line, 4U);
  EXPECT_EQ(site.place.column, 22U);  // characters, not bytes
  EXPECT_EQ(site.place.end_line, 5U);
  EXPECT_EQ(site.place.end_column, 19U);
  EXPECT_EQ(site.source_line, "        é = 'é'; x = torch.finfo(");
  EXPECT_EQ(site.function, "A.f");
  EXPECT_EQ(site.function_line, 3U);
  EXPECT_EQ(site.function_end_line, 6U);
  EXPECT_TRUE(got.notes.empty());
}

TEST(Sites, AreFoundUnderEveryNameAndSpelling) {
  EXPECT_EQ(found("torch.finfo($A).min", "from torch import finfo as fi\ndef f(x):\n    return fi(x).min\n"),
            Texts{"fi(x).min"});
  EXPECT_EQ(found("torch.finfo($A).min", "from torch import (finfo  # so\n as fi)\ndef f(x):\n    return fi(x).min\n"),
            Texts{"fi(x).min"});
  EXPECT_EQ(found("torch.cat($A, dim=0)", "import torch\ny = torch.concat(z, 0)\n"), Texts{"torch.concat(z, 0)"});
  EXPECT_EQ(found("F.pad($A, $B)", "from torch.nn import functional as G\ndef f(x):\n    return G.pad(x, 1)\n"),
            Texts{"G.pad(x, 1)"});
  EXPECT_EQ(found("$X.to(torch.int64)", "import torch\ny = x.to(torch.long)\nz = x.long()\n"),
            (Texts{"x.to(torch.long)", "x.long()"}));
  EXPECT_EQ(found("$X.masked_fill($M, float('-inf'))",
                  "import math\ny = x.masked_fill(m, -math.inf)\nz = x.masked_fill(m, value=float(\"-inf\"))\n"),
            (Texts{"x.masked_fill(m, -math.inf)", "x.masked_fill(m, value=float(\"-inf\"))"}));
}

TEST(Sites, ANameThatTheModuleBindsIsAnother) {
  // The definition that shadows stands in a statement that holds nothing else of interest.
  EXPECT_EQ(found("F.pad($A)", "def f(x):\n    return F.pad(x)\n"), Texts{"F.pad(x)"});
  EXPECT_EQ(found("F.pad($A)", "class F:\n    y = 1\n\ndef f(x):\n    return F.pad(x)\n"), Texts{});
  EXPECT_EQ(found("F.pad($A)", "F = 'a long text'\ndef f(x):\n    return F.pad(x)\n"), Texts{});
  EXPECT_EQ(found("F.pad($A)", "def g():\n    global F\n    F = 1\ndef f(x):\n    return F.pad(x)\n"), Texts{});
  EXPECT_EQ(found("F.pad($A)", "g(F := 1)\ndef f(x):\n    return F.pad(x)\n"), Texts{});
}

TEST(Sites, PatternsOfStatementsSeeAllTheyNeed) {
  EXPECT_EQ(found("a = $X\n$$B\nb = $Y", "a = 1\nclass C:\n    def f(self):\n        pass\nb = 2\n").size(), 1U);
  EXPECT_EQ(found("class A:\n    $$A\n    def second(self):\n        $$D\n",
                  "class A:\n    def first(self):\n        return 1\n    def second(self):\n        return 2\n")
                .size(),
            1U);
}

TEST(Sites, AskForRequiredEditsAndScope) {
  const auto pattern = patterns::pattern_of(
      "[edit first]\n- a($X)\n+ b($X)\n@in class C\n[edit second after first scope=file]\n- c()\n+ d()\n"
      "[check]\nrequire all\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const std::string body = "class C:\n    def f(self):\n        a(1)\na(2)\n";
  EXPECT_EQ(sites_of(*pattern, body).sites.size(), 0U);
  EXPECT_EQ(sites_of(*pattern, body + "def g():\n    c()\n").sites.size(), 1U);
}

TEST(Sites, AConditionOnTheClassSeesTheClass) {
  const auto pattern = patterns::pattern_of("[edit e]\n- a($X)\n+ b($X)\n@class contains other($_)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  EXPECT_EQ(
      sites_of(*pattern, "class C:\n    def f(self):\n        a(1)\n    def g(self):\n        other(2)\n").sites.size(),
      1U);
  EXPECT_EQ(sites_of(*pattern, "class C:\n    def f(self):\n        a(1)\n    def g(self):\n        another(2)\n")
                .sites.size(),
            0U);
}

TEST(Sites, ABrokenPartHidesNoOther) {
  const std::string good = "def f():\n    return g(1)\n";
  const std::string broken = "def h():\n    g(2) = = 3\n";
  EXPECT_EQ(found("g($X)", good + broken), Texts{"g(1)"});
  EXPECT_EQ(found("g($X)", broken + good), Texts{"g(1)"});
  const auto pattern = code_pattern("g($X)");
  const SourceSites got = sites_of(*pattern, good + broken);
  ASSERT_EQ(got.notes.size(), 1U);
  EXPECT_EQ(got.notes[0], "not Python throughout: 1 of its statements not searched, the first at line 3");
  // In a class the broken member only.
  EXPECT_EQ(found("g($X)", "class C:\n    def a(self):\n        g(1)\n    def b(self):\n        g(2) = = 3\n"),
            Texts{"g(1)"});
  // A bracket that never closes leaves no statement to tell apart: as far as the grammar gets.
  const SourceSites open = sites_of(*pattern, good + "x = (\n");
  EXPECT_EQ(open.notes, Texts{"not Python throughout; searched as far as it parses"});
}

TEST(Sites, PythonTwoIsSearchedAsFarAsItParses) {
  EXPECT_EQ(found("g($X)", "def f():\n    print 'x', g(1)\n\ndef h():\n    exec 'x' in y\n    return g(2)\n").size(),
            2U);
}

TEST(Sites, BytesThatAreNoTextAreNoCrash) {
  for (const std::string& text :
       {std::string("g(1)\n\xff\xfe\xc3(g(2))\n"), std::string("\0g(1)\n", 6), std::string("x = '\xff' + g(1)\n"),
        std::string("\xef\xbb\xbfg(1)\n"), std::string("g(1)\r\nclass A:\r\n\tdef f(self):\r\n\t\tg(2)\r\n")})
    static_cast<void>(found("g($X)", text));
  EXPECT_EQ(found("g($X)", "\xef\xbb\xbfg(1)\n"), Texts{"g(1)"});
  EXPECT_EQ(found("g($X)", "g(1)\r\nclass A:\r\n\tdef f(self):\r\n\t\tg(2)\r\n"), (Texts{"g(1)", "g(2)"}));
}

TEST(Sites, LongTextsAreCutBetweenCharacters) {
  std::string text = "g('";
  for (int i = 0; i < 3000; ++i) text += "é";
  const auto got = found("g($X)", text + "')\n");
  ASSERT_EQ(got.size(), 1U);
  EXPECT_LE(got[0].size(), Site::kMaxText + 3);
  EXPECT_TRUE(got[0].ends_with("é..."));
}

// What each variable of the first site stands for, "-" for nothing.
Texts bound(const patterns::Pattern& pattern, const std::string& text) {
  Texts out;
  const SourceSites got = sites_of(pattern, text);
  for (const Binding& binding : got.sites.at(0).variables)
    out.push_back(binding.name + "=" +
                  (binding.span ? text.substr(binding.span->begin, binding.span->end - binding.span->begin) : "-"));
  return out;
}

TEST(Sites, SayWhatVariablesStandForInTheFileNotInTheExcerpt) {
  const std::string left_out = "def unrelated():\n    return 'é'\n\n\n";
  const auto call = code_pattern("torch.cat($A, dim=$D)");
  EXPECT_EQ(bound(*call, "import torch\n" + left_out + "x = torch.cat((a, b), 1)\n"), (Texts{"A=(a, b)", "D=1"}));
  const auto block = code_pattern("a = $X\n$$B\nb = $Y");
  EXPECT_EQ(bound(*block, left_out + "a = 1\nb = 2\n"), (Texts{"X=1", "B=-", "Y=2"}));
  EXPECT_EQ(bound(*block, left_out + "a = 1\nc = 3\nd = 4\nb = 2\n"), (Texts{"X=1", "B=c = 3\nd = 4", "Y=2"}));
}

TEST(Sites, DeclaredVariablesAreNarrower) {
  auto declared = patterns::parse_variable("X", "expr simple");
  ASSERT_TRUE(declared);
  const auto pattern = pattern_of_code("g($X)", patterns::shipped_table(), {*declared});
  ASSERT_TRUE(pattern);
  ASSERT_EQ(sites_of(**pattern, "g(x + 1)\ng(x)\n").sites.size(), 1U);
  const auto unknown =
      pattern_of_code("g($MASK)", patterns::shipped_table(), {*patterns::parse_variable("MAKS", "expr")});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().message, "the code holds no $MAKS; did you mean 'MASK'?");
}

}  // namespace
}  // namespace adapt::search
