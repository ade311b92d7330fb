#include "patterns/index/word_index.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

#include "tools/base/file.h"

namespace adapt::index {
namespace {
namespace fs = std::filesystem;

constexpr std::int64_t kSecond = 1'000'000'000;

IndexedFile file_of(std::string path, std::string_view text, std::int64_t changed_s, std::int64_t read_s) {
  IndexedFile out;
  out.path = std::move(path);
  out.stamp = {text.size(), changed_s * kSecond, changed_s * kSecond, 7, 1};
  out.read_ns = read_s * kSecond;
  out.content_hash = std::string(64, 'a');
  out.own = words_of(text);
  return out;
}

std::string bytes_of(const std::vector<IndexedFile>& files, std::string_view root) {
  std::vector<const IndexedFile*> all;
  for (const IndexedFile& file : files) all.push_back(&file);
  return serialise(all, root);
}

class WordIndexTest : public testing::Test {
 protected:
  fs::path path(const std::string& name) const { return folder_.path() / name; }
  TempDir folder_ = TempDir::create("index").value();
  std::vector<IndexedFile> files_ = {file_of("a.py", "one two", 100, 200), file_of("b/c.py", "", 100, 200),
                                     file_of("d.py", "three", 100, 200)};
};

TEST_F(WordIndexTest, ComesBackAsItWasKept) {
  ASSERT_TRUE(save(path("x.words"), bytes_of(files_, "/root")));
  const WordIndex index = WordIndex::load(path("x.words"), "/root");
  ASSERT_EQ(index.size(), 3U);
  for (const IndexedFile& file : files_) {
    const IndexedFile* found = index.current(file.path, file.stamp);
    ASSERT_NE(found, nullptr) << file.path;
    EXPECT_EQ(found->content_hash, file.content_hash);
    EXPECT_EQ(found->read_ns, file.read_ns);
    EXPECT_EQ(std::vector<WordHash>(found->words().begin(), found->words().end()), file.own);
  }
  EXPECT_EQ(index.find("b.py"), nullptr);
}

TEST_F(WordIndexTest, AChangedFileIsNotCurrent) {
  ASSERT_TRUE(save(path("x.words"), bytes_of(files_, "/root")));
  const WordIndex index = WordIndex::load(path("x.words"), "/root");
  const auto with = [&](auto change) {
    FileStamp stamp = files_[0].stamp;
    change(stamp);
    return index.current("a.py", stamp);
  };
  EXPECT_NE(with([](FileStamp&) {}), nullptr);
  EXPECT_EQ(with([](FileStamp& stamp) { ++stamp.size; }), nullptr);
  EXPECT_EQ(with([](FileStamp& stamp) { ++stamp.changed_ns; }), nullptr);
  EXPECT_EQ(with([](FileStamp& stamp) { ++stamp.inode_ns; }), nullptr);
  EXPECT_EQ(with([](FileStamp& stamp) { ++stamp.inode; }), nullptr);
  EXPECT_EQ(with([](FileStamp& stamp) { ++stamp.device; }), nullptr);
}

TEST_F(WordIndexTest, AFileThatWasReadWhileItsStampWasFreshIsNotTrusted) {
  const std::vector<IndexedFile> files = {file_of("a.py", "one", 100, 101)};
  ASSERT_TRUE(save(path("x.words"), bytes_of(files, "/root")));
  const WordIndex index = WordIndex::load(path("x.words"), "/root");
  EXPECT_EQ(index.current("a.py", files[0].stamp), nullptr);
  EXPECT_NE(index.find("a.py"), nullptr);
}

TEST_F(WordIndexTest, AnythingButAWholeIndexIsNone) {
  const std::string whole = bytes_of(files_, "/root");
  const auto size_of = [&](const std::string& bytes) {
    EXPECT_TRUE(write_file_atomic(path("x.words"), bytes));
    return WordIndex::load(path("x.words"), "/root").size();
  };
  ASSERT_EQ(size_of(whole), 3U);
  for (std::size_t at = 0; at < whole.size(); ++at) {  // each byte in turn
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    EXPECT_EQ(size_of(bytes), 0U) << "byte " << at;
  }
  for (std::size_t length = 0; length < whole.size(); length += 7) EXPECT_EQ(size_of(whole.substr(0, length)), 0U);
  EXPECT_EQ(size_of(whole + "x"), 0U);
  EXPECT_EQ(size_of(std::string(1000, '\xff')), 0U);
  EXPECT_EQ(WordIndex::load(path("none.words"), "/root").size(), 0U);
  EXPECT_EQ(WordIndex::load(folder_.path(), "/root").size(), 0U);
  ASSERT_EQ(size_of(whole), 3U);
  EXPECT_EQ(WordIndex::load(path("x.words"), "/other").size(), 0U) << "an index of another folder";
}

TEST_F(WordIndexTest, TwoWritersLeaveOneWholeIndex) {
  const std::vector<IndexedFile> other = {file_of("z.py", std::string(100'000, 'z'), 100, 200)};
  const std::string bytes[] = {bytes_of(files_, "/root"), bytes_of(other, "/root")};
  std::vector<std::jthread> writers;
  for (const std::string& mine : bytes)
    writers.emplace_back([&mine, file = path("x.words")] {
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(save(file, mine));
    });
  for (int i = 0; i < 20; ++i) {
    const std::size_t size = WordIndex::load(path("x.words"), "/root").size();
    EXPECT_TRUE(size == 0 || size == 1 || size == 3) << size;  // 0: before the first
  }
  writers.clear();
  const std::size_t size = WordIndex::load(path("x.words"), "/root").size();
  EXPECT_TRUE(size == 1 || size == 3) << size;
}

TEST_F(WordIndexTest, OldIndexesMakeRoom) {
  const std::string bytes = bytes_of(files_, "/root");
  for (const char* name : {"1.words", "2.words", "3.words", "note.txt"}) {
    ASSERT_TRUE(save(path(name), bytes));
    fs::last_write_time(path(name), fs::file_time_type::clock::now() - std::chrono::hours(10 - name[0] + '0'));
  }
  ASSERT_TRUE(save(path("4.words"), bytes, 2 * bytes.size()));
  EXPECT_FALSE(fs::exists(path("1.words")));
  EXPECT_FALSE(fs::exists(path("2.words")));
  EXPECT_TRUE(fs::exists(path("3.words")));
  EXPECT_TRUE(fs::exists(path("4.words")));
  EXPECT_TRUE(fs::exists(path("note.txt"))) << "what is not ours stays";
}

TEST_F(WordIndexTest, AFolderThatCannotBeWrittenIsAnError) {
  ASSERT_TRUE(write_file_atomic(path("file"), "x"));
  const auto saved = save(path("file") / "x.words", bytes_of(files_, "/root"));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().kind, ErrorKind::io);
}

TEST(IndexFile, IsOneForEachFolder) {
  EXPECT_EQ(index_file("/cache", "/a"), index_file("/cache", "/a"));
  EXPECT_NE(index_file("/cache", "/a"), index_file("/cache", "/b"));
}

}  // namespace
}  // namespace adapt::index
