#include "patterns/search/walk.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "tools/base/file.h"

namespace adapt::search {
namespace {
namespace fs = std::filesystem;

using Names = std::vector<std::string>;

class WalkTest : public testing::Test {
 protected:
  void write(const std::string& path) {
    ASSERT_TRUE(make_directories((root() / path).parent_path()));
    ASSERT_TRUE(write_file_atomic(root() / path, "x = 1\n"));
  }
  fs::path root() const { return folder_.path(); }
  Names listed(const std::string& below = "") {
    Names out;
    for (const ListedFile& file : list_sources(below.empty() ? root().string() : (root() / below).string()).files)
      out.push_back(file.path);
    return out;
  }
  Names skipped() {
    Names out;
    for (const Skipped& skip : list_sources(root().string()).skipped)
      out.push_back(fs::path(skip.path).lexically_relative(root()).string() + ": " + skip.reason);
    return out;
  }
  TempDir folder_ = TempDir::create("walk").value();
};

TEST_F(WalkTest, ListsPythonInOrderOfItsNames) {
  for (const char* path :
       {"b.py", "a/z.py", "a.py", "c.txt", "a/__pycache__/q.py", ".git/x.py", ".hidden.py", "a/b/c.py"})
    write(path);
  EXPECT_EQ(listed(), (Names{"a.py", "a/b/c.py", "a/z.py", "b.py"}));
  EXPECT_EQ(skipped(), Names{});
}

TEST_F(WalkTest, FollowsLinksOnceAndNotInCircles) {
  write("real/x.py");
  fs::create_directory_symlink(root() / "real", root() / "another");  // comes before it by name
  fs::create_directory_symlink(root(), root() / "real" / "circle");
  fs::create_symlink(root() / "real" / "x.py", root() / "link.py");
  EXPECT_EQ(listed(), Names{"real/x.py"});
}

TEST_F(WalkTest, WhatALinkLeadsToOutsideIsListedByTheLink) {
  write("outside/blob");
  write("outside/package/m.py");
  ASSERT_TRUE(make_directories(root() / "tree"));
  fs::create_symlink(root() / "outside" / "blob", root() / "tree" / "modeling.py");
  fs::create_symlink(root() / "outside" / "blob", root() / "tree" / "second.py");
  fs::create_directory_symlink(root() / "outside" / "package", root() / "tree" / "p");
  EXPECT_EQ(listed("tree"), (Names{"modeling.py", "p/m.py"}));
}

TEST_F(WalkTest, NamesWhatCannotBeRead) {
  write("a.py");
  fs::create_symlink(root() / "nowhere", root() / "broken.py");
  fs::create_symlink(root() / "self.py", root() / "self.py");
  ASSERT_EQ(::mkfifo((root() / "pipe.py").c_str(), 0600), 0);
  EXPECT_EQ(listed(), Names{"a.py"});
  EXPECT_EQ(skipped(), (Names{"broken.py: No such file or directory", "pipe.py: not a regular file",
                              "self.py: Too many levels of symbolic links"}));
}

TEST_F(WalkTest, VeryDeepFoldersAreSkippedNotFollowedForever) {
  fs::path at = root();
  const fs::path start = fs::current_path();
  for (int i = 0; i < 40; ++i) {  // together longer than a path may be
    const std::string name(120, 'd');
    fs::create_directory(name.empty() ? at : fs::path(at) / name);
    at /= name;
    if (at.string().size() > 3800) break;
  }
  fs::current_path(at);
  fs::create_directory(std::string(200, 'e'));
  fs::current_path(std::string(200, 'e'));
  fs::create_directory(std::string(200, 'f'));
  fs::current_path(start);
  EXPECT_EQ(list_sources(root().string()).skipped.size(), 1U);
}

}  // namespace
}  // namespace adapt::search
