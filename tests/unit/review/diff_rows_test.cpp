#include "agent/review/diff_rows.h"

#include <gtest/gtest.h>

namespace adapt::review {
namespace {

using Kind = DiffRow::Kind;

TEST(DiffRows, PutWhatWentBesideWhatCame) {
  const std::vector<DiffRow> rows = diff_rows(
      "--- a/m.py\n+++ b/m.py\n@@ -3,4 +3,5 @@ def f\n a\n-b\n-c\n+B\n+C\n+D\n d\n@@ -20 +21 @@\n-x\n+y\n"
      "\\ No newline at end of file\n");
  const std::vector<DiffRow> expected = {
      {Kind::file, "m.py", {}, {}},
      {Kind::hunk, "@@ -3,4 +3,5 @@ def f", {}, {}},
      {Kind::context, "", {3, "a"}, {3, "a"}},
      {Kind::change, "", {4, "b"}, {4, "B"}},
      {Kind::change, "", {5, "c"}, {5, "C"}},
      {Kind::change, "", {}, {6, "D"}},
      {Kind::context, "", {6, "d"}, {7, "d"}},
      {Kind::hunk, "@@ -20 +21 @@", {}, {}},
      {Kind::change, "", {20, "x"}, {21, "y"}},
  };
  EXPECT_EQ(rows, expected);
}

TEST(DiffRows, TakeLinesThatLookLikeHeadersForWhatTheyAre) {
  const std::vector<DiffRow> rows = diff_rows("--- a/m\n+++ b/m\n@@ -1,2 +1,2 @@\n--- was\n+++ is\n @@ -9 +9 @@\n");
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[2], (DiffRow{Kind::change, "", {1, "-- was"}, {1, "++ is"}}));
  EXPECT_EQ(rows[3], (DiffRow{Kind::context, "", {2, "@@ -9 +9 @@"}, {2, "@@ -9 +9 @@"}}));
}

TEST(DiffRows, OfTextThatIsNoDiffAreNone) {
  for (const char* text : {"", "hello\nworld\n", "@@ -a,b +c,d @@\n+x\n", "@@ -1\n", "+only\n-lines\n"})
    EXPECT_TRUE(diff_rows(text).empty()) << text;
}

}  // namespace
}  // namespace adapt::review
