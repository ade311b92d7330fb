// Hostile input: work is bounded, and says so.
#include <chrono>

#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(Bounds, SequencesOverALongListAreMemoised) {
  const auto pattern = pattern_of("[vars]\nA: args*\nB: args*\nC: args*\n[edit e]\n- f($A, x, $B, x, $C, x, y)\n+ 1\n");
  ASSERT_TRUE(pattern);
  const std::string source = "y = f(" + repeated("x, ", 800) + "z)\n";
  const Applied got = applied(*pattern, source);  // fails the test on an error
  EXPECT_EQ(got.text, source);
}

TEST(Bounds, StatementWildcardsTakeQuadraticTimeAtMost) {
  const auto pattern = pattern_of("[edit e]\n- start($X)\n  $$_\n- middle($Y)\n  $$_\n- end($X)\n");
  ASSERT_TRUE(pattern);
  const std::string source = repeated("start(a)\nmiddle(b)\n", 300) + "end(b)\n";
  EXPECT_EQ(applied(*pattern, source).text, source);
}

TEST(Bounds, AStepLimitIsAnErrorAndNoHang) {
  // Repeated variables defeat the memo: every choice for $A must be tried.
  const auto pattern =
      pattern_of("[vars]\nA: args*\nB: args*\nC: args*\n[edit e]\n- f($A, $B, $C, $A, $B, $C, y)\n+ 1\n");
  ASSERT_TRUE(pattern);
  const SourceFile file{"m", "m.py", "y = f(" + repeated("x, ", 600) + "z)\n", "model"};
  const auto begin = std::chrono::steady_clock::now();
  const auto proposal = propose(*pattern, {}, std::span(&file, 1), {.ignore_frames = true});
  ASSERT_FALSE(proposal);
  EXPECT_EQ(proposal.error().kind, ErrorKind::budget);
  EXPECT_NE(proposal.error().message.find("test/case in m.py"), std::string::npos) << proposal.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(Bounds, DeepNestingIsNoStackOverflow) {
  const auto pattern = pattern_of("[edit e]\n- g($X)\n+ $X\n");
  ASSERT_TRUE(pattern);
  for (const std::string& source : {"y = " + repeated("(", 20'000) + "g(1)" + repeated(")", 20'000) + "\n",
                                    "y = " + repeated("f(", 5'000) + "g(1)" + repeated(")", 5'000) + "\n",
                                    "y = g(1)" + repeated(" + 1", 20'000) + "\n",
                                    "y = g(1)" + repeated(".a", 20'000) + "\n", repeated("not ", 20'000) + "g(1)\n"}) {
    const SourceFile file{"m", "m.py", source, "model"};
    EXPECT_TRUE(propose(*pattern, {}, std::span(&file, 1), {.ignore_frames = true}));
  }
}

TEST(Bounds, SourcesThatAreNotPythonAreTolerated) {
  const auto pattern = pattern_of("[edit e]\n- g($X)\n+ $X\n");
  ASSERT_TRUE(pattern);
  EXPECT_EQ(applied(*pattern, "def (:\n  g(1\n").sites, 0U);
  EXPECT_EQ(applied(*pattern, "class = 3\ny = g(1)\n").text, "class = 3\ny = 1\n");
  EXPECT_EQ(applied(*pattern, "").sites, 0U);
  EXPECT_EQ(applied(*pattern, std::string("g(\0)\n", 5)).sites, 0U);
}

TEST(Bounds, ManySitesAreQuick) {
  const auto pattern = pattern_of("[edit e]\n- g($X)\n+ $X\n");
  ASSERT_TRUE(pattern);
  EXPECT_EQ(applied(*pattern, repeated("y = g(g(1))\n", 500)).text, repeated("y = 1\n", 500));
}

}  // namespace
}  // namespace adapt::patterns
