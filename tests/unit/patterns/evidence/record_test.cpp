#include "patterns/evidence/record.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/patterns/evidence/records.h"
#include "tools/base/text.h"

namespace adapt::evidence {
namespace {

Record full() {
  Record out = made({.outcome = Outcome::apply_error, .run = "20260131-120000-a-iree-00ff/7", .revision = 3});
  out.sites = 4;
  out.packages = "torch 2.9.0";
  out.after = "load|exception";
  out.pcc = 0.9999999999999999;
  out.max_error = 1e-7;
  out.seconds = 12.25;
  return out;
}

std::string with(std::size_t column, const std::string& cell) {
  const std::string line = encode(full());
  std::string out;
  std::size_t at = 0;
  for (const std::string_view old : split(line, '\t'))
    out += (at == 0 ? "" : "\t") + (at == column ? cell : std::string(old)), ++at;
  return out;
}

TEST(EvidenceRecord, ReadsBackWhatItWrote) {
  EXPECT_EQ(decode(encode(full())).value(), full());
  Record bare = full();
  bare.pcc = bare.max_error = std::nullopt;
  EXPECT_EQ(decode(encode(bare)).value(), bare);
  bare.max_error = HUGE_VAL;
  EXPECT_EQ(decode(encode(bare)).value(), bare) << "an infinite error is a figure";
}

TEST(EvidenceRecord, ReadsBackEveryOutcome) {
  for (const char* word : {"pass", "advanced", "same", "worse", "numeric", "apply-error", "reviewed", "unneeded"}) {
    const auto outcome = parse_outcome(word);
    ASSERT_TRUE(outcome) << word;
    EXPECT_EQ(to_string(*outcome), word);
  }
  EXPECT_FALSE(parse_outcome("Pass"));
}

TEST(EvidenceRecord, TextsCannotBreakTheLine) {
  Record record = full();
  record.model = "a\tb\nc\x1b[2J\xff";
  record.before = std::string(5000, 'x');
  const std::string line = encode(record);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const Record back = decode(line).value();
  EXPECT_EQ(back.model, "a b c [2J") << "what is no UTF-8 ends the text";
  EXPECT_EQ(back.before.size(), kMaxText);
}

TEST(EvidenceRecord, ATextIsNotCutInsideACharacter) {
  const std::string text = kept_text(std::string(kMaxText - 1, 'x') + "\xc3\xa9");
  EXPECT_EQ(text, std::string(kMaxText - 1, 'x'));
}

TEST(EvidenceRecord, RefusesCellsThatCannotBe) {
  struct Wrong {
    std::size_t column;
    const char* cell;
    const char* name;
  };
  for (const Wrong& wrong :
       {Wrong{0, "yesterday", "time"}, Wrong{0, "2026-01-31T12:00:00", "time"}, Wrong{1, "", "pattern"},
        Wrong{1, "../../etc/passwd", "pattern"}, Wrong{2, "0", "revision"}, Wrong{2, "1.5", "revision"},
        Wrong{2, "99999999999999999999", "revision"}, Wrong{3, "-1", "sites"}, Wrong{11, "passed", "outcome"},
        Wrong{12, "nan", "pcc"}, Wrong{12, "2", "pcc"}, Wrong{13, "-1e-9", "max_error"}, Wrong{14, "", "seconds"},
        Wrong{14, "inf", "seconds"}, Wrong{14, "1e300", "seconds"}}) {
    const auto read = decode(with(wrong.column, wrong.cell));
    ASSERT_FALSE(read) << wrong.name << " = " << wrong.cell;
    EXPECT_TRUE(contains(read.error().message, fmt::format("'{}'", wrong.name))) << read.error().message;
  }
  EXPECT_FALSE(decode("a\tb"));
  EXPECT_FALSE(decode(with(4, "\xff\xfe")));
}

TEST(EvidenceRecord, CellsOfALaterVersionAreLeftAlone) {
  EXPECT_EQ(decode(encode(full()) + "\tmore\t").value(), full());
}

}  // namespace
}  // namespace adapt::evidence
