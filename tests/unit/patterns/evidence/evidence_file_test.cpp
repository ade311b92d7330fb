#include "patterns/evidence/evidence_file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <random>

#include "patterns/evidence/book.h"
#include "tests/unit/patterns/evidence/records.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::evidence {
namespace {

namespace fs = std::filesystem;

std::string text_of(const std::vector<Record>& records, const std::string& line_end = "\n") {
  std::string out = kHeader + line_end;
  for (const Record& record : records) out += encode(record) + line_end;
  return out;
}

TEST(EvidenceFile, GivesBackWhatWasAppended) {
  const TempDir folder = TempDir::create("adapt-evidence-").value();
  const fs::path file = folder.path() / "scan" / "count.evidence.tsv";
  const std::vector<Record> records = times(3, {});
  EXPECT_TRUE(read_evidence(file).value().records.empty()) << "no file is no evidence";
  EXPECT_EQ(append_evidence(file, std::span(records).first(2)).value(), 2U);
  EXPECT_EQ(append_evidence(file, records).value(), 1U) << "what is there already is not written again";
  EXPECT_EQ(read_evidence(file).value().records, records);
  EXPECT_EQ(read_file(file).value(), text_of(records));
}

TEST(EvidenceFile, CopiesThatWereMergedAsTextHoldEachLineOnce) {
  const std::vector<Record> mine = times(2, {}), theirs = times(2, {});
  const std::string both = text_of(mine) + text_of(theirs) + text_of(mine);
  const Evidence evidence = parse_evidence(both, "x");
  EXPECT_EQ(evidence.records, mine + theirs);
  EXPECT_EQ(evidence.complaint, "");
}

TEST(EvidenceFile, LineEndsAndMarksOfOtherSystemsDoNotMatter) {
  const std::vector<Record> records = times(2, {});
  EXPECT_EQ(parse_evidence("\xef\xbb\xbf" + text_of(records, "\r\n"), "x").records, records);
  EXPECT_EQ(parse_evidence("\n\n# a note\n" + text_of(records), "x").records, records);
  EXPECT_EQ(parse_evidence(encode(records[0]), "x").records.size(), 1U) << "without header and last line end";
}

TEST(EvidenceFile, MalformedLinesAreCountedAndNamedAndTheRestIsRead) {
  const std::vector<Record> records = times(2, {});
  const std::string text = kHeader + "\n<<<<<<< ours\n" + encode(records[0]) + "\n=======\n" + encode(records[1]) +
                           "\n>>>>>>> theirs\n\xff\xfe\n" + std::string(std::size_t{10} << 20U, 'x') + "\n";
  const Evidence evidence = parse_evidence(text, "count.evidence.tsv");
  EXPECT_EQ(evidence.records, records);
  EXPECT_EQ(evidence.malformed, 5U);
  EXPECT_EQ(evidence.complaint.find("count.evidence.tsv: 5 lines are left out; line 2: "), 0U) << evidence.complaint;
}

TEST(EvidenceFile, AFileThatIsCutAnywhereLosesOnlyItsLastLine) {
  const std::vector<Record> records = times(3, {});
  const std::string text = text_of(records);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const Evidence evidence = parse_evidence(std::string_view(text).substr(0, cut), "x");
    const auto whole =
        static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(cut), '\n'));
    EXPECT_GE(evidence.records.size() + 1, whole) << cut;
    for (std::size_t i = 0; i + 1 < whole; ++i) EXPECT_EQ(evidence.records.at(i), records[i]) << cut;
  }
}

TEST(EvidenceFile, AppendingToAFileThatWasCutStartsALineOfItsOwn) {
  const TempDir folder = TempDir::create("adapt-evidence-").value();
  const fs::path file = folder.path() / "count.evidence.tsv";
  const std::vector<Record> records = times(2, {});
  const std::string whole = text_of({records[0]});
  ASSERT_TRUE(write_file_atomic(file, whole.substr(0, whole.size() - 30)));
  ASSERT_TRUE(append_evidence(file, std::span(records).subspan(1)));
  const Evidence evidence = read_evidence(file).value();
  EXPECT_EQ(evidence.malformed, 1U);
  EXPECT_EQ(evidence.records, std::vector<Record>{records[1]});
}

