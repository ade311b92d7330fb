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

// The cheap answer is the replay's own.
TEST(Replay, SpoilsWhatItChangesWronglyAndNothingElse) {
  const struct {
    const char *before, *after;
    bool spoilt;
  } cases[] = {
      {"a = x.relu_()", "a = x.relu()", false},
      {"a = x.relu_()", "a = x . relu()", false},
      {"a = x.tanh_()", "a = x.tanh()", false},
      {"a = x.relu_()", "a = relu(x)", false},  // another change at its place: missing, not wrong
      {"a = x.relu_()", "a = x.relu_()", true},
      {"a = x.relu_()\nb = y.tanh_()", "a = x.relu_()\nb = y.tanh()", true},
      {"a = x.relu_()\nb = y.tanh_()", "a = x.relu()\nb = y.tanh()", false},
  };
  const auto pattern = pattern_of(kRelu);
  ASSERT_TRUE(pattern) << pattern.error().message;
  for (const auto& c : cases) {
    const FilePair pair{{"m", "m.py", function(c.before), "model"}, function(c.after)};
    const auto quick = spoils(*pattern, pair);
    const auto whole = replay_pairs(*pattern, std::span(&pair, 1));
    ASSERT_TRUE(quick && whole) << c.before;
    EXPECT_EQ(*quick, c.spoilt) << c.before;
    EXPECT_EQ(*quick, whole->wrong > 0) << c.before;
  }
}

}  // namespace
}  // namespace adapt::patterns::mine
