#include "agent/triage/weights.h"

#include <gtest/gtest.h>

namespace adapt::triage {
namespace {

TEST(Weights, AddUpOverTheWords) {
  const auto weights = Weights::parse(
      "category\tdram\tOOM_DRAM\t1.5\ncategory\tdram oom\tOOM_DRAM\t0.25\nbringup\tdram\tFAILED_RUNTIME\t-2\n",
      built_in_tables());
  ASSERT_TRUE(weights);
  std::vector<double> categories(built_in_tables().categories.size()), bringups(kBringups);
  weights->add({"dram", "dram oom", "unheard"}, categories, bringups);
  EXPECT_EQ(categories[*built_in_tables().category("OOM_DRAM")], 1.75);
  EXPECT_EQ(bringups, (std::vector<double>{0, 0, -2, 0, 0, 0}));
}

TEST(Weights, RefuseWhatIsNoWeight) {
  const auto refusal = [](std::string_view text) {
    const auto parsed = Weights::parse(text, built_in_tables());
    return parsed ? "" : parsed.error().message;
  };
  EXPECT_EQ(refusal("category\tx\tOOM_DRAM\tinf\n"), "weight of 'x': 'inf' is not a number");
  EXPECT_EQ(refusal("category\tx\tOOM_DRAM\t1,5\n"), "weight of 'x': '1,5' is not a number");
  EXPECT_EQ(refusal("category\tx\tFAILED_RUNTIME\t1\n"), "weight of 'x': unknown class 'FAILED_RUNTIME' of 'category'");
  EXPECT_EQ(refusal("other\tx\tFAILED_RUNTIME\t1\n"), "weight of 'x': unknown class 'FAILED_RUNTIME' of 'other'");
  EXPECT_EQ(refusal("category\tx\n"), "weights:1: 2 cells in place of 4");
}

}  // namespace
}  // namespace adapt::triage
