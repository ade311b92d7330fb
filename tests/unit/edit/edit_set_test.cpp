#include "tools/edit/edit_set.h"

#include <gtest/gtest.h>

namespace adapt::edit {
namespace {

EditSet set_of(std::vector<TextEdit> edits) {
  EditSet out;
  for (TextEdit& edit : edits) {
    const auto added = out.add(std::move(edit));
    EXPECT_TRUE(added) << added.error().message;
  }
  return out;
}

TEST(EditSet, AppliesEditsInOrderAndReportsOnlyChangedFiles) {
  const Sources sources = {{"a.py", "x = 1\ny = 2\n"}, {"b.py", "z = 3\n"}, {"c.py", "w = 4\n"}};
  const EditSet edits =
      set_of({{"b.py", {4, 5}, "30"}, {"a.py", {10, 11}, "20"}, {"a.py", {0, 1}, "xx"}, {"c.py", {0, 1}, "w"}});
  EXPECT_EQ(edits.files(), (std::vector<std::string>{"a.py", "b.py", "c.py"}));
  const auto result = edit::apply(edits, sources);
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, (Sources{{"a.py", "xx = 1\ny = 20\n"}, {"b.py", "z = 30\n"}}));
}

TEST(EditSet, RejectsOverlapAndNamesBoth) {
  const TextEdit held{"a.py", {4, 8}, "x"};
  const pyast::Span overlapping[] = {{4, 8}, {0, 5}, {7, 9}, {5, 6}, {0, 20}, {6, 6}};
  for (const pyast::Span span : overlapping) {
    EditSet edits = set_of({held});
    const auto refused = edits.add({"a.py", span, "y"});
    ASSERT_FALSE(refused) << span.begin << "-" << span.end;
    EXPECT_NE(refused.error().message.find("4 to 8"), std::string::npos);
    EXPECT_NE(refused.error().message.find(fmt::format("{} to {}", span.begin, span.end)), std::string::npos);
    EXPECT_EQ(edits.edits(), std::vector<TextEdit>{held});
  }
}

TEST(EditSet, TouchingEditsAndOtherFilesAreNoConflict) {
  EditSet edits = set_of({{"a.py", {4, 8}, "x"}});
  for (const TextEdit& edit : {TextEdit{"a.py", {0, 4}, "y"},
                               {"a.py", {8, 9}, "y"},
                               {"a.py", {4, 4}, "y"},
                               {"a.py", {8, 8}, "y"},
                               {"b.py", {4, 8}, "y"}})
    EXPECT_TRUE(edits.add(edit));
  EXPECT_EQ(edits.size(), 6U);
}

TEST(EditSet, TheSameEditTwiceIsOne) {
  EditSet edits = set_of({{"a.py", {4, 8}, "x"}, {"a.py", {2, 2}, "i"}});
  EXPECT_TRUE(edits.add({"a.py", {4, 8}, "x"}));
  EXPECT_TRUE(edits.add({"a.py", {2, 2}, "i"}));
  EXPECT_TRUE(edits.merge(edits));
  EXPECT_EQ(edits.size(), 2U);
}

TEST(EditSet, InsertionsAtOnePointKeepTheirOrder) {
  const Sources sources = {{"a.py", "x\n"}};
  EXPECT_EQ(edit::apply(set_of({{"a.py", {0, 0}, "b\n"}, {"a.py", {0, 0}, "a\n"}, {"a.py", {0, 1}, "y"}}), sources)
                ->at("a.py"),
            "b\na\ny\n");
}

TEST(EditSet, ARefusedMergeChangesNothing) {
  EditSet edits = set_of({{"a.py", {4, 8}, "x"}});
  const EditSet other = set_of({{"a.py", {0, 1}, "y"}, {"a.py", {7, 9}, "z"}});
  EXPECT_FALSE(edits.merge(other));
  EXPECT_EQ(edits.size(), 1U);
}

struct RefusedCase {
  const char* name;
  std::vector<TextEdit> edits;
  const char* says;
};
const RefusedCase kRefused[] = {
    {"missing file", {{"b.py", {0, 0}, "x"}}, "b.py"},
    {"past the end", {{"a.py", {0, 99}, "x"}}, "99"},
    {"cuts a character at its begin", {{"a.py", {6, 7}, ""}}, "byte 6"},
    {"cuts a character at its end", {{"a.py", {4, 6}, "'"}}, "byte 6"},
    {"breaks the syntax", {{"a.py", {9, 9}, "y = (1\n"}}, "a.py"},
    {"all or nothing", {{"a.py", {0, 1}, "yy"}, {"c.py", {0, 1}, "def ("}}, "c.py"},
};

TEST(Apply, RefusesWhatWouldDoHarm) {
  const Sources sources = {{"a.py", "x = '\xc3\xa9'\n"}, {"c.py", "x = 1\n"}};
  for (const RefusedCase& c : kRefused) {
    const auto refused = edit::apply(set_of(c.edits), sources);
    ASSERT_FALSE(refused) << c.name;
    EXPECT_NE(refused.error().message.find(c.says), std::string::npos) << refused.error().message;
  }
}

TEST(Apply, ABackwardsSpanIsNotAnEdit) {
  EditSet edits;
  EXPECT_FALSE(edits.add({"a.py", {3, 2}, ""}));
  EXPECT_TRUE(edits.empty());
}

TEST(Apply, AFileThatWasBrokenMayStayAsBroken) {
  const Sources sources = {{"a.py", "x = (\ny = 1\n"}};
  EXPECT_TRUE(edit::apply(set_of({{"a.py", {0, 1}, "z"}}), sources));
}

TEST(Apply, StrayContinuationBytesBelongToNobody) {
  const Sources sources = {{"a.py", "x = '\x80\x80'\n"}};
  EXPECT_TRUE(edit::apply(set_of({{"a.py", {6, 7}, ""}}), sources));
}

TEST(Apply, KeepsOtherBytesWhateverTheyAre) {
  const Sources sources = {{"a.py", "\xef\xbb\xbfx = 1\r\n\ty\xff = 2 \r\n#\f end"}};
  EXPECT_EQ(edit::apply(set_of({{"a.py", {7, 8}, "3"}}), sources)->at("a.py"),
            "\xef\xbb\xbfx = 3\r\n\ty\xff = 2 \r\n#\f end");
}

TEST(Apply, NoEditsChangeNothing) { EXPECT_EQ(edit::apply(EditSet(), {{"a.py", "x"}}), Sources{}); }

TEST(Inverse, RestoresTheBytes) {
  const Sources sources = {{"a.py", "aa\nbb\ncc\ndd\n"}, {"b.py", "x = 1\n"}};
  const std::vector<std::vector<TextEdit>> sets = {
      {{"a.py", {0, 3}, ""}, {"a.py", {3, 6}, ""}},  // two deletions side by side
      {{"a.py", {0, 0}, "x\n"},
       {"a.py", {0, 0}, "y\n"},
       {"a.py", {0, 3}, ""}},  // insertions, then a deletion, at one point
      {{"a.py", {0, 3}, ""}, {"a.py", {3, 3}, "n\n"}, {"a.py", {3, 6}, "longer\n"}},
      {{"a.py", {0, 12}, ""}},
      {{"a.py", {12, 12}, "e\n"}, {"b.py", {0, 5}, "yy = 22"}},
  };
  for (const std::vector<TextEdit>& edits : sets) {
    const EditSet set = set_of(edits);
    const auto changed = edit::apply(set, sources);
    ASSERT_TRUE(changed) << changed.error().message;
    const auto restored = edit::apply(inverse(set, sources), *changed);
    ASSERT_TRUE(restored) << restored.error().message;
    for (const auto& [file, text] : *restored) EXPECT_EQ(text, sources.at(file));
    EXPECT_EQ(restored->size(), changed->size());
  }
}

}  // namespace
}  // namespace adapt::edit
