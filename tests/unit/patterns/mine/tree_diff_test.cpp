#include "patterns/mine/tree_diff.h"

#include "tests/unit/patterns/mine/mine_text.h"

namespace adapt::patterns::mine {
namespace {

// "old ==> new" of each edit.
std::vector<std::string> edits(const std::string& before, const std::string& after) {
  const Example example = example_of(before, after);
  std::vector<std::string> out;
  for (const TreeEdit& edit : example.diff().edits()) {
    const auto text = [](const TermTree& tree, pyast::Span span) { return std::string(tree.document().text(span)); };
    out.push_back(
        text(example.before(), run_span(example.before(), edit.before_parent, edit.before_first, edit.before_count)) +
        " ==> " +
        text(example.after(), run_span(example.after(), edit.after_parent, edit.after_first, edit.after_count)));
  }
  return out;
}

using List = std::vector<std::string>;

TEST(TreeDiff, FindsTheSmallestPieceThatChanged) {
  EXPECT_EQ(edits(function("z = torch.cumsum(mask, 1) - 1"), function("z = torch.cumsum(mask.long(), 1) - 1")),
            List{"mask ==> mask.long()"});
  EXPECT_EQ(edits(function("z = x.squeeze(-1)"), function("z = x.squeeze(-1).contiguous()")),
            List{"x.squeeze(-1) ==> x.squeeze(-1).contiguous()"});
  EXPECT_EQ(edits(function("if x > 0:\n    y = 1\nreturn y"), function("if x >= 0:\n    y = 1\nreturn y")),
            List{"x > 0 ==> x >= 0"});
}

TEST(TreeDiff, TellsInsertedDeletedAndChangedStatementsApart) {
  EXPECT_EQ(edits(function("a = x\nb = y"), function("a = x\nprint(a)\nb = y")), List{" ==> print(a)"});
  EXPECT_EQ(edits(function("a = x\nprint(a)\nb = y"), function("a = x\nb = y")), List{"print(a) ==> "});
  // One target, one statement, however little the values have in common.
  EXPECT_EQ(edits(function("a = x.median(1)\nb = y"), function("a = torch.sort(y).values\nb = y")),
            List{"x.median(1) ==> torch.sort(y).values"});
}

TEST(TreeDiff, SeesAnnotationsThatMatchingPassesOver) {
  EXPECT_EQ(edits("import torch\ndef f(x: torch.FloatTensor) -> torch.LongTensor: pass\n",
                  "import torch\ndef f(x: torch.Tensor) -> torch.LongTensor: pass\n"),
            List{"torch.FloatTensor ==> torch.Tensor"});
}

TEST(TreeDiff, SpellingsThatPatternsDoNotSeeAreNoChanges) {
  EXPECT_EQ(edits(function("z = torch.cumsum(x, 1)  # why"), function("z = torch.cumsum(\n    x, dim=1,\n)")), List{});
  EXPECT_EQ(edits(function("z = x.cumsum(dim=1)"), function("z = torch.cumsum(x, 1)")), List{});
  EXPECT_EQ(
      edits("import torch.nn.functional as F\ny = F.gelu(x)\n", "from torch import nn\ny = nn.functional.gelu(x)\n"),
      (List{"import torch.nn.functional as F ==> from torch import nn"}));
}

TEST(TreeDiff, KnowsWhatBecameOfUnchangedCode) {
  const Example example = example_of(function("a = x\nb = y + 1"), function("b = y + 1\nprint(b)"));
  const auto statements = example.before().of_kind("expression_statement");
  ASSERT_EQ(statements.size(), 2U);
  EXPECT_EQ(example.diff().counterpart(statements[0]), kNoTerm);
  EXPECT_TRUE(example.diff().unchanged(statements[1]));
}

}  // namespace
}  // namespace adapt::patterns::mine
