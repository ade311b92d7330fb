#include "patterns/subsumption.h"

#include <gtest/gtest.h>

#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

Pattern loaded(const std::string& sections) {
  auto pattern = pattern_of(sections);
  if (!pattern) ADD_FAILURE() << pattern.error().message;
  return std::move(*pattern);
}

constexpr const char* kCast = R"([vars]
M: expr; not text ~ int64
D: expr
[edit cast]
# a comment
- torch.cumsum($M, dim=$D)
+ torch.cumsum($M.to(torch.int64), dim=$D)
)";
constexpr const char* kSample = R"([sample change positions]
--- before
import torch
pos = torch.cumsum(mask, dim=1)
--- after
import torch
pos = torch.cumsum(mask.to(torch.int64), dim=1)
)";

TEST(NormalForm, IsTheSameWhateverNamesAndLayoutAre) {
  const std::string same = R"([vars]
Dim:   expr
What: expr;  not text ~ int64
[edit other-name]
- torch.cumsum( $What, dim = $Dim )
+ torch.cumsum($What.to(torch.int64),dim=$Dim)
)";
  EXPECT_EQ(normal_form(loaded(kCast)), normal_form(loaded(same)));
  EXPECT_EQ(normal_form(loaded(kCast)), normal_form(loaded(std::string("[when]\nbackend iree\n") + kCast + kSample)));
}

TEST(NormalForm, TellsEditsApartThatDoSomethingElse) {
  const std::string form = normal_form(loaded(kCast));
  for (const auto& [what, from, to] : std::vector<std::tuple<const char*, const char*, const char*>>{
           {"another type", "torch.int64)", "torch.int32)"},
           {"another constraint", "not text ~ int64", "not text ~ long"},
           {"a variable in another place", "dim=$D)\n+", "dim=$D, out=$D)\n+"},
           {"a scope", "- torch", "@in def forward\n- torch"}}) {
    EXPECT_NE(normal_form(loaded(replace_all(kCast, from, to))), form) << what;
  }
  EXPECT_NE(normal_form(loaded("[edit a]\n- f($A, $B)\n+ g($A, $B)\n")),
            normal_form(loaded("[edit a]\n- f($A, $B)\n+ g($B, $A)\n")));
}

TEST(NormalForm, OfAPatternWithoutEditsIsWhatItCarries) {
  const std::string when = "[when]\nfailure.op aten.sdpa\n";
  const auto form = [&](const std::string& carrier) { return normal_form(loaded(when + carrier)); };
  const std::string shim = form("[carrier shim]\nstub-module apex functions=f\nneeds-spec no\n");
  EXPECT_EQ(form("[carrier shim]\n# why\nstub-module   apex  functions=f  # one\nneeds-spec no\n"), shim);
  EXPECT_NE(form("[carrier shim]\nstub-module apex functions=g\nneeds-spec no\n"), shim);
  EXPECT_NE(form("[carrier config]\nset a = 1\n"), form("[carrier config]\nset a = 2\n"));
  EXPECT_EQ(normal_form(loaded(std::string(kCast) + "[carrier source]\n")), normal_form(loaded(kCast)));
}

TEST(NormalForm, FollowsChainsAndTheirVariables) {
  const char* one = "[edit a]\n- t = f($T)\n+ t = g($T)\n[edit b after a scope=class binds X=T]\n- h($X)\n+ k($X)\n";
  const char* two = "[edit u]\n- t = f($V)\n+ t = g($V)\n[edit v after u scope=class binds Y=V]\n- h($Y)\n+ k($Y)\n";
  const char* three = "[edit u]\n- t = f($V)\n+ t = g($V)\n[edit v after u scope=file binds Y=V]\n- h($Y)\n+ k($Y)\n";
  EXPECT_EQ(normal_form(loaded(one)), normal_form(loaded(two)));
  EXPECT_NE(normal_form(loaded(one)), normal_form(loaded(three)));
}

