#include "patterns/mine/replay.h"

#include "tests/unit/patterns/mine/mine_text.h"

namespace adapt::patterns::mine {
namespace {

constexpr const char* kRelu = "[edit a]\n- $X.relu_()\n+ $X.relu()\n";

TEST(Replay, CountsWhatAPatternLeavesAndWhatItBreaks) {
  std::vector<Example> examples;
  examples.push_back(example_of(function("a = x.relu_()\nb = y.tanh_()\nc = y.exp_()"),
                                function("a = x.relu()\nb = y.tanh()\nc = y.exp_()")));
  const auto pattern = pattern_of(std::string(kRelu) + "[edit b]\n- $X.exp_()\n+ $X.exp()\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const auto done = replay(*pattern, examples);
  ASSERT_TRUE(done);
  EXPECT_EQ(done->edits, 2U);
  EXPECT_EQ(done->missing, 1U);
  EXPECT_EQ(done->wrong, 1U);
  EXPECT_EQ(done->exact, 0U);
}

struct SpoilCase {
  const char *before, *after;
  bool spoilt;
};

// The cheap answer is the replay's own.
void expect_spoilt(const std::string& sections, std::span<const SpoilCase> cases) {
  const auto pattern = pattern_of(sections);
  ASSERT_TRUE(pattern) << pattern.error().message;
  for (const SpoilCase& c : cases) {
    const FilePair pair{{"m", "m.py", function(c.before), "model"}, function(c.after)};
    const auto quick = spoils(*pattern, pair);
    const auto whole = replay_pairs(*pattern, std::span(&pair, 1));
    ASSERT_TRUE(quick && whole) << c.before;
    EXPECT_EQ(*quick, c.spoilt) << c.before;
    EXPECT_EQ(*quick, whole->wrong > 0) << c.before;
  }
}

TEST(Replay, SpoilsWhatItChangesWronglyAndNothingElse) {
  const SpoilCase cases[] = {
      {"a = x.relu_()", "a = x.relu()", false},
      {"a = x.relu_()", "a = x . relu()", false},
      {"a = x.tanh_()", "a = x.tanh()", false},
      {"a = x.relu_()", "a = relu(x)", false},  // another change at its place: missing, not wrong
      {"a = x.relu_()", "a = x.relu_()", true},
      {"a = x.relu_()\nb = y.tanh_()", "a = x.relu_()\nb = y.tanh()", true},
      {"a = x.relu_()\nb = y.tanh_()", "a = x.relu()\nb = y.tanh()", false},
      // Some of what the author did, in a line of its own and within one.
      {"a = x.relu_()\nb = 1\nc = y.tanh_()", "a = x.relu()\nb = 1\nc = y.tanh()", false},
      {"a = x.relu_(), y.tanh_()", "a = x.relu(), y.tanh()", false},
      // More than the author did: in a line of its own, beside a line of theirs, within one.
      {"a = x.relu_()\nb = 1\nc = y.relu_()", "a = x.relu()\nb = 1\nc = y.relu_()", true},
      {"a = x.relu_()\nc = y.relu_()", "a = x.relu()\nc = y.relu_()", true},
      {"a = x.relu_(), y.relu_()", "a = x.relu(), y.relu_()", true},
      // Where the author only laid out anew.
      {"a = x.relu_()", "a = x . relu_()", true},
      {"a = x.relu_()", "a = x.relu_()  # kept", true},
  };
  expect_spoilt(kRelu, cases);
}

TEST(Replay, SpoilsNothingWhereItsChangeIsRefused) {
  const SpoilCase cases[] = {
      {"a = abs(x)", "a = abs(x)", false},
      {"a = abs(x)", "a = max(abs(0), x)", false},  // the author did what would be refused
      {"a = abs(x)\nb = y.tanh_()", "a = abs(x)\nb = y.tanh()", false},
  };
  expect_spoilt("[edit a]\n- abs($X)\n+ max(abs(0), $X)\n", cases);
}

TEST(Replay, AnotherImportThanTheAuthorsIsNoWrongChange) {
  const SpoilCase cases[] = {
      {"a = x.relu_()", "import math\na = math.sqrt(x)", false},
      {"a = x", "import math\na = x", false},
      {"a = x.relu_()\nb = y.relu_()", "import math\na = math.sqrt(x)\nb = y.relu_()", true},
  };
  expect_spoilt("[imports]\nensure import math\n[edit a]\n- $X.relu_()\n+ math.sqrt($X)\n", cases);
}

}  // namespace
}  // namespace adapt::patterns::mine
