#include "patterns/search/search.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/unit/patterns/search/search_text.h"
#include "tools/base/file.h"

namespace adapt::search {
namespace {
namespace fs = std::filesystem;

// A minute later than it is, so that stamps of files just written are old enough to be trusted.
class LaterClock final : public Clock {
 public:
  std::int64_t utc_ms() const override { return SystemClock().utc_ms() + 60'000; }
  std::int64_t monotonic_ms() const override { return 0; }
};

class SearchTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(make_directories(root())); }
  fs::path root() const { return folder_.path() / "tree"; }
  fs::path cache() const { return folder_.path() / "cache"; }
  std::string at(const std::string& path) const { return (root() / path).string(); }
  void write(const std::string& path, std::string_view text) {
    ASSERT_TRUE(make_directories((root() / path).parent_path()));
    ASSERT_TRUE(write_file_atomic(root() / path, text));
  }

  Result<Found> run(std::vector<std::string> paths, std::size_t threads = 1, bool words_only = false) {
    const auto pattern = code_pattern("g($X)");
    const patterns::Pattern* only = pattern.get();
    return search(paths, RuleSet(std::span(&only, 1)), *patterns::shipped_table(),
                  {.threads = threads, .cache_folder = cache(), .words_only = words_only, .progress = {}}, clock_,
                  cancel_);
  }
  Found find(std::size_t threads = 1) {
    auto found = run({root().string()}, threads);
    if (!found) ADD_FAILURE() << found.error().message;
    return found ? std::move(*found) : Found{};
  }
  // "path:line:column", in the order of the result.
  std::vector<std::string> places(const Found& found) const {
    std::vector<std::string> out;
    for (const FoundIn& file : found.files)
      for (const Site& site : file.found.sites)
        out.push_back(
            fmt::format("{}:{}:{}", fs::relative(file.path, root()).string(), site.place.line, site.place.column));
    return out;
  }

  using Texts = std::vector<std::string>;
  TempDir folder_ = TempDir::create("search").value();
  LaterClock clock_;
  CancelToken cancel_;
};

TEST_F(SearchTest, AnUnchangedFileIsNotReadAgain) {
  write("a.py", "g(1)\n");
  write("b.py", "h(1)\n");
  EXPECT_EQ(find().indexed_files, 2U);
  const Found again = find();
  EXPECT_EQ(again.indexed_files, 0U);
  EXPECT_EQ(again.candidate_files, 1U) << "the other one is ruled out by its words";
  EXPECT_EQ(places(again), Texts{"a.py:1:1"});
}

TEST_F(SearchTest, FilesWithTheWordsAreFoundWithoutParsingThem) {
  write("a.py", "g(1)\n");
  write("b.py", "h(1)\n");
  write("c.py", "'g'\n");
  for (const std::uint64_t read_anew : {3U, 0U}) {
    const auto found = run({root().string()}, 1, true);
    ASSERT_TRUE(found) << found.error().message;
    Texts files;
    for (const FoundIn& file : found->files) files.push_back(fs::relative(file.path, root()).string());
    EXPECT_EQ(files, (Texts{"a.py", "c.py"}));
    EXPECT_EQ(found->indexed_files, read_anew);
    EXPECT_EQ(found->parsed_bytes, 0U);
  }
  const auto outside_of_an_index = run({at("a.py"), at("b.py")}, 1, true);
  ASSERT_TRUE(outside_of_an_index);
  ASSERT_EQ(outside_of_an_index->files.size(), 1U);
  EXPECT_EQ(outside_of_an_index->files[0].path, at("a.py"));
}

TEST_F(SearchTest, AChangedAddedOrRemovedFileIsSeen) {
  write("a.py", "g(1)\n");
  write("b.py", "h(1)\n");
  EXPECT_EQ(places(find()), Texts{"a.py:1:1"});
  write("b.py", "x = g(2)\n");
  write("c.py", "g(3)\n");
  fs::remove(root() / "a.py");
  const Found found = find();
  EXPECT_EQ(places(found), (Texts{"b.py:1:5", "c.py:1:1"}));
  EXPECT_EQ(found.indexed_files, 2U);
  EXPECT_EQ(find().indexed_files, 0U);
}

TEST_F(SearchTest, AChangeThatKeepsSizeAndTimeIsSeen) {
  write("a.py", "h(1)\n");
  const auto written = fs::last_write_time(root() / "a.py");
  EXPECT_EQ(places(find()), Texts{});
  std::ofstream(root() / "a.py") << "g(1)\n";  // in place: the same inode
  fs::last_write_time(root() / "a.py", written);
  EXPECT_EQ(places(find()), Texts{"a.py:1:1"});
}

TEST_F(SearchTest, ADamagedCacheChangesNothing) {
  write("a.py", "g(1)\n");
  write("b.py", "h(1)\n");
  find();
  for (const auto& entry : fs::recursive_directory_iterator(cache())) {
    if (!entry.is_regular_file()) continue;
    auto bytes = read_file(entry.path()).value();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] + 1);
    ASSERT_TRUE(write_file_atomic(entry.path(), bytes));
  }
  const Found found = find();
  EXPECT_EQ(found.indexed_files, 2U) << "built anew";
  EXPECT_EQ(places(found), Texts{"a.py:1:1"});
  EXPECT_EQ(find().indexed_files, 0U);
}

