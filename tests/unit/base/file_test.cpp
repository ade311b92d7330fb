#include "tools/base/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/base/file_lock.h"
#include "tools/base/unique_fd.h"

namespace adapt {
namespace {

namespace fs = std::filesystem;

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) != -1; }

TEST(File, ReadsWhatWasWritten) {
  const TempDir folder = TempDir::create("adapt-base-").value();
  const fs::path path = folder.path() / "f";
  for (const std::string& text : {std::string(), std::string("a\r\n\0b\xff", 6), std::string(300'000, 'x')}) {
    ASSERT_TRUE(write_file_atomic(path, text));
    EXPECT_EQ(read_file(path).value(), text);
  }
  EXPECT_EQ(fs::directory_iterator(folder.path())->path(), path);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1)
      << "no temporary file stays";
}

TEST(File, ReadsUpToTheLimitAndNotBeyond) {
  const TempDir folder = TempDir::create("adapt-base-").value();
  const fs::path path = folder.path() / "f";
  ASSERT_TRUE(write_file_atomic(path, "12345"));
  EXPECT_TRUE(read_file(path, 5));
  const auto refused = read_file(path, 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::io);
  EXPECT_NE(refused.error().message.find("5 bytes"), std::string::npos);
}

TEST(File, WhatIsNoRegularFileIsRefusedAtOnce) {
  const TempDir folder = TempDir::create("adapt-base-").value();
  const fs::path fifo = folder.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const fs::path& path : {folder.path(), fifo, fs::path("/dev/zero"), folder.path() / "missing"}) {
    const auto refused = read_file(path);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find(path.string()), std::string::npos);
  }
}

TEST(File, AFailedWriteLeavesTheOldFileAndNoOther) {
  const TempDir folder = TempDir::create("adapt-base-").value();
  const fs::path taken = folder.path() / "taken";
  ASSERT_TRUE(make_directories(taken / "inside"));
  EXPECT_FALSE(write_file_atomic(taken, "x"));  // a folder cannot be replaced by a file
  EXPECT_TRUE(fs::is_directory(taken / "inside"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
  EXPECT_FALSE(write_file_atomic(folder.path() / "no" / "such" / "folder", "x"));
}

TEST(File, MakesFoldersOnceAndAgain) {
  const TempDir folder = TempDir::create("adapt-base-").value();
  EXPECT_TRUE(make_directories(folder.path() / "a/b/c"));
  EXPECT_TRUE(make_directories(folder.path() / "a/b/c"));
  ASSERT_TRUE(write_file_atomic(folder.path() / "f", ""));
  EXPECT_FALSE(make_directories(folder.path() / "f" / "g"));
}

TEST(TempDir, GoesWithAllItHolds) {
  fs::path path;
  {
    TempDir first = TempDir::create("adapt-base-").value();
    const TempDir moved = std::move(first);
    path = moved.path();
    ASSERT_TRUE(make_directories(path / "a/b"));
    ASSERT_TRUE(write_file_atomic(path / "a/b/f", "x"));
    EXPECT_TRUE(fs::exists(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(UniqueFd, ClosesOnce) {
  const int raw = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ASSERT_GE(raw, 0);
  {
    UniqueFd first(raw);
    UniqueFd second = std::move(first);
    EXPECT_TRUE(second);
    EXPECT_EQ(second.get(), raw);
    UniqueFd third;
    EXPECT_FALSE(third);
    third = std::move(second);
    EXPECT_TRUE(is_open(raw));
  }
  EXPECT_FALSE(is_open(raw));
}

TEST(FileLock, IsGivenUpWithItsDescriptor) {
  const TempDir folder = TempDir::create("adapt-base-").value();
  const fs::path path = folder.path() / "f";
  for (int round = 0; round < 2; ++round) {
    auto held = open_locked(path);
    ASSERT_TRUE(held) << held.error().message;
    const UniqueFd other(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    EXPECT_NE(::flock(other.get(), LOCK_EX | LOCK_NB), 0) << "held";
    held->reset();
    EXPECT_EQ(::flock(other.get(), LOCK_EX | LOCK_NB), 0) << "given up";
  }
  EXPECT_FALSE(open_locked(folder.path())) << "a folder";
  EXPECT_FALSE(open_locked(path / "below")) << "below a file";
  fs::create_symlink(path, folder.path() / "link");
  EXPECT_FALSE(open_locked(folder.path() / "link")) << "somebody else's choice of file";
}

}  // namespace
}  // namespace adapt
