#include "agent/triage/log_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tools/base/file.h"

namespace adapt::triage {
namespace {

namespace fs = std::filesystem;

class LogFile : public ::testing::Test {
 protected:
  void write(const std::string& name, std::string_view bytes) {
    fs::create_directories((root() / name).parent_path());
    std::ofstream(root() / name, std::ios::binary) << bytes;
  }
  fs::path root() const { return folder_->path(); }
  // The category, or the kind and message without the folder.
  std::string said(const std::string& name) {
    const auto diagnosis = diagnose_file(root() / name, false, cancel_);
    if (diagnosis) return diagnosis->category;
    return std::string(to_string(diagnosis.error().kind)) + ":" +
           diagnosis.error().message.substr(root().native().size());
  }

  Result<TempDir> folder_ = TempDir::create("triage");
  CancelToken cancel_;
};

TEST_F(LogFile, IsDiagnosedWhateverItsEnd) {
  write("a", "E   ModuleNotFoundError: No module named 'kornia'");
  EXPECT_EQ(said("a"), "DEPENDENCY_ENV");
}

TEST_F(LogFile, WithoutTextIsRefusedWithItsReason) {
  write("empty", "");
  write("blank", " \n\t\n");
  std::string noise;
  for (unsigned i = 0, x = 1; i < 100'000; ++i) noise += static_cast<char>((x = x * 1664525U + 1013904223U) >> 24U);
  write("noise", noise);
  write("zeros", std::string(5000, '\0'));
  EXPECT_EQ(said("empty"), "usage:/empty: is empty");
  EXPECT_EQ(said("blank"), "usage:/blank: is empty");
  EXPECT_EQ(said("noise"), "parse:/noise: is no text");
  EXPECT_EQ(said("zeros"), "parse:/zeros: is no text");
  EXPECT_EQ(said("missing"), "usage:/missing: No such file or directory");
  EXPECT_EQ(said("."), "usage:/.: is no regular file");
}

TEST_F(LogFile, MayHoldSomeBytesThatAreNoText) {
  write("mixed", std::string("start of \xff\x00\x01 a log that goes on for a while, as logs do\n", 53) +
                     std::string(70'000, '.') + "\nOut of Memory: Not enough space to allocate 1 B DRAM buffer\n" +
                     std::string(300'000, '\xfe'));
  EXPECT_EQ(said("mixed"), "OOM_DRAM");
}

TEST_F(LogFile, ThatIsAPipeWithoutWriterDoesNotHang) {
  ASSERT_EQ(::mkfifo((root() / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(said("pipe"), "usage:/pipe: is no regular file");
  const auto asked = diagnose_file(root() / "pipe", true, cancel_);
  ASSERT_FALSE(asked);
  EXPECT_TRUE(asked.error().message.ends_with("is empty"));
}

TEST_F(LogFile, StopsWhenTheUserDoes) {
  write("a", "x");
  cancel_.request();
  EXPECT_EQ(said("a"), "interrupted:/a: stopped");
}

TEST_F(LogFile, OfAFolderAreAllFilesInOrderAndLinksToFoldersAreNotFollowed) {
  write("b.log", "x");
  write("a/deep/c.txt", "x");
  fs::create_directory_symlink(root(), root() / "a" / "round");
  fs::create_symlink("nowhere", root() / "broken");
  const Listing listing = list_logs(root());
  std::vector<std::string> names;
  for (const fs::path& file : listing.files) names.push_back(file.lexically_relative(root()).native());
  EXPECT_EQ(names, (std::vector<std::string>{"a/deep/c.txt", "a/round", "b.log", "broken"}));
  EXPECT_EQ(listing.problems, std::vector<std::string>{});
  EXPECT_EQ(said("broken"), "usage:/broken: No such file or directory");
}

TEST_F(LogFile, TooDeepFoldersAreNamed) {
  std::string deep;
  for (int i = 0; i <= kMostDepth; ++i) deep += "d/";
  write(deep + "x", "x");
  const Listing listing = list_logs(root());
  EXPECT_EQ(listing.files, std::vector<fs::path>{});
  ASSERT_EQ(listing.problems.size(), 1U);
  EXPECT_TRUE(listing.problems[0].ends_with(": is too deep"));
}

}  // namespace
}  // namespace adapt::triage
