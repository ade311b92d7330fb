#include "patterns/oracle.h"

#include "patterns/corpus.h"
#include "patterns/given_fact.h"
#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

using Answer = std::optional<bool>;

// Two draws: x [2, 8] and [1, 8], h as x, wide [2, 8, 4] and [1, 8, 4], table [8, 4] in both; n a number.
Facts told() {
  const auto tensor = [](const char* dtype, Shape first, Shape second, bool is_static) {
    Fact fact;
    fact.dtypes = {dtype};
    fact.rank = static_cast<std::int64_t>(first.size());
    fact.shapes = {first, second};
    fact.is_static = is_static;
    fact.parameter = false;
    fact.aliased = true;
    fact.gradient = false;
    return fact;
  };
  Facts facts;
  facts.add(Facts::kAnyLine, "x", tensor("float32", {2, 8}, {1, 8}, false));
  Fact own = tensor("float32", {2, 8}, {1, 8}, false);
  own.aliased = false;
  own.gradient = true;
  facts.add(Facts::kAnyLine, "h", own);
  facts.add(Facts::kAnyLine, "half", tensor("float16", {2, 8}, {1, 8}, false));
  facts.add(Facts::kAnyLine, "mask", tensor("bool", {2, 8}, {1, 8}, false));
  facts.add(Facts::kAnyLine, "wide", tensor("float32", {2, 8, 4}, {1, 8, 4}, false));
  Fact table = tensor("float32", {8, 4}, {8, 4}, true);
  table.parameter = true;
  facts.add(Facts::kAnyLine, "self.table", table);
  Fact number = tensor("int", {}, {}, true);
  number.kind = Fact::Kind::number;
  facts.add(Facts::kAnyLine, "n", number);
  Fact other;
  other.kind = Fact::Kind::other;
  facts.add(Facts::kAnyLine, "config", other);
  Fact mixed = tensor("float32", {2}, {1}, false);
  mixed.dtypes = {"bool", "float32"};
  facts.add(Facts::kAnyLine, "mixed", mixed);
  return facts;
}

template <class Question>
Answer ask(const std::string& expression, Question question, bool with_facts = true) {
  const std::string text =
      "import torch\n\n\ndef f(self, x, h, half, mask, wide, n, config, mixed):\n    return " + expression + "\n";
  const auto parsed = parse_source({"m", "m.py", text, "model"}, *shipped_table());
  EXPECT_TRUE(parsed);
  const TermTree& tree = *parsed->terms;
  const Facts facts = told();
  const TermId value = tree.children(tree.of_kind("return_statement").front()).back();
  return question(tree, value, with_facts ? &facts : nullptr);
}

Answer rank(const std::string& expression, std::int64_t wanted, bool with_facts = true) {
  return ask(
      expression, [&](const TermTree& t, TermId id, const Facts* f) { return has_rank(t, id, f, wanted); }, with_facts);
}

Answer dtype(const std::string& expression, DtypeClass wanted, bool with_facts = true) {
  return ask(
      expression, [&](const TermTree& t, TermId id, const Facts* f) { return has_dtype(t, id, f, wanted); },
      with_facts);
}

// Of the two elements of a tuple.
template <class Question>
Answer ask_both(const std::string& pair, Question question) {
  return ask(pair, [&](const TermTree& tree, TermId id, const Facts* facts) {
    const auto parts = tree.children(id);
    EXPECT_EQ(parts.size(), 2U) << pair;
    return question(tree, parts[0], parts[1], facts);
  });
}

