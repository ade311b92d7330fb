#include <gtest/gtest.h>

#include "tests/unit/toolbox/stand_in_bench.h"

namespace adapt::toolbox {
namespace {

std::vector<Source> two() {
  return {source_of("import torch\n\n\nclass A:\n    def f(self, x):\n        y = torch.cumsum(x, 1)\n        return "
                    "y\n\n\nz = 1\n"),
          source_of("from torch import cumsum as scan\n\n\ndef f(x):\n    def g():\n        return x.cumsum(1)\n    "
                    "return g() + scan(x, dim=1)\n",
                    "pkg.n", "pkg/n.py")};
}

// Rows with their fingerprints, which are no business of a test, replaced.
std::string rows_of(const Reply& reply) {
  EXPECT_FALSE(reply.is_error) << reply.text;
  std::string out;
  for (const std::string_view line : split_lines(reply.text)) {
    const auto words = split(line, ' ');
    if (words.size() == 6 && words[4] == "line") {
      EXPECT_EQ(words[3].size(), 8U);
      out += fmt::format("{} {} {} @{}\n", words[0], words[1], words[2], words[5]);
    } else if (line.starts_with("| ")) {
      out += fmt::format("{}\n", line);
    }
  }
  return out;
}

TEST(FindNodes, ByCodeFindsEverySpellingInEverySource) {
  Bed bed(two());
  const Reply reply = bed.call("find_nodes", {{"code", "torch.cumsum($X, $D)"}});
  EXPECT_TRUE(says(reply.text, "3 nodes found."));
  EXPECT_EQ(rows_of(reply),
            "pkg.m:A.f call 1 @6\n| torch.cumsum(x, 1)\n"
            "pkg.n:f.<locals>.g call 1 @6\n| x.cumsum(1)\n"
            "pkg.n:f call 3 @7\n| scan(x, dim=1)\n");
}

TEST(FindNodes, WithinASymbol) {
  Bed bed(two());
  EXPECT_EQ(rows_of(bed.call("find_nodes", {{"code", "torch.cumsum($X, $D)"}, {"symbol", "A.f"}})),
            "pkg.m:A.f call 1 @6\n| torch.cumsum(x, 1)\n");
  EXPECT_EQ(rows_of(bed.call("find_nodes", {{"kind", "return_statement"}, {"symbol", "pkg.n"}})),
            "pkg.n:f.<locals>.g return_statement 1 @6\n| return x.cumsum(1)\n"
            "pkg.n:f return_statement 2 @7\n| return g() + scan(x, dim=1)\n");
}

TEST(FindNodes, StatementsAreRowsEach) {
  Bed bed("def f():\n    a = 1\n    b = a\n    return b\n");
  EXPECT_EQ(rows_of(bed.call("find_nodes", {{"code", "$A = 1\n$B = $A"}})),
            "pkg.m:f expression_statement 1 @2\n| a = 1\npkg.m:f expression_statement 2 @3\n| b = a\n");
}

TEST(FindNodes, TextIsShownFromTheLeftMargin) {
  Bed bed("class A:\n    def f(self):\n        if a:\n            b()\n");
  EXPECT_EQ(rows_of(bed.call("find_nodes", {{"kind", "if_statement"}})),
            "pkg.m:A.f if_statement 1 @3\n| if a:\n|     b()\n");
}

TEST(FindNodes, LimitsAreSaid) {
  std::string text;
  for (int i = 0; i < 200; ++i) text += fmt::format("f({})\n", i);
  Bed bed(text);
  EXPECT_TRUE(says(bed.call("find_nodes", {{"code", "f($X)"}}).text, "200 nodes found, the first 20 shown."));
  EXPECT_TRUE(
      says(bed.call("find_nodes", {{"kind", "call"}, {"limit", 1}}).text, "200 nodes found, the first 1 shown."));
  EXPECT_TRUE(says(bed.call("find_nodes", {{"code", "g($X)"}}).text, "0 nodes found."));
}

TEST(FindNodes, TheDraftIsSearched) {
  Bed bed(two());
  bed.rewrite({{"symbol", "pkg.m"}, {"search", "z = 1"}, {"replace", "z = torch.cumsum(w, 0)"}});
  EXPECT_EQ(rows_of(bed.call("find_nodes", {{"code", "torch.cumsum($X, 0)"}})),
            "pkg.m call 2 @10\n| torch.cumsum(w, 0)\n");
}

TEST(FindNodes, ComplaintsSayWhatIsWrong) {
  Bed bed(two());
  const std::pair<Json, const char*> cases[] = {
      {Json::object(), "give either code or kind"},
      {{{"code", "x"}, {"kind", "call"}}, "give either code or kind"},
      {{{"kind", "cal"}}, "there is no kind of node 'cal'; did you mean 'call'?"},
      {{{"code", "f("}}, "arguments.code: "},
      {{{"code", "x"}, {"symbol", "A.g"}}, "  pkg.m:A.f\n"},
      {{{"code", "x"}, {"limit", 0}}, "arguments.limit is 0, not between 1 and 100"},
  };
  for (const auto& [asked, message] : cases) {
    const Reply reply = bed.call("find_nodes", asked);
    EXPECT_TRUE(reply.is_error);
    EXPECT_TRUE(says(reply.text, message));
  }
}

}  // namespace
}  // namespace adapt::toolbox