TEST(EvidenceFile, RandomBytesAreNoEvidenceAndDoNoHarm) {
  std::mt19937 chance(7);
  const std::string text = text_of(times(3, {}));
  for (int round = 0; round < 2000; ++round) {
    std::string hostile = text;
    for (int i = 0; i < 5; ++i) hostile[chance() % hostile.size()] = static_cast<char>(chance());
    EXPECT_LE(parse_evidence(hostile, "x").records.size(), 8U);
  }
}

TEST(EvidenceFile, OfAFileThatIsTooLongTheNewestPartIsRead) {
  const TempDir folder = TempDir::create("adapt-evidence-").value();
  const fs::path file = folder.path() / "count.evidence.tsv";
  const std::vector<Record> records = times(1, {});
  ASSERT_TRUE(write_file_atomic(file, std::string(kMaxEvidence, 'x') + "\n" + encode(records[0]) + "\n"));
  const Evidence evidence = read_evidence(file).value();
  EXPECT_EQ(evidence.records, records);
  EXPECT_TRUE(contains(evidence.complaint, "is too long")) << evidence.complaint;
}

TEST(EvidenceFile, WhatIsNoFileIsAnErrorAtOnce) {
  const TempDir folder = TempDir::create("adapt-evidence-").value();
  const std::vector<Record> records = times(1, {});
  EXPECT_FALSE(append_evidence(folder.path(), records));
  ASSERT_TRUE(write_file_atomic(folder.path() / "file", "x"));
  EXPECT_FALSE(append_evidence(folder.path() / "file" / "count.evidence.tsv", records))
      << "a file in place of the folder";
  EXPECT_FALSE(read_evidence(folder.path()));
  ASSERT_EQ(::mkfifo((folder.path() / "pipe").c_str(), 0600), 0);
  EXPECT_FALSE(read_evidence(folder.path() / "pipe"));
}

TEST(EvidenceFile, ProcessesThatWriteAtOnceLoseNothing) {
  constexpr int kProcesses = 4, kLines = 50;
  const TempDir folder = TempDir::create("adapt-evidence-").value();
  const fs::path file = folder.path() / "count.evidence.tsv";
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      bool good = true;
      for (int line = 0; line < kLines; ++line) {
        const Record record = made({.run = fmt::format("process{}/{}", process, line)});
        good = append_evidence(file, std::span(&record, 1)).has_value() && good;
      }
      ::_exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  const Evidence evidence = read_evidence(file).value();
  EXPECT_EQ(evidence.records.size(), static_cast<std::size_t>(kProcesses * kLines));
  EXPECT_EQ(evidence.complaint, "");
}

TEST(Book, GathersOfAllFoldersAndKeepsEachLineOnce) {
  const TempDir folder = TempDir::create("adapt-evidence-").value();
  const fs::path shipped = folder.path() / "shipped", own = folder.path() / "own";
  const std::vector<Record> records = times(3, {}), stray = times(1, {.pattern = "other/one"});
  ASSERT_TRUE(append_evidence(evidence_file(shipped, "scan/count"), std::span(records).first(2)));
  ASSERT_TRUE(append_evidence(evidence_file(own, "scan/count"), std::span(records).last(2)));
  ASSERT_TRUE(append_evidence(evidence_file(own, "scan/count"), stray));
  ASSERT_TRUE(write_file_atomic(own / "scan" / "sum.evidence.tsv", "junk\n"));
  const std::vector<std::string> ids = {"scan/count", "scan/sum"};
  const std::vector<fs::path> folders = {shipped, own};
  const Book book = Book::load(ids, folders);
  EXPECT_EQ(std::vector<Record>(book.of("scan/count").begin(), book.of("scan/count").end()), records)
      << "and none of another pattern";
  EXPECT_TRUE(book.of("scan/sum").empty());
  ASSERT_EQ(book.complaints().size(), 1U);
  EXPECT_TRUE(contains(book.complaints().front(), "sum.evidence.tsv: 1 line is left out"));
}

TEST(Book, ForgetsWhatOneRunAdded) {
  Book book({made({.run = "r/1"}), made({.run = "r/2"}), made({.run = "rr/1"})});
  book.forget_run("r");
  ASSERT_EQ(book.of("scan/count").size(), 1U);
  EXPECT_EQ(book.of("scan/count").front().run, "rr/1");
}

}  // namespace
}  // namespace adapt::evidence
