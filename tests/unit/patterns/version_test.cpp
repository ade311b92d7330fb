#include "patterns/version.h"

#include <gtest/gtest.h>

#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

// What Python's own packaging library (26.3) answers, pre-releases included.
constexpr const char* kVersions =
    "0.9 1 1.0 1.0.0 1.0.dev3 1.0a1 1.0a1.dev2 1.0a1.post2 1.0b2 1.0rc1 1.0.post1 1.0.post1.dev4 1.0+cpu 1.0+cpu.2 "
    "1.0+abc 1.1 1.10 1!0.5 2.0.0rc1 2.3.1 2.3 2.13.0+cpu 4.48.0.dev0 v1.0 1.0-1 1.0_RC2 1.0.c3 2.3.9.post2 1.0alpha";
constexpr const char* kInOrder =
    "0.9 1.0.dev3 1.0alpha 1.0a1.dev2 1.0a1 1.0a1.post2 1.0b2 1.0rc1 1.0_RC2 1.0.c3 v1.0 1.0+abc 1.0+cpu 1.0+cpu.2 "
    "1.0.post1.dev4 1.0-1 1.1 1.10 2.0.0rc1 2.3 2.3.1 2.3.9.post2 2.13.0+cpu 4.48.0.dev0 1!0.5";
struct Row {
  const char* conditions;
  const char* met_by;
};
constexpr Row kRows[] = {
    {">=1.0",
     "1 1.0 1.0.0 1.0.post1 1.0.post1.dev4 1.0+cpu 1.0+cpu.2 1.0+abc 1.1 1.10 1!0.5 2.0.0rc1 2.3.1 2.3 2.13.0+cpu "
     "4.48.0.dev0 v1.0 1.0-1 2.3.9.post2"},
    {">=1.0a2",
     "1 1.0 1.0.0 1.0b2 1.0rc1 1.0.post1 1.0.post1.dev4 1.0+cpu 1.0+cpu.2 1.0+abc 1.1 1.10 1!0.5 2.0.0rc1 2.3.1 2.3 "
     "2.13.0+cpu 4.48.0.dev0 v1.0 1.0-1 1.0_RC2 1.0.c3 2.3.9.post2"},
    {"<=1.0",
     "0.9 1 1.0 1.0.0 1.0.dev3 1.0a1 1.0a1.dev2 1.0a1.post2 1.0b2 1.0rc1 1.0+cpu 1.0+cpu.2 1.0+abc v1.0 1.0_RC2 1.0.c3 "
     "1.0alpha"},
    {"<1.0", "0.9"},
    {"<1.0a2", "0.9 1.0.dev3 1.0a1 1.0a1.dev2 1.0a1.post2 1.0alpha"},
    {"<1.0.dev4", "0.9 1.0.dev3"},
    {">1.0", "1.1 1.10 1!0.5 2.0.0rc1 2.3.1 2.3 2.13.0+cpu 4.48.0.dev0 2.3.9.post2"},
    {">1.0.post1", "1.1 1.10 1!0.5 2.0.0rc1 2.3.1 2.3 2.13.0+cpu 4.48.0.dev0 2.3.9.post2"},
    {">1.0a1",
     "1 1.0 1.0.0 1.0b2 1.0rc1 1.0.post1 1.0.post1.dev4 1.0+cpu 1.0+cpu.2 1.0+abc 1.1 1.10 1!0.5 2.0.0rc1 2.3.1 2.3 "
     "2.13.0+cpu 4.48.0.dev0 v1.0 1.0-1 1.0_RC2 1.0.c3 2.3.9.post2"},
    {"==1.0", "1 1.0 1.0.0 1.0+cpu 1.0+cpu.2 1.0+abc v1.0"},
    {"==1.0+cpu", "1.0+cpu"},
    {"==1.*",
     "1 1.0 1.0.0 1.0.dev3 1.0a1 1.0a1.dev2 1.0a1.post2 1.0b2 1.0rc1 1.0.post1 1.0.post1.dev4 1.0+cpu 1.0+cpu.2 "
     "1.0+abc 1.1 1.10 v1.0 1.0-1 1.0_RC2 1.0.c3 1.0alpha"},
    {"==1.0.*",
     "1 1.0 1.0.0 1.0.dev3 1.0a1 1.0a1.dev2 1.0a1.post2 1.0b2 1.0rc1 1.0.post1 1.0.post1.dev4 1.0+cpu 1.0+cpu.2 "
     "1.0+abc v1.0 1.0-1 1.0_RC2 1.0.c3 1.0alpha"},
    {"!=1.*", "0.9 1!0.5 2.0.0rc1 2.3.1 2.3 2.13.0+cpu 4.48.0.dev0 2.3.9.post2"},
    {"!=1.0",
     "0.9 1.0.dev3 1.0a1 1.0a1.dev2 1.0a1.post2 1.0b2 1.0rc1 1.0.post1 1.0.post1.dev4 1.1 1.10 1!0.5 2.0.0rc1 2.3.1 "
     "2.3 2.13.0+cpu 4.48.0.dev0 1.0-1 1.0_RC2 1.0.c3 2.3.9.post2 1.0alpha"},
    {"~=2.3", "2.3.1 2.3 2.13.0+cpu 2.3.9.post2"},
    {"~=2.3.0", "2.3.1 2.3 2.3.9.post2"},
    {"~=1.0a1",
     "1 1.0 1.0.0 1.0a1 1.0a1.post2 1.0b2 1.0rc1 1.0.post1 1.0.post1.dev4 1.0+cpu 1.0+cpu.2 1.0+abc 1.1 1.10 v1.0 "
     "1.0-1 1.0_RC2 1.0.c3"},
    {">=2.0,<3", "2.3.1 2.3 2.13.0+cpu 2.3.9.post2"},
    {">=1.0,!=1.0rc1",
     "1 1.0 1.0.0 1.0.post1 1.0.post1.dev4 1.0+cpu 1.0+cpu.2 1.0+abc 1.1 1.10 1!0.5 2.0.0rc1 2.3.1 2.3 2.13.0+cpu "
     "4.48.0.dev0 v1.0 1.0-1 2.3.9.post2"},
    {"<=2.13.0",
     "0.9 1 1.0 1.0.0 1.0.dev3 1.0a1 1.0a1.dev2 1.0a1.post2 1.0b2 1.0rc1 1.0.post1 1.0.post1.dev4 1.0+cpu 1.0+cpu.2 "
     "1.0+abc 1.1 1.10 2.0.0rc1 2.3.1 2.3 2.13.0+cpu v1.0 1.0-1 1.0_RC2 1.0.c3 2.3.9.post2 1.0alpha"},
    {">=1!0.1", "1!0.5"},
};

