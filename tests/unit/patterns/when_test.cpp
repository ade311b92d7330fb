#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

Signature failure() {
  Signature s;
  s.backend = "openvino";
  s.stage = "lower";
  s.failure_class = "unsupported-op";
  s.op = "aten.unfold.default";
  s.message = "no conversion for aten::unfold\nlog tail";
  s.file = "pkg/models/a.py";
  s.line = 7;
  s.function = "forward";
  s.frames = {{"pkg/models/b.py", 3, "outer", "x()"}};
  return s;
}

struct Condition {
  const char* when;
  bool holds;
};

TEST(When, AndOverKeysOrWithinAKey) {
  const Condition rows[] = {
      {"", true},
      {"backend openvino\n", true},
      {"backend open\n", false},
      {"backend iree | openvino\n", true},
      {"backend iree|openvino\n", true},
      {"backend openvino\nstage compile\n", false},
      {"stage lower | compile\nfailure.class unsupported-op\nfailure.op aten\\.unfold\nfailure.message "
       "conversion.*unfold\n",
       true},
      {"failure.op ^unfold\n", false},
      {"failure.message log tail$\n", true},
      {"failure.file models/b\\.py\n", true},
      {"failure.file models/c\\.py\n", false},
  };
  for (const Condition& row : rows) {
    const auto pattern = pattern_of(std::string("[when]\n") + row.when + "[edit e]\n- f()\n+ 1\n");
    ASSERT_TRUE(pattern) << pattern.error().message;
    EXPECT_EQ(pattern->when.holds(failure()), row.holds) << row.when;
  }
}

TEST(When, LooksAtBothEndsOfALongMessage) {
  const auto pattern = pattern_of("[when]\nfailure.message needle\n[edit e]\n- f()\n+ 1\n");
  ASSERT_TRUE(pattern);
  Signature s = failure();
  s.message = "needle" + std::string(100'000, 'x');
  EXPECT_TRUE(pattern->when.holds(s));
  s.message = std::string(100'000, 'x') + "needle";
  EXPECT_TRUE(pattern->when.holds(s));
}

TEST(When, FramesSayWhereASiteMayStand) {
  const std::string source = "def other():\n    f(1)\n\n\ndef forward():\n    f(2)\n    g()\n";  // frame: line 7
  const SourceFile file{"pkg.models.a", "pkg/models/a.py", source, "model"};
  const std::pair<const char*, std::size_t> rows[] = {
      {"in-match", 0}, {"same-function", 1}, {"same-file", 2}, {"any", 2}, {"in-match | same-function", 1}};
  for (const auto& [rule, sites] : rows) {
    const auto pattern = pattern_of(std::string("[when]\nfailure.frame ") + rule + "\n[edit e]\n- f($X)\n+ $X\n");
    ASSERT_TRUE(pattern);
    const auto proposal = propose(*pattern, failure(), std::span(&file, 1));
    ASSERT_TRUE(proposal);
    EXPECT_EQ(*proposal ? (*proposal)->sites.size() : 0, sites) << rule;
  }
}

TEST(When, InFrameLinesKeepToTheFailuresFunctions) {
  const SourceFile file{"pkg.models.b", "pkg/models/b.py", "def a():\n    f(1)\ndef outer():\n    f(2)\n", "frame"};
  const auto pattern = pattern_of("[edit e]\n- f($X)\n+ $X\n@in frame\n");
  ASSERT_TRUE(pattern);
  const auto proposal = propose(*pattern, failure(), std::span(&file, 1));
  ASSERT_TRUE(proposal && *proposal);
  ASSERT_EQ((*proposal)->sites.size(), 1U);
  EXPECT_EQ((*proposal)->sites[0].line, 4U);
  EXPECT_EQ((*proposal)->sites[0].function, "outer");
}

TEST(Regex, KnowsTheUsualClasses) {
  const auto found = [](const char* expression, const char* text) {
    const auto regex = Regex::compile(expression);
    return regex && regex->found_in(text);
  };
  EXPECT_TRUE(found("\\d+x", "12x"));
  EXPECT_TRUE(found("[\\d.]+x", "1.2x"));
  EXPECT_TRUE(found("(?:ab)+c", "ababc"));
  EXPECT_TRUE(found("\\bfoo\\b", "a foo b"));
  EXPECT_FALSE(found("\\bfoo\\b", "afoo b"));
  EXPECT_TRUE(found("a\\.b", "a.b"));
  EXPECT_FALSE(found("a\\.b", "acb"));
}

TEST(Regex, RefusesWhatCannotBeBounded) {
  for (const char* expression : {"(a)\\1", "(?=a)", "a{100}{100}", "a\\", "a(", "\\q"})
    EXPECT_FALSE(Regex::compile(expression)) << expression;
  EXPECT_FALSE(Regex::compile(std::string(1000, 'a')));
}

TEST(Regex, IsNotSlowOnHostileInput) {
  const auto regex = Regex::compile("(a+)+(b|c)*$");
  ASSERT_TRUE(regex);
  EXPECT_FALSE(regex->matches_all(std::string(10'000, 'a') + "!"));
}

}  // namespace
}  // namespace adapt::patterns