TEST(Oracle, RanksFollowWhatOperatorsDoToShapes) {
  struct Row {
    const char* expression;
    std::int64_t rank;
  };
  for (const Row& row : {Row{"x", 2},
                         {"wide", 3},
                         {"n", 0},
                         {"3.5", 0},
                         {"wide + self.table", 3},
                         {"x > 0", 2},
                         {"-x", 2},
                         {"x[0]", 1},
                         {"x[n]", 1},
                         {"x[:, 1:]", 2},
                         {"x[:, None]", 3},
                         {"x.sum()", 0},
                         {"torch.any(mask)", 0},
                         {"(x > 0).all()", 0},
                         {"x.float() * 2", 2},
                         {"torch.relu(wide)", 3},
                         {"float(x.sum())", 0},
                         {"not mask", 0},
                         {"self.table", 2},
                         {"x is None", 0}}) {
    EXPECT_EQ(rank(row.expression, row.rank), true) << row.expression;
    EXPECT_EQ(rank(row.expression, row.rank + 1), false) << row.expression;
  }
  for (const char* expression : {"x[mask]", "x.sum(0)", "x @ x", "g(x)", "unseen", "x.shape", "x[..., 0]"})
    EXPECT_EQ(rank(expression, 1), std::nullopt) << expression;
  EXPECT_EQ(rank("config", 0), false) << "seen, and no number";
}

TEST(Oracle, WithoutFactsOnlyTheCodeAnswers) {
  EXPECT_EQ(rank("x", 2, false), std::nullopt);
  EXPECT_EQ(rank("x.sum()", 0, false), true);
  EXPECT_EQ(dtype("x", DtypeClass::floating, false), std::nullopt);
  EXPECT_EQ(dtype("x > 0", DtypeClass::boolean, false), true);
  const auto unaliased = [](const TermTree& t, TermId id, const Facts* f) { return is_unaliased(t, id, f); };
  EXPECT_EQ(ask("x", unaliased, false), std::nullopt);
}

TEST(Oracle, DtypesComeFromTheRunWhereTheCodeDoesNotSay) {
  EXPECT_EQ(dtype("mask", DtypeClass::boolean), true);
  EXPECT_EQ(dtype("mask & (x > 0)", DtypeClass::boolean), true);
  EXPECT_EQ(dtype("~mask", DtypeClass::boolean), true);
  EXPECT_EQ(dtype("x * 2", DtypeClass::boolean), false);
  EXPECT_EQ(dtype("mixed", DtypeClass::boolean), false) << "not in every draw";
  EXPECT_EQ(dtype("config", DtypeClass::boolean), false);
  EXPECT_EQ(dtype("unseen", DtypeClass::boolean), std::nullopt);
}

TEST(Oracle, AShapeIsStaticWhenEveryPartOfItIs) {
  const auto question = [](const TermTree& t, TermId id, const Facts* f) { return has_static_shape(t, id, f); };
  for (const char* expression : {"self.table", "n", "4", "self.table * 2", "self.table[0]", "x.sum()"})
    EXPECT_EQ(ask(expression, question), true) << expression;
  for (const char* expression : {"x", "x + self.table[:, 0]"})
    EXPECT_EQ(ask(expression, question), false) << expression;
  for (const char* expression : {"unseen", "g(self.table)"})
    EXPECT_EQ(ask(expression, question), std::nullopt) << expression;
}

TEST(Oracle, MemoryIsAskedOfVariablesAlone) {
  const auto unaliased = [](const TermTree& t, TermId id, const Facts* f) { return is_unaliased(t, id, f); };
  EXPECT_EQ(ask("h", unaliased), true);
  EXPECT_EQ(ask("x", unaliased), false);
  EXPECT_EQ(ask("h + 1", unaliased), std::nullopt);
  const auto parameter = [](const TermTree& t, TermId id, const Facts* f) { return is_parameter(t, id, f); };
  EXPECT_EQ(ask("self.table", parameter), true);
  EXPECT_EQ(ask("x", parameter), false);
  EXPECT_EQ(ask("0.5", parameter), false);
  EXPECT_EQ(ask("self.other", parameter), std::nullopt);
}

