#include "patterns/mine/mine.h"

#include "patterns/mine/replay.h"
#include "tests/unit/patterns/mine/mine_text.h"

namespace adapt::patterns::mine {
namespace {

std::vector<Example> list(std::vector<std::pair<std::string, std::string>> pairs) {
  std::vector<Example> out;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    out.push_back(example_of(function(pairs[i].first), function(pairs[i].second), "m" + std::to_string(i)));
  return out;
}

std::vector<Example> one(const std::string& before, const std::string& after) {
  std::vector<Example> out;
  out.push_back(example_of(before, after));
  return out;
}

TEST(Mine, OneExampleBecomesARuleOfWhatChanged) {
  EXPECT_EQ(text_of(mined_from(list(
                {{"z = x.masked_fill(mask == 0, -1e4)", "z = x.masked_fill(mask == 0, torch.finfo(x.dtype).min)"}}))),
            "X2: expr known dtype=bool\n"
            "X3: expr number <= -1000\n"
            "- $X.masked_fill($X2, $X3)\n"
            "+ $X.masked_fill($X2, torch.finfo($X.dtype).min)\n");
}

TEST(Mine, NamesThatTheOldCodeBindsMayBeAny) {
  EXPECT_EQ(text_of(mined_from(list({{"z = [v.item() for v in torch.linspace(0, x, y)]", "z = rates(x, y)"}}))),
            "- [$V.item() for $V in torch.linspace(0, $X, $Y)]\n"
            "+ rates($X, $Y)\n");
}

// What is left alone elsewhere in the file says how far a rule may go.
TEST(Mine, UnchangedCodeNarrowsARule) {
  const std::vector<Example> examples =
      list({{"hit = x > 1\na = torch.cumsum(hit, 0)\nb = torch.cumsum(y.float(), 0)",
             "hit = x > 1\na = torch.cumsum(hit.long(), 0)\nb = torch.cumsum(y.float(), 0)"}});
  const Mined mined = mined_from(examples);
  EXPECT_EQ(text_of(mined),
            "HIT: expr known dtype=bool\n"
            "REST: args*\n"
            "- torch.cumsum($HIT, $REST)\n"
            "+ torch.cumsum($HIT.long(), $REST)\n");
}

TEST(Mine, SeveralExamplesShareWhatTheyHaveInCommon) {
  const std::vector<Example> examples =
      list({{"a = x.unet.in_channels", "a = x.unet.config.in_channels"},
            {"b = y.vae.in_channels\nc = y.weight", "b = y.vae.config.in_channels\nc = y.weight"},
            {"d = mask.scale\ne = mask.shape", "d = mask.config.scale\ne = mask.shape"}});
  const Mined mined = mined_from(examples);
  EXPECT_EQ(mined.explained, 3U);
  EXPECT_NE(text_of(mined).find(": name in {in_channels, scale}"), std::string::npos) << text_of(mined);
}

TEST(Mine, AnInsertionIsFoundByItsNeighbour) {
  const std::vector<Example> examples = list({{"h = x.permute(0, 2, 1)\nreturn h.view(2, -1)",
                                               "h = x.permute(0, 2, 1)\nh = h.contiguous()\nreturn h.view(2, -1)"}});
  const Mined mined = mined_from(examples);
  ASSERT_EQ(mined.rules.size(), 1U) << text_of(mined);
  EXPECT_NE(text_of(mined).find("+ $H = $H.contiguous()"), std::string::npos) << text_of(mined);
}

TEST(Mine, NoRuleNeedsAVariableThatItsOldCodeDoesNotHold) {
  // The device is another tensor's, which only the function around knows.
  const std::vector<Example> examples = list({{"return torch.arange(4)", "return torch.arange(4, device=x.device)"}});
  const Mined mined = mined_from(examples);
  EXPECT_EQ(mined.edits, 1U);
  EXPECT_TRUE(mined.rules.empty()) << text_of(mined);
}

TEST(Mine, ARuleThatContradictsAnExampleIsNotKept) {
  const std::vector<Example> examples = list({{"a = x.relu_()", "a = x.relu()"}, {"b = y.relu_()", "b = y.relu_()"}});
  const Mined mined = mined_from(examples);
  EXPECT_TRUE(mined.rules.empty()) << text_of(mined);
}

TEST(Mine, FormatsBecomeFStringsAfterOneExample) {
  EXPECT_EQ(text_of(mined_from(list({{"a = '{} {:.2f}'.format(x, y)", "a = f'{x} {y:.2f}'"}}))),
            "X: str\n"
            "REST: args*\n"
            "TEXT: str = format-fstring($X, $REST)\n"
            "- $X.format($REST)\n"
            "+ $TEXT\n");
}

TEST(Mine, WordsThatChangeAlikeAreComputed) {
  const std::string text = text_of(mined_from(list({{"x.clamp_(min=0)", "x = x.clamp(min=0)"},
                                                    {"y.exp_()", "y = y.exp()"},
                                                    {"mask.mul_(x)", "mask = mask.mul(x)"}})));
  EXPECT_NE(text.find(": name = drop-suffix($"), std::string::npos) << text;
  EXPECT_EQ(text.find("in {"), std::string::npos) << text;  // any word with that ending
}

TEST(Mine, FunctionsOfOnePackageShareARule) {
  const std::string text =
      text_of(mined_from(list({{"a = np.sin(x)", "a = torch.sin(x)"}, {"a = np.cos(y)", "a = torch.cos(y)"}})));
  EXPECT_NE(text.find("- np.$COS($Y)\n+ torch.$COS($Y)"), std::string::npos) << text;
}

TEST(Mine, ArgumentsThatTheEditLeavesAreAnyNumber) {
  const std::string text =
      text_of(mined_from(list({{"x.fill_(y, mask)", "x = x.fill(y, mask)"}, {"x.fill_(y)", "x = x.fill(y)"}})));
  EXPECT_NE(text.find("- $X.$FILL_($REST)"), std::string::npos) << text;
}

TEST(Mine, TheCallThatMadeAValueTellsPlacesApart) {
  const std::string text =
      text_of(mined_from(list({{"a = make()\nb = a.warn\nc = x.warn", "a = make()\nb = a.warning\nc = x.warn"},
                               {"d = make()\ne = d.warn\nf = y.warn", "d = make()\ne = d.warning\nf = y.warn"}})));
  EXPECT_NE(text.find("made-by {make}"), std::string::npos) << text;
}

TEST(Mine, DifferentLargeNumbersStandForAnyLargeOne) {
  const std::string text = text_of(mined_from(list({{"a = x.masked_fill(mask, -1e9)", "a = low(x, mask)"},
                                                    {"a = y.masked_fill(mask, float('-inf'))", "a = low(y, mask)"}})));
  EXPECT_NE(text.find("number <= -1000"), std::string::npos) << text;
}

// A write of values that the same mask chose is another edit than a write of one value.
TEST(Mine, ARuleMayStandBehindItsExceptions) {
  const std::vector<Example> examples =
      list({{"hit = x > 1\nx[hit] = y[hit]\nx[~hit] = 0.5",
             "hit = x > 1\nx = torch.where(hit, y, x)\nx = torch.where(~hit, 0.5, x)"},
            {"low = y < 0\ny[low] = x[low]\ny[y > 2] = x.max()",
             "low = y < 0\ny = torch.where(low, x, y)\ny = torch.where(y > 2, x.max(), y)"}});
  const Mined mined = mined_from(examples);
  EXPECT_EQ(mined.explained, mined.edits) << text_of(mined);
  ASSERT_EQ(mined.rules.size(), 2U) << text_of(mined);
  const auto ends_with_index = [](const Learned& learned) {
    return rule_text(learned.rule).body.front().text.ends_with("]");
  };
  EXPECT_TRUE(ends_with_index(mined.rules[0])) << text_of(mined);
  EXPECT_FALSE(ends_with_index(mined.rules[1])) << text_of(mined);
}

TEST(Mine, WhatNewCodeAsksOfItsArgumentsIsAskedOfPlaces) {
  const std::string text =
      text_of(mined_from(list({{"if x.sum() > 1:\n    y = x", "y = torch.where(x.sum() > 1, x, y)"}})));
  EXPECT_NE(text.find("known dtype=bool ; known tensor"), std::string::npos) << text;
}

TEST(Mine, OneLargeNumberStandsForAnyLargeOne) {
  const std::string text = text_of(mined_from(list({{"a = x.masked_fill(mask, -1e9)", "a = low(x, mask)"}})));
  EXPECT_NE(text.find("number <= -1000"), std::string::npos) << text;
}

TEST(Mine, FunctionsThatAreUsedAlikeShareARule) {
  const std::string text = text_of(mined_from(list(
      {{"a = np.mean(x, axis=1)", "a = torch.mean(x, dim=1)"}, {"a = np.sum(y, axis=0)", "a = torch.sum(y, dim=0)"}})));
  EXPECT_NE(text.find("cumsum"), std::string::npos) << text;
}

TEST(Mine, WordsOfTwoSortsBringThoseLikeEither) {
  const std::string text =
      text_of(mined_from(list({{"a = np.exp(x)\nb = np.hypot(x)\nc = np.log(y)\nd = np.maximum(y)",
                                "a = torch.exp(x)\nb = torch.hypot(x)\nc = torch.log(y)\nd = torch.maximum(y)"}})));
  EXPECT_NE(text.find("cosh"), std::string::npos) << text;
  EXPECT_NE(text.find("minimum"), std::string::npos) << text;
}

// The host's own numpy stays, and nothing else tells the two apart.
TEST(Mine, ARepairOfTracedCodeIsNoneOfTheHost) {
  const auto module = [](const std::string& package) {
    std::string out = "import numpy as np\nimport torch\n\n\ndef load(x):\n    return np.exp(x)\n\n\ndef forward(x):\n";
    for (const char* name : {"a", "b", "c", "d", "e", "f"})
      out += "    " + std::string(name) + " = " + package + ".exp(x)\n";
    return out;
  };
  const std::vector<Example> examples = one(module("np"), module("torch"));
  EXPECT_EQ(text_of(mined_from(examples)), "- np.exp($X)\n+ torch.exp($X)\n@ in traced\n");
}

TEST(Mine, ObjectsOfTheModuleAreKnownByWhatMadeThem) {
  const std::string head = "import logging\n\nout = logging.getLogger('x')\n\n\n";
  const std::vector<Example> examples = one(head + "def f(x):\n    out.warn(x)\n    out.warn(x + 1)\n",
                                            head + "def f(x):\n    out.warning(x)\n    out.warning(x + 1)\n");
  EXPECT_EQ(text_of(mined_from(examples)), "OUT: expr made-by {getLogger}\n- $OUT.warn\n+ $OUT.warning\n");
}

TEST(Mine, AnInsertionIsMadeForWhatReadsTheValue) {
  const std::string text = text_of(mined_from(
      list({{"a = x.t()\nb = a.view(2)\nc = y.t()\nd = c.sum()",
             "a = x.t()\na = a.contiguous()\nb = a.view(2)\nc = y.t()\nd = c.sum()"},
            {"a = mask.t()\nreturn a.view(3, -1)", "a = mask.t()\na = a.contiguous()\nreturn a.view(3, -1)"}})));
  EXPECT_NE(text.find("A: expr read-by {view}"), std::string::npos) << text;
}

TEST(Mine, NoRuleWouldRepairItsOwnWork) {
  const std::string after = function("h = mask\nh = h.contiguous()\nreturn h.view(2)");
  const Mined mined =
      mined_from(list({{"h = x.t()\nreturn h.view(2)", "h = x.t()\nh = h.contiguous()\nreturn h.view(2)"},
                       {"h = mask\nreturn h.view(2)", "h = mask\nh = h.contiguous()\nreturn h.view(2)"}}));
  EXPECT_GT(mined.explained, 0U);
  for (const Learned& learned : mined.rules) {
    const auto again = score(learned.rule, learned.compiled, one(after, after));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->wrong, 0U) << text_of(mined);
  }
}

TEST(Mine, ATensorAtHandIsLookedForWhereTheRuleIsApplied) {
  const std::vector<Example> examples =
      list({{"n = x.shape[0]\nself.a = torch.zeros(n)\nself.b = torch.zeros(n, n)",
             "n = x.shape[0]\nself.a = torch.zeros(n, device=x.device)\nself.b = torch.zeros(n, n, device=x.device)"}});
  const Mined mined = mined_from(examples);
  EXPECT_EQ(mined.explained, 2U) << text_of(mined);
  for (const Learned& learned : mined.rules) EXPECT_EQ(learned.score.wrong, 0U) << text_of(mined);
}

TEST(Mine, OneInPlaceMethodStandsForAllOnNames) {
  const std::string text = text_of(mined_from(list({{"x.mul_(2)\nreturn x", "x = x.mul(2)\nreturn x"}})));
  EXPECT_NE(text.find("NEW: name = drop-suffix($MUL_, _)"), std::string::npos) << text;
  EXPECT_NE(text.find("X: expr kind = identifier"), std::string::npos) << text;
}

TEST(Mine, ADeviceIsThatOfATensorAtHand) {
  const std::string text = text_of(mined_from(list({{"n = x.shape[0]\nreturn torch.arange(n) + y",
                                                     "n = x.shape[0]\nreturn torch.arange(n, device=x.device) + y"}})));
  EXPECT_NE(text.find("HERE: expr = tensor-at-hand()"), std::string::npos) << text;
}

// Each of two nested calls is an edit of its own.
TEST(Mine, EditsInsideEditsAreApart) {
  const std::string text = text_of(
      mined_from(list({{"a = np.clip(np.floor(x), 0, y).long()", "a = torch.clamp(torch.floor(x), 0, y).long()"}})));
  EXPECT_NE(text.find("np.clip($"), std::string::npos) << text;
  EXPECT_EQ(text.find("np.clip(np"), std::string::npos) << text;
}

TEST(Mine, NoStatementReadsANameBeforeItsOwnCodeBindsIt) {
  const std::vector<Example> examples = list({{"a = old(x)", "c = c[None]\na = new(x, c)"}});
  const Mined mined = mined_from(examples);
  EXPECT_TRUE(mined.rules.empty()) << text_of(mined);
}

TEST(WritePattern, GivesAPatternThatReplaysItsExamples) {
  const std::vector<Example> examples =
      list({{"for i in range(4):\n    new = x * y\n    if (new - x).max() < 1:\n        break\n    x = new\nreturn x",
             "done = x.sum() < 0\nfor i in range(4):\n    new = x * y\n    done = done | ((new - x).max() < 1)\n"
             "    x = torch.where(done, x, new)\nreturn x"}});
  const Mined mined = mined_from(examples);
  PatternHead head;
  head.id = "test/learned";
  head.title = "Loops that end early";
  const auto text = write_pattern(head, mined, examples, shipped_table());
  ASSERT_TRUE(text) << text.error().message;
  const auto pattern = parse_pattern(*text, "learned.adapt", shipped_table());
  ASSERT_TRUE(pattern) << pattern.error().message << "\n" << *text;
  const auto done = replay(*pattern, examples);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->exact, 1U) << *text;
  EXPECT_EQ(done->wrong, 0U);
  EXPECT_NE(text->find("[sample change 1]"), std::string::npos) << *text;
  const auto failures = check_samples(*pattern);
  ASSERT_TRUE(failures);
  for (const SampleFailure& failure : *failures) EXPECT_EQ(failure.sample, "") << failure.why << failure.diff;
}

TEST(WritePattern, BringsTheImportsAndHelpersOfTheNewSource) {
  const std::vector<Example> examples = [] {
    std::vector<Example> out;
    out.push_back(example_of("import torch\n\n\ndef f(x):\n    return x.item()\n",
                             "import torch\nfrom .tools import plain\n\n\ndef twice(x):\n    return x * 2\n\n\n"
                             "def f(x):\n    return twice(plain(x))\n"));
    return out;
  }();
  PatternHead head;
  head.id = "test/helper";
  head.title = "t";
  const auto text = write_pattern(head, mined_from(examples), examples, shipped_table());
  ASSERT_TRUE(text) << text.error().message;
  EXPECT_NE(text->find("ensure from .tools import plain"), std::string::npos) << *text;
  EXPECT_NE(text->find("[helper twice]\ndef twice(x):\n    return x * 2"), std::string::npos) << *text;
}

}  // namespace
}  // namespace adapt::patterns::mine
