#include <gtest/gtest.h>

#include "agent/review/plain_text.h"
#include "agent/review/shell_word.h"

namespace adapt::review {
namespace {

TEST(PlainText, LeavesOutControlsAndMarksThatTurnTextAround) {
  EXPECT_EQ(without_controls("a\x01\x7f\x1b"
                             "b\r\n\tc"),
            "ab\n\tc");
  EXPECT_EQ(without_controls("x\u202ey\u2066z\u200f"), "x\ufffdy\ufffdz\ufffd");
  EXPECT_EQ(without_controls("\xc3"), "\ufffd");
  EXPECT_EQ(one_line("  a \n\n b\t"), "a b");
  EXPECT_EQ(flat(" a\nb "), " a b ");
}

TEST(PlainText, IsCutBetweenCharacters) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcd", 3), "abc...");
  EXPECT_EQ(cut("a\u00e4\u00e4", 2), "a...");
  EXPECT_EQ(cut("\u00e4", 1), "...");
}

TEST(ShellWord, IsQuotedUnlessItIsHarmless) {
  EXPECT_EQ(shell_word("transformers:BertModel"), "transformers:BertModel");
  EXPECT_EQ(shell_word("a b"), "'a b'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("-rf"), "'-rf'");
  EXPECT_EQ(shell_word("a\nb"), "'a b'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace adapt::review