TEST(Oracle, NoGradientFlowsThroughWhatHasNone) {
  const auto question = [](const TermTree& t, TermId id, const Facts* f) { return needs_no_gradient(t, id, f); };
  for (const char* expression : {"x", "x * 2", "x > 0", "h > 0", "h.argmax()", "n", "-x"})
    EXPECT_EQ(ask(expression, question), true) << expression;
  for (const char* expression : {"h", "h * x", "unseen + h"}) EXPECT_EQ(ask(expression, question), false) << expression;
  for (const char* expression : {"unseen", "g(x)"}) EXPECT_EQ(ask(expression, question), std::nullopt) << expression;
}

TEST(Oracle, RelationsCompareEveryDraw) {
  for (const char* pair : {"x, h", "x * 2, h", "x > 0, mask", "n, 3", "wide[:, :, 0], x"})
    EXPECT_EQ(ask_both(pair, have_same_shape), true) << pair;
  for (const char* pair : {"x, wide", "x, self.table", "x, x.sum()"})
    EXPECT_EQ(ask_both(pair, have_same_shape), false) << pair;
  for (const char* pair : {"x, unseen", "g(x), x", "wide[:, :, 1:], wide"})
    EXPECT_EQ(ask_both(pair, have_same_shape), std::nullopt) << pair;
  for (const char* pair : {"x, h", "x * 2, h", "h + x, x", "x > 0, mask"})
    EXPECT_EQ(ask_both(pair, have_same_dtype), true) << pair;
  for (const char* pair : {"x, half", "x, mask", "x > 0, h"}) EXPECT_EQ(ask_both(pair, have_same_dtype), false) << pair;
  for (const char* pair : {"x, unseen", "x.half(), half", "mixed, x"})
    EXPECT_EQ(ask_both(pair, have_same_dtype), std::nullopt) << pair;
}

const std::string kWrite = "[edit a]\n- $X[$M] = $V\n+ $X = torch.where($M, $V, $X)\n";
const std::string kCheck =
    "[check c]\ncompare exact\n--- code\nimport torch\n\n\ndef run():\n    x = torch.zeros(2)\n    x[x > 0] = 1\n    "
    "return x\n";

std::size_t sites(const Pattern& pattern, const std::string& source, const FactsByFile* facts,
                  LinesByFile* asked = nullptr) {
  const SourceFile file{"m", "m.py", source, "model"};
  ProposeOptions options;
  options.ignore_frames = true;
  options.facts = facts;
  options.asked = asked;
  const auto proposal = propose(pattern, {}, std::span(&file, 1), options);
  EXPECT_TRUE(proposal);
  return proposal && *proposal ? (*proposal)->sites.size() : 0;
}

const std::string kMaskedWrite = "import torch\n\n\ndef f(x, m):\n    y = x * 2\n    y[m] = 0\n    return y\n";

TEST(Oracle, WhatIsNotKnownHoldsOnlyBesideACheck) {
  const std::string vars = "[vars]\nX: name unaliased\nM: expr\nV: expr rank=0\n";
  const auto checked = pattern_of(vars + kWrite + kCheck), unchecked = pattern_of(vars + kWrite);
  const auto known = pattern_of("[vars]\nX: name known unaliased\nM: expr\nV: expr\n" + kWrite + kCheck);
  ASSERT_TRUE(checked && unchecked && known);
  EXPECT_EQ(sites(*checked, kMaskedWrite, nullptr), 1U);
  EXPECT_EQ(sites(*unchecked, kMaskedWrite, nullptr), 0U);
  EXPECT_EQ(sites(*known, kMaskedWrite, nullptr), 0U);
  const auto with = [](const char* fact) {
    auto given = parse_given_fact(fact);
    EXPECT_TRUE(given) << given.error().message;
    FactsByFile facts;
    facts["m.py"].add(6, given->name, given->fact);  // the line of the write
    return facts;
  };
  const FactsByFile alone = with("y: f32[2, 3] unaliased"), shared = with("y: f32[2, 3] not unaliased");
  for (const Pattern* pattern : {&*checked, &*unchecked, &*known}) {
    EXPECT_EQ(sites(*pattern, kMaskedWrite, &alone), 1U);
    EXPECT_EQ(sites(*pattern, kMaskedWrite, &shared), 0U);
  }
}