TEST(Version, ConditionsHoldForTheVersionsThatPythonSays) {
  for (const Row& row : kRows) {
    const auto requirement = parse_requirement(std::string("torch") + row.conditions);
    ASSERT_TRUE(requirement) << requirement.error().message;
    std::vector<std::string> met;
    for (const std::string& text : words_of(kVersions)) {
      const auto version = parse_version(text);
      ASSERT_TRUE(version) << text;
      if (requirement->holds(*version)) met.push_back(text);
    }
    EXPECT_EQ(met, words_of(row.met_by)) << row.conditions;
  }
}

TEST(Version, OrderIsTotal) {
  const std::vector<std::string> texts = words_of(kInOrder);
  for (std::size_t i = 0; i < texts.size(); ++i)
    for (std::size_t j = 0; j < texts.size(); ++j)
      EXPECT_EQ(*parse_version(texts[i]) <=> *parse_version(texts[j]), i <=> j) << texts[i] << " and " << texts[j];
  for (const auto& [a, b] : {std::pair("1", "1.0.0"),
                             {"1.0rc", "1.0.c0"},
                             {"1.0-1", "1.0.post1"},
                             {"1.0.post-", "1.0r0"},
                             {"v1.0_ALPHA-2", "1.0a2"},
                             {"0!1", "1"},
                             {"1.0+A-b", "1.0+a.b"}})
    EXPECT_EQ(*parse_version(a), *parse_version(b)) << a << " and " << b;
}

TEST(Version, RefusesWhatIsNone) {
  for (const char* text : {"", "one", "1..2", "1.0.x", "1.0+", "1.0+a..b", "1.0-", "1.0.dev.1.2", ">1", "1,0",
                           "1.0+\xc3\xa9", "1.0 2", "99999999999999999999999", "2025.3.0-19807-abc"})
    EXPECT_FALSE(parse_version(text)) << text;
  EXPECT_FALSE(parse_version(std::string(300, '1')));
}

TEST(Requirement, IsRefusedWithTheLine) {
  for (const char* bad : {"torch>=x", "torch>2.0+cpu", "torch=2.0", ">=2.0", "torch~=2", "torch==1.0a1.*", "torch>=2.*",
                          "torch>=2.0,", "tor/ch>=1", "torch=>2"}) {
    const auto pattern =
        pattern_of(std::string("[when]\nneeds transformers>=4 ") + bad + "\n[edit a]\n- f($X)\n+ g($X)\n");
    ASSERT_FALSE(pattern) << bad;
    EXPECT_TRUE(pattern.error().message.starts_with("case.adapt:5: ")) << pattern.error().message;
    EXPECT_TRUE(contains(pattern.error().message, bad)) << pattern.error().message;
  }
}

TEST(When, NeedsAreComparedWithTheEnvironment) {
  const auto pattern = pattern_of("[when]\nneeds torch>=2.0 Iree_Turbine>=3,<4\n[edit a]\n- f($X)\n+ g($X)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  Signature signature;
  EXPECT_TRUE(pattern->when.holds(signature)) << "nothing is known of the environment";
  signature.packages = {{"torch", "2.13.0+cpu"}, {"iree-turbine", "3.11.0"}};
  EXPECT_TRUE(pattern->when.holds(signature));
  signature.packages["torch"] = "1.13.1";
  EXPECT_FALSE(pattern->when.holds(signature));
  signature.packages = {{"torch", "2.13.0"}};
  EXPECT_FALSE(pattern->when.holds(signature)) << "not installed";
  signature.packages["iree-turbine"] = "built by hand";
  EXPECT_FALSE(pattern->when.holds(signature)) << "no version";
}

}  // namespace
}  // namespace adapt::patterns
