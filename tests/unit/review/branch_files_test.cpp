#include "agent/review/branch_files.h"

#include <gtest/gtest.h>

#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::review {
namespace {

using Names = std::vector<std::string>;

TEST(PatchPlaces, AreTheLongestEndThatNamesOneFile) {
  const Names tracked = {"README.md", "src/lib/models/a/x.py", "src/lib/models/b/x.py", "src/lib/util.py",
                         "examples/util.py"};
  EXPECT_EQ(find_place({"lib/models/a/x.py"}, tracked).value(), (PatchPlace{0, "src"}));
  EXPECT_EQ(find_place({"site/lib/models/a/x.py", "site/lib/models/b/x.py"}, tracked).value(), (PatchPlace{1, "src"}));
  EXPECT_EQ(find_place({"src/lib/models/a/x.py"}, tracked).value(), (PatchPlace{0, ""}));
  EXPECT_EQ(find_place({"elsewhere/README.md"}, tracked).value(), (PatchPlace{1, ""}));
}

TEST(PatchPlaces, ThatAreNoneOrSeveralAreUsageErrorsThatNameTheFile) {
  const Names tracked = {"one/x.py", "two/x.py", "z/deep/y.py", "notx.py"};
  const std::pair<Names, std::string> cases[] = {
      {{"x.py"}, "x.py may be in several folders of the repository: one, two"},
      {{"lib/w.py"}, "the repository has no file lib/w.py"},
      {{"one/x.py", "deep/y.py"}, "several trees of the repository: one/x.py and deep/y.py"},
      {{}, "changes no file"},
      {{"tx.py"}, "the repository has no file tx.py"},
  };
  for (const auto& [patched, says] : cases) {
    const auto place = find_place(patched, tracked);
    ASSERT_FALSE(place) << says;
    EXPECT_EQ(place.error().kind, ErrorKind::usage);
    EXPECT_TRUE(contains(place.error().message, says)) << place.error().message;
  }
}

TEST(TestFilesOfARun, AreThoseThatARepositoryCanHold) {
  const auto folder = TempDir::create("adapt-tests-");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file_atomic(folder->path() / "test_a.py", "pass\n"));
  ASSERT_TRUE(write_file_atomic(folder->path() / "weights.safetensors", std::string(std::size_t{600} << 10U, 'x')));
  std::filesystem::create_symlink("/etc/hostname", folder->path() / "link.py");
  std::filesystem::create_directory(folder->path() / "__pycache__");
  const TestFiles found = test_files(folder->path());
  EXPECT_EQ(found.files, (std::vector<std::filesystem::path>{folder->path() / "test_a.py"}));
  EXPECT_EQ(found.left_out, Names{"weights.safetensors"});
  EXPECT_TRUE(test_files(folder->path() / "absent").files.empty());
}

}  // namespace
}  // namespace adapt::review