TEST(Oracle, ASurveyNotesTheLinesThatARunMustTellAbout) {
  const auto pattern = pattern_of(
      "[vars]\nX: name known unaliased\nM: expr dtype=bool\nV: expr\n[edit a]\n- $X[$M] = $V\n"
      "+ $X = torch.where($M, $V, $X)\n@where known same-dtype($V, $X)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  LinesByFile asked;
  EXPECT_EQ(sites(*pattern, kMaskedWrite, nullptr, &asked), 1U);
  EXPECT_EQ(asked["m.py"], std::set<std::uint32_t>{6});
}

TEST(Oracle, RelationsAreAskedOfBothVariables) {
  const auto pattern = pattern_of(
      "[vars]\nX: name\nV: expr\n[edit a]\n- if $C:\n-     $X = $V\n+ $X = torch.where($C, $V, $X)\n"
      "@where same-shape($V, $X)\n@where not same-dtype(V, X)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const std::string source =
      "import torch\n\n\ndef f(x, h, half, wide):\n    if x:\n        h = half\n    if h:\n        wide = x\n    "
      "return h, wide\n";
  const FactsByFile facts = {{"m.py", told()}};
  EXPECT_EQ(sites(*pattern, source, &facts), 1U);
  EXPECT_EQ(sites(*pattern, source, nullptr), 0U) << "no check";
}

TEST(Oracle, BadConstraintsAreSaidWithTheNearestWord) {
  struct Row {
    const char* vars;
    const char* where;
    const char* said;
  };
  for (const Row& row : {Row{"X: name unalised", "", "did you mean 'unaliased'"},
                         {"X: name rank=two", "", "'two' is not a rank"},
                         {"X: name rank", "", "write 'rank=2'"},
                         {"X: name known simple", "", "'known' is said of"},
                         {"X: name", "@where same-shap($X, $M)", "did you mean 'same-shape'"},
                         {"X: name", "@where same-shape($X)", "expected 'same-shape($A, $B)'"},
                         {"X: name", "@where same-shape($X, $Y)", "'$Y' is no single variable"}}) {
    const auto pattern = pattern_of(std::string("[vars]\n") + row.vars + "\n" + kWrite + row.where + "\n");
    ASSERT_FALSE(pattern) << row.vars << row.where;
    EXPECT_TRUE(contains(pattern.error().message, row.said)) << pattern.error().message;
    EXPECT_TRUE(pattern.error().message.starts_with("case.adapt:")) << pattern.error().message;
  }
}

TEST(GivenFact, ReadsATypeAndWhatARunDecides) {
  const auto given = parse_given_fact("self.mask: bool[2, 6] static-shape; not unaliased parameter");
  ASSERT_TRUE(given) << given.error().message;
  EXPECT_EQ(given->name, "self.mask");
  EXPECT_EQ(given->fact.dtypes, std::vector<std::string>{"bool"});
  EXPECT_EQ(given->fact.rank, 2);
  EXPECT_EQ(given->fact.shapes, (std::vector<std::optional<Shape>>{Shape{2, 6}}));
  EXPECT_EQ(given->fact.is_static, true);
  EXPECT_EQ(given->fact.aliased, true);
  EXPECT_EQ(given->fact.parameter, true);
  EXPECT_EQ(given->fact.gradient, std::nullopt);
  const auto number = parse_given_fact("n: int");
  ASSERT_TRUE(number);
  EXPECT_EQ(number->fact.kind, Fact::Kind::number);
  for (const char* bad : {"x f32[2]", "x: f31[2]", "x: f32[2", "x: f32[-1]", "x: text", "x: f32[2] simple", ": f32[2]"})
    EXPECT_FALSE(parse_given_fact(bad)) << bad;
}

}  // namespace
}  // namespace adapt::patterns