TEST_F(SearchTest, ACacheThatCannotBeWrittenChangesNothing) {
  write("a.py", "g(1)\n");
  ASSERT_TRUE(write_file_atomic(cache(), "a file where the folder should be"));
  EXPECT_EQ(places(find()), Texts{"a.py:1:1"});
  EXPECT_EQ(places(find()), Texts{"a.py:1:1"});
}

TEST_F(SearchTest, TheOrderDoesNotDependOnThreads) {
  for (int i = 0; i < 200; ++i)
    write(fmt::format("d{}/f{}.py", i % 7, i), std::string(static_cast<std::size_t>(i) % 5, '\n') + "g(g(1))\n");
  const auto expected = places(find(1));
  EXPECT_EQ(expected.size(), 400U);
  for (const std::size_t threads : {2U, 7U, 16U}) {
    EXPECT_EQ(places(find(threads)), expected);
    fs::remove_all(cache());
    EXPECT_EQ(places(find(threads)), expected);
  }
}

TEST_F(SearchTest, AFileIsSearchedOnceHoweverOftenItIsNamed) {
  write("a/x.py", "g(1)\n");
  write("a/note.txt", "g(2)\n");
  const auto found = run({at("a"), root().string(), at("a/x.py"), at("a/note.txt")});
  ASSERT_TRUE(found);
  EXPECT_EQ(places(*found), (Texts{"a/x.py:1:1", "a/note.txt:1:1"}))
      << "a file that is named is searched whatever its name";
}

TEST_F(SearchTest, AMissingPathIsOneUsageErrorBeforeAnythingIsSearched) {
  write("a.py", "g(1)\n");
  const auto found = run({root().string(), at("none")});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::usage);
  EXPECT_EQ(found.error().message, "there is no file or folder '" + at("none") + "'");
  EXPECT_FALSE(fs::exists(cache()));
}

TEST_F(SearchTest, HostileFilesAreReportedOnceAndStopNothing) {
  write("good.py", "g(1)\n");
  write("huge.py", "g(" + std::string(10'000'000, '1') + ")\n");  // one line
  std::string deep = "x = ";
  for (int i = 0; i < 50'000; ++i) deep += "(";
  for (int i = 0; i < 50'000; ++i) deep += i == 0 ? "g(1))" : ")";
  write("deep.py", deep + "\n");
  write("bytes.py", "g(1)\nx = (\xff\xfe\n");
  write("two.py", "print 'x'\ng(1)\n");
  write("unclosed.py", "def f(:\n    g(1)\n'''");
  write("empty.py", "");
  ASSERT_EQ(::symlink("nowhere", (root() / "broken.py").c_str()), 0);
  const Found found = find(2);
  std::map<std::string, int> reports;
  for (const FoundIn& file : found.files) reports[file.path] += file.found.notes.empty() ? 0 : 1;
  for (const Skipped& skipped : found.skipped) ++reports[skipped.path];
  EXPECT_EQ(reports[at("huge.py")], 1);
  EXPECT_EQ(reports[at("bytes.py")], 1);
  EXPECT_EQ(reports[at("unclosed.py")], 1);
  EXPECT_EQ(reports[at("broken.py")], 1);
  EXPECT_EQ(reports[at("good.py")], 0);
  const auto all = places(found);
  for (const char* place : {"good.py:1:1", "two.py:2:1"})
    EXPECT_EQ(std::count(all.begin(), all.end(), place), 1) << place;
}

TEST_F(SearchTest, ARequestToStopEndsIt) {
  write("a.py", "g(1)\n");
  cancel_.request();
  const auto found = run({root().string()});
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::interrupted);
}

TEST_F(SearchTest, TheModuleIsNamedByThePackagesAroundIt) {
  write("p/__init__.py", "");
  write("p/q/__init__.py", "");
  write("p/q/m.py", "");
  EXPECT_EQ(module_of(root() / "p/q/m.py"), "p.q.m");
  EXPECT_EQ(module_of(root() / "p/q/__init__.py"), "p.q");
  EXPECT_EQ(module_of(root() / "m.py"), "m");
}

}  // namespace
}  // namespace adapt::search
