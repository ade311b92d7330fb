#include "agent/triage/lines.h"

#include <gtest/gtest.h>

#include <vector>

namespace adapt::triage {
namespace {

struct Seen {
  std::string text;
  std::uint64_t number, offset;
  bool operator==(const Seen&) const = default;
};
std::ostream& operator<<(std::ostream& to, const Seen& seen) {
  return to << seen.number << '@' << seen.offset << " '" << seen.text.substr(0, 40) << "'";
}

std::vector<Seen> cut(std::string_view text, std::size_t piece = 1'000'000) {
  std::vector<Seen> out;
  LineCutter cutter([&](const Line& line) { out.push_back({std::string(line.text), line.number, line.offset}); });
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) cutter.feed(text.substr(0, piece));
  cutter.finish();
  return out;
}

std::string cleaned(std::string_view text) {
  std::string out;
  append_without_escapes(text, out);
  return out;
}

TEST(Lines, KeepNumberAndOffsetWhereverTheBytesAreCut) {
  const std::string text = "one\r\n\ntwo\x1b[1mx\x1b[0m\nlast";
  const std::vector<Seen> expected = {{"one", 1, 0}, {"", 2, 5}, {"twox", 3, 6}, {"last", 4, 19}};
  for (std::size_t piece = 1; piece <= text.size(); ++piece) EXPECT_EQ(cut(text, piece), expected) << piece;
}

TEST(Lines, ACarriageReturnStartsAfreshOnTheSameLine) {
  EXPECT_EQ(cut("10%\r20%\rerror: x\n"), (std::vector<Seen>{{"10%", 1, 0}, {"20%", 1, 0}, {"error: x", 1, 0}}));
}

TEST(Lines, ALongLineComesInPiecesThatOverlap) {
  const std::string text =
      std::string(LineCutter::kPiece - 5, 'a') + "out of memory" + std::string(100, 'b') + "\nnext";
  const std::vector<Seen> seen = cut(text, 1000);
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_NE(seen[1].text.find("out of memory"), std::string::npos);
  EXPECT_EQ((std::vector<std::uint64_t>{seen[0].number, seen[1].number, seen[2].number}),
            (std::vector<std::uint64_t>{1, 1, 2}));
  EXPECT_EQ(seen[2], (Seen{"next", 2, text.size() - 4}));
}

TEST(Lines, EscapeSequencesGoAndWhatFollowsABrokenOneStays) {
  EXPECT_EQ(cleaned("\x1b[31;1mError\x1b[0m: 13"), "Error: 13");
  EXPECT_EQ(cleaned("\x1b]0;title\aE"), "E");
  EXPECT_EQ(cleaned("\x1b]8;;http://x\x1b\\link"), "link");
  EXPECT_EQ(cleaned("\x1b(Bplain"), "plain");
  EXPECT_EQ(cleaned("cut \x1b["), "cut ");
  EXPECT_EQ(cleaned("\x1b"), "");
  EXPECT_EQ(cleaned("a\tb\x01\x7f"
                    "c"),
            "a\tbc");
  const std::string never_ends = "\x1b]" + std::string(1000, 'x') + "error";
  EXPECT_TRUE(cleaned(never_ends).ends_with("error"));
}

}  // namespace
}  // namespace adapt::triage