TEST(Covers, SaysYesOnlyWhereItCanTell) {
  const std::string edit = "[edit a]\n- f($X)\n+ g($X)\n";
  struct Case {
    const char *wide, *narrow;
    bool covered;
  };
  for (const Case& c :
       {Case{"", "", true}, Case{"", "backend iree", true}, Case{"backend iree", "", false},
        Case{"backend iree | openvino", "backend iree", true}, Case{"backend ire", "backend iree", false},
        Case{"backend iree", "backend iree | openvino", false},
        Case{"failure.op cumsum", "failure.op aten\\.cumsum", true},
        Case{"failure.op aten\\.cumsum", "failure.op cumsum", false},
        Case{"failure.op [Cc]um_?sum", "failure.op aten\\.cumsum", true},
        Case{"failure.op a.*b", "failure.op a.*b", true}, Case{"failure.op a", "failure.op a.*b", false},
        Case{"failure.op a", "failure.op \\d", false}, Case{"failure.frame any", "failure.frame in-match", true},
        Case{"failure.frame in-match", "failure.frame any", false},
        Case{"stage lower", "stage lower\nfailure.class crash", true}}) {
    const Pattern wide = loaded(fmt::format("[when]\n{}\n{}", c.wide, edit));
    const Pattern narrow = loaded(fmt::format("[when]\n{}\n{}", c.narrow, edit));
    EXPECT_EQ(covers(wide.when, narrow.when), c.covered) << c.wide << " over " << c.narrow;
  }
}

TEST(Subsumes, WhatMakesTheSameOfEverythingThatTheOtherChanges) {
  const Pattern general = loaded(kCast);
  const Pattern special =
      loaded(std::string("[edit cast]\n- torch.cumsum(mask, dim=$D)\n+ torch.cumsum(mask.to(torch.int64), dim=$D)\n") +
             kSample);
  EXPECT_TRUE(subsumes(general, special).value());
  const Pattern wider_special =
      loaded(std::string(
                 "[vars]\nM: expr; not text ~ int64\n[edit cast]\n- $M.cumsum($D)\n+ $M.to(torch.int64).cumsum($D)\n") +
             "[sample change a]\n--- before\nimport torch\np = mask.cumsum(1)\n--- after\nimport torch\np = "
             "mask.to(torch.int64).cumsum(1)\n");
  EXPECT_FALSE(subsumes(special, wider_special).value()) << "other code comes out";
}

TEST(Subsumes, NotBecauseAllSamplesOfAWiderOneHappenToBeNarrow) {
  const std::string sample =
      "[sample change a]\n--- before\nfrom m import f, g\nf(a)\n--- after\nfrom m import f, g\ng(a)\n";
  const Pattern wide = loaded("[edit a]\n- f($X)\n+ g($X)\n" + sample),
                narrow = loaded("[edit a]\n- f(a)\n+ g(a)\n" + sample);
  EXPECT_TRUE(subsumes(wide, narrow).value());
  EXPECT_FALSE(subsumes(narrow, wide).value());
}

TEST(Subsumes, NotWithoutAnExampleThatShowsIt) {
  const Pattern general = loaded(kCast), bare = loaded(kCast);
  EXPECT_FALSE(subsumes(general, bare).value());
  const std::vector<Specimen> nothing = {{"m", "x = 1\n"}},
                              something = {{"m", "import torch\ny = torch.cumsum(x, dim=0)\n"}};
  EXPECT_FALSE(subsumes(general, bare, nothing).value());
  EXPECT_TRUE(subsumes(general, bare, something).value());
}

TEST(Subsumes, NotWhereItsFailuresOrItsRiskAreOthers) {
  const Pattern special = loaded(std::string(kCast) + kSample);
  EXPECT_TRUE(subsumes(loaded(kCast), special).value());
  EXPECT_FALSE(subsumes(loaded(std::string("[when]\nbackend iree\n") + kCast), special).value());
  const auto risky =
      parse_pattern("pattern test/other r1\ntitle A\nrisk semantic\n" + std::string(kCast), "o.adapt", shipped_table());
  ASSERT_TRUE(risky);
  EXPECT_FALSE(subsumes(*risky, special).value()) << "what may differ does not stand for what is exact";
  EXPECT_TRUE(
      subsumes(special, parse_pattern("pattern test/other r1\ntitle A\nrisk semantic\n" + std::string(kCast) + kSample,
                                      "o.adapt", shipped_table())
                            .value())
          .value());
}

TEST(Subsumes, NoShippedPatternIsSuperfluous) {
  const std::vector<std::filesystem::path> folders = {std::filesystem::path(ADAPT_SOURCE_DIR) / "patterns" / "library"};
  const auto library = Library::load(folders);
  ASSERT_TRUE(library) << library.error().message;
  std::map<std::string, std::string> forms;
  for (const std::string& id : library->ids()) {
    const auto [at, fresh] = forms.emplace(normal_form(*library->find(id)), id);
    EXPECT_TRUE(fresh) << id << " makes the edits of " << at->second;
  }
}

}  // namespace
}  // namespace adapt::patterns
