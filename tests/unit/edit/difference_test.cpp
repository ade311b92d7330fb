#include <gtest/gtest.h>

#include "tests/unit/edit/random_edits.h"
#include "tools/edit/edit_set.h"
#include "tools/edit/line_diff.h"

namespace adapt::edit {
namespace {

std::vector<std::string_view> letters(std::string_view text) {
  std::vector<std::string_view> out;
  for (std::size_t i = 0; i < text.size(); ++i) out.push_back(text.substr(i, 1));
  return out;
}

std::size_t cost(const std::vector<Hunk>& hunks) {
  std::size_t sum = 0;
  for (const Hunk& hunk : hunks) sum += hunk.old_end - hunk.old_begin + hunk.new_end - hunk.new_begin;
  return sum;
}

// The cost of a shortest script by the textbook table, as the measure for the fast one.
std::size_t shortest_cost(std::string_view a, std::string_view b) {
  std::vector<std::size_t> above(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j)
      row[j] = a[i - 1] == b[j - 1] ? above[j - 1] : std::min(above[j], row[j - 1]) + 1;
    above = row;
  }
  return above.back();
}

std::string applied(std::string_view a, std::string_view b, const std::vector<Hunk>& hunks) {
  std::string out;
  std::size_t at = 0;
  for (const Hunk& hunk : hunks) {
    out += a.substr(at, hunk.old_begin - at);
    out += b.substr(hunk.new_begin, hunk.new_end - hunk.new_begin);
    at = hunk.old_end;
  }
  return out += a.substr(at);
}

TEST(DiffLines, FindsAShortestScript) {
  std::mt19937 random(3);
  for (int round = 0; round < 3000; ++round) {
    std::string a(random() % 14, ' ');
    std::string b(random() % 14, ' ');
    for (char& c : a) c = static_cast<char>('a' + random() % 3);
    for (char& c : b) c = static_cast<char>('a' + random() % 3);
    const std::vector<Hunk> hunks = diff_lines(letters(a), letters(b));
    EXPECT_EQ(applied(a, b, hunks), b) << a << " -> " << b;
    EXPECT_EQ(cost(hunks), shortest_cost(a, b)) << a << " -> " << b;
  }
}

TEST(DiffLines, BeyondTheLimitOneHunkCoversTheMiddle) {
  EXPECT_EQ(diff_lines(letters("xabcdy"), letters("xefghy"), 3), (std::vector<Hunk>{{1, 5, 1, 5}}));
  std::string a;
  std::string b;
  for (int i = 0; i < 20'000; ++i) (a += std::to_string(i)) += "\n", (b += std::to_string(-i - 1)) += "\n";
  EXPECT_EQ(diff_lines(lines_with_ends(a), lines_with_ends(b)), (std::vector<Hunk>{{0, 20'000, 0, 20'000}}));
}

TEST(LinesWithEnds, LoseNoByte) {
  EXPECT_EQ(lines_with_ends(""), std::vector<std::string_view>());
  EXPECT_EQ(lines_with_ends("a\n\nb"), (std::vector<std::string_view>{"a\n", "\n", "b"}));
  EXPECT_EQ(lines_with_ends("a\r\n"), (std::vector<std::string_view>{"a\r\n"}));
}

TEST(Difference, TurnsBeforeIntoAfter) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const std::string base = "a\nb\nc\nd\ne\nf\ng\nh\n";
    const Sources before = {{"m", with_random_lines_changed(base, random)}, {"same", base}};
    const Sources after = {{"m", with_random_lines_changed(base, random)}, {"same", base}};
    const auto result = edit::apply(difference(before, after), before);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->contains("m") ? result->at("m") : before.at("m"), after.at("m"));
    EXPECT_FALSE(result->contains("same"));
  }
}

TEST(Difference, OfEqualSourcesIsEmpty) {
  const Sources sources = {{"m", "x = 1\n"}};
  EXPECT_TRUE(difference(sources, sources).empty());
  EXPECT_EQ(unified_diff(sources, sources), "");
}

struct DiffCase {
  const char* name;
  Sources before;
  Sources after;
  const char* diff;
};
const DiffCase kDiffs[] = {
    {"change in the middle",
     {{"f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"}},
     {{"f", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"}},
     "--- a/f\n+++ b/f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"},
    {"insertion at line 1", {{"f", "1\n"}}, {{"f", "0\n1\n"}}, "--- a/f\n+++ b/f\n@@ -1,1 +1,2 @@\n+0\n 1\n"},
    {"to empty", {{"f", "1\n2\n"}}, {{"f", ""}}, "--- a/f\n+++ b/f\n@@ -1,2 +0,0 @@\n-1\n-2\n"},
    {"from empty", {{"f", ""}}, {{"f", "1\n"}}, "--- a/f\n+++ b/f\n@@ -0,0 +1,1 @@\n+1\n"},
    {"new file", {}, {{"f", "1\n"}}, "--- /dev/null\n+++ b/f\n@@ -0,0 +1,1 @@\n+1\n"},
    {"file goes", {{"f", "1\n"}}, {}, "--- a/f\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-1\n"},
    {"line end appears",
     {{"f", "1"}},
     {{"f", "1\n"}},
     "--- a/f\n+++ b/f\n@@ -1,1 +1,1 @@\n-1\n\\ No newline at end of file\n+1\n"},
    {"far changes are two hunks",
     {{"f", "a\n1\n2\n3\n4\n5\n6\n7\nb\n"}},
     {{"f", "A\n1\n2\n3\n4\n5\n6\n7\nB\n"}},
     "--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
    {"near changes are one",
     {{"f", "a\n1\n2\n3\n4\n5\n6\nb\n"}},
     {{"f", "A\n1\n2\n3\n4\n5\n6\nB\n"}},
     "--- a/f\n+++ b/f\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
    {"odd names are quoted",
     {{"a\"b\\c\n.py", "1\n"}},
     {{"a\"b\\c\n.py", "2\n"}},
     "--- \"a/a\\\"b\\\\c\\012.py\"\n+++ \"b/a\\\"b\\\\c\\012.py\"\n@@ -1,1 +1,1 @@\n-1\n+2\n"},
};

TEST(UnifiedDiff, IsWhatPatchReads) {
  for (const DiffCase& c : kDiffs) EXPECT_EQ(unified_diff(c.before, c.after), c.diff) << c.name;
}

}  // namespace
}  // namespace adapt::edit
