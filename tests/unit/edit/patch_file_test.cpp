#include "tools/edit/patch_file.h"

#include <gtest/gtest.h>

#include "tools/edit/edit_set.h"

namespace adapt::edit {
namespace {

constexpr const char* kText = "a\nb\nc\nd\ne\nf\ng\nh\n";

Result<std::string> patched(const std::string& patch, const std::string& text) {
  const auto parsed = parse_patch(patch);
  if (!parsed) return tl::unexpected<Error>(parsed.error());
  EXPECT_EQ(parsed->size(), 1U);
  return apply_patch(parsed->front(), text);
}

TEST(PatchFile, AppliesWhatItsOwnDiffPrints) {
  for (const std::string after :
       {"a\nB\nc\nd\ne\nf\ng\nh\n", "x\na\nb\nc\nd\ne\nf\ng\nh\ny\n", "a\nc\nd\ne\nf\nG\nh", "b\n"}) {
    const std::string diff = unified_diff({{"m/x.py", kText}}, {{"m/x.py", after}});
    const auto parsed = parse_patch(diff);
    ASSERT_TRUE(parsed) << parsed.error().message << diff;
    EXPECT_EQ(parsed->front().file, "m/x.py");
    const auto text = apply_patch(parsed->front(), kText);
    ASSERT_TRUE(text) << text.error().message << diff;
    EXPECT_EQ(*text, after);
  }
}

TEST(PatchFile, FindsTheOldLinesWhereTheyMoved) {
  const std::string patch = "--- a/x.py\n+++ b/x.py\n@@ -2,2 +2,2 @@\n-e\n+E\n f\n";
  EXPECT_EQ(*patched(patch, kText), "a\nb\nc\nd\nE\nf\ng\nh\n");
}

TEST(PatchFile, KeepsLineEndsAndForgivesTrimmedContext) {
  EXPECT_EQ(*patched("--- a/x.py\n+++ b/x.py\n@@ -1,2 +1,2 @@\n a\n-b\n+B\n", "a\r\nb\r\nc\r\n"), "a\r\nB\r\nc\r\n");
  EXPECT_EQ(*patched("--- a/x.py\n+++ b/x.py\n@@ -1,3 +1,3 @@\n a\n\n-b\n+B\n", "a\n\nb\n"), "a\n\nB\n");
}

TEST(PatchFile, SaysWhatDoesNotFit) {
  const auto text = patched("--- a/x.py\n+++ b/x.py\n@@ -1,1 +1,1 @@\n-nothing\n+B\n", kText);
  ASSERT_FALSE(text);
  EXPECT_EQ(text.error().kind, ErrorKind::usage);
  EXPECT_NE(text.error().message.find("x.py: the hunk in line 3"), std::string::npos) << text.error().message;
}

TEST(PatchFile, RefusesWhatIsNoChangeOfSources) {
  for (const char* bad : {"", "hello\n", "--- a/x.py\n+++ b/x.py\n", "@@ -1 +1 @@\n-a\n+b\n",
                          "--- /dev/null\n+++ b/x.py\n@@ -0,0 +1 @@\n+a\n", "--- a/x\n+++ b/x\n@@ nonsense\n-a\n",
                          "--- a/x\n+++ b/x\n@@ -1 +1 @@\n*a\n"})
    EXPECT_FALSE(parse_patch(bad)) << bad;
}

}  // namespace
}  // namespace adapt::edit
