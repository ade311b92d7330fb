#include "patterns/mine/mine_pattern.h"

#include "patterns/samples.h"
#include "tests/unit/patterns/mine/mine_text.h"

namespace adapt::patterns::mine {
namespace {

FilePair pair(const std::string& name, const std::string& before, const std::string& after) {
  return {{name, name + ".py", function(before), "model"}, function(after)};
}

Result<MinedPattern> mined_pattern(const std::vector<FilePair>& pairs, const std::string& id = "test/mined") {
  auto background = Background::load(std::filesystem::path(ADAPT_SOURCE_DIR) / "patterns" / "background.tsv");
  if (!background) return tl::unexpected<Error>(background.error());
  PatternHead head;
  head.id = id;
  head.title = "Mined";
  return mine_pattern(pairs, head, *background, shipped_table());
}

TEST(MinePattern, WhatComesOutLoadsAndGivesTheExamplesBack) {
  const auto mined = mined_pattern({pair("a", "return torch.triu(x)", "return torch.triu(x, diagonal=1)"),
                                    pair("b", "y = torch.triu(mask)", "y = torch.triu(mask, diagonal=1)")});
  ASSERT_TRUE(mined) << mined.error().message;
  EXPECT_EQ(mined->id, "test/mined");
  EXPECT_EQ(mined->rules, 1U);
  EXPECT_EQ(mined->replay.exact, 2U);
  EXPECT_EQ(mined->replay.missing + mined->replay.wrong, 0U);
  const auto pattern = parse_pattern(mined->text, "mined.adapt", shipped_table());
  ASSERT_TRUE(pattern) << pattern.error().message;
  const auto applied = apply_to_text(*pattern, "c", function("z = torch.triu(y) + 1"));
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->text, function("z = torch.triu(y, diagonal=1) + 1"));
}

TEST(MinePattern, ExamplesThatTeachNothingAreErrors) {
  const auto same = mined_pattern({pair("a", "return x", "return x  # as before")});
  ASSERT_FALSE(same);
  EXPECT_EQ(same.error().message, "the examples do not differ in code");
  EXPECT_FALSE(mined_pattern({}));
  const auto contradicted =
      mined_pattern({pair("a", "return x + 1", "return x + 2"), pair("b", "return x + 1", "return x + 1")});
  ASSERT_FALSE(contradicted);
  EXPECT_NE(contradicted.error().message.find("none of the 1 edits"), std::string::npos);
}

TEST(MinePattern, AHeadThatDoesNotLoadIsAnError) {
  EXPECT_FALSE(mined_pattern({pair("a", "return torch.triu(x)", "return torch.triu(x, 1)")}, "no family"));
}

}  // namespace
}  // namespace adapt::patterns::mine
