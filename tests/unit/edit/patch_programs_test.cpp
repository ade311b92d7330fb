// unified_diff() against the programs that have to accept it: git apply and patch.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/unit/edit/random_edits.h"
#include "tools/base/file.h"
#include "tools/edit/edit_set.h"

namespace adapt::edit {
namespace {

namespace fs = std::filesystem;

bool is_installed(const char* program) {
  return std::system((std::string(program) + " --version >/dev/null 2>&1").c_str()) == 0;
}

void write_all(const fs::path& folder, const Sources& sources) {
  for (const auto& [file, text] : sources) {
    ASSERT_TRUE(make_directories((folder / file).parent_path()));
    ASSERT_TRUE(write_file_atomic(folder / file, text));
  }
}

// The files below `folder`; those that are empty may as well be gone, as patch programs differ in that.
Sources read_all(const fs::path& folder) {
  Sources out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const std::string text = read_file(entry.path()).value();
    if (!text.empty()) out[fs::relative(entry.path(), folder).string()] = text;
  }
  return out;
}

Sources without_empty(Sources sources) {
  std::erase_if(sources, [](const auto& item) { return item.second.empty(); });
  return sources;
}

// Runs `program` (which finds the diff at $DIFF) in a folder that holds `before` and expects `after`.
void expect_applies(const std::string& program, const Sources& before, const Sources& after) {
  const TempDir outside = TempDir::create("adapt-diff-").value();
  const fs::path folder = outside.path() / "tree";
  ASSERT_TRUE(make_directories(folder));
  write_all(folder, before);
  const fs::path diff = outside.path() / "change.diff";
  ASSERT_TRUE(write_file_atomic(diff, unified_diff(before, after)));
  const std::string log = (outside.path() / "log").string();
  const int status = std::system(
      ("cd '" + folder.string() + "' && DIFF='" + diff.string() + "' && " + program + " >'" + log + "' 2>&1").c_str());
  EXPECT_EQ(status, 0) << read_file(log).value() << unified_diff(before, after);
  EXPECT_EQ(read_all(folder), without_empty(after)) << unified_diff(before, after);
}

struct Case {
  const char* name;
  Sources before;
  Sources after;
};
const Case kCases[] = {
    {"one line", {{"f.py", "a\nb\nc\n"}}, {{"f.py", "a\nB\nc\n"}}},
    {"insertion at line 1", {{"f.py", "a\nb\n"}}, {{"f.py", "new\na\nb\n"}}},
    {"append", {{"f.py", "a\nb\n"}}, {{"f.py", "a\nb\nnew\n"}}},
    {"to empty", {{"f.py", "a\nb\n"}}, {{"f.py", ""}}},
    {"from empty", {{"f.py", ""}}, {{"f.py", "a\n"}}},
    {"no line end before", {{"f.py", "a\nb"}}, {{"f.py", "a\nb\n"}}},
    {"no line end after", {{"f.py", "a\nb\n"}}, {{"f.py", "a\nb"}}},
    {"no line end on either side", {{"f.py", "a\nb"}}, {{"f.py", "A\nb"}}},
    {"no line end, last line changes", {{"f.py", "a\nb"}}, {{"f.py", "a\nc"}}},
    {"CRLF", {{"f.py", "a\r\nb\r\nc\r\n"}}, {{"f.py", "a\r\nB\r\nc\r\n"}}},
    {"CRLF to LF", {{"f.py", "a\r\nb\r\n"}}, {{"f.py", "a\nb\n"}}},
    {"mixed line ends", {{"f.py", "a\r\nb\nc\r\n"}}, {{"f.py", "a\r\nb\nnew\nc\r\n"}}},
    {"lines that look like a diff",
     {{"f.py", "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n"}},
     {{"f.py", "--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n"}}},
    {"bytes that are not UTF-8", {{"f.py", "a\xff\nb\n"}}, {{"f.py", "a\xff\nb\xfe\n"}}},
    {"folders and several files",
     {{"p/q/f.py", "a\n"}, {"p/g.py", "b\n"}, {"h.py", "c\n"}},
     {{"p/q/f.py", "A\n"}, {"p/g.py", "b\n"}, {"h.py", "C\n"}}},
    {"new file", {{"f.py", "a\n"}}, {{"f.py", "a\n"}, {"new/g.py", "b\nc\n"}}},
    {"file goes", {{"f.py", "a\n"}, {"g.py", "b\n"}}, {{"f.py", "a\n"}}},
    {"blank in the name", {{"a file.py", "a\n"}}, {{"a file.py", "b\n"}}},
    {"quote in the name", {{"a\"b.py", "a\n"}}, {{"a\"b.py", "b\n"}}},
    {"letters beyond ASCII in the name", {{"\xc3\xa9.py", "a\n"}}, {{"\xc3\xa9.py", "b\n"}}},
};

struct Program {
  const char* name;
  const char* command;
};
class PatchPrograms : public testing::TestWithParam<Program> {
 protected:
  void SetUp() override {
    if (!is_installed(GetParam().name)) GTEST_SKIP() << GetParam().name << " is not installed";
  }
};

TEST_P(PatchPrograms, AcceptEveryKindOfChange) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.name);
    expect_applies(GetParam().command, c.before, c.after);
  }
}

TEST_P(PatchPrograms, AcceptRandomChanges) {
  std::mt19937 random(11);
  for (int round = 0; round < 25; ++round) {
    std::string base;
    for (std::size_t line = random() % 30; line > 0; --line) base += "line " + std::to_string(random() % 6) + "\n";
    expect_applies(GetParam().command, {{"f.py", base}}, {{"f.py", with_random_lines_changed(base, random)}});
  }
}

// GIT_DIR keeps git from looking for a repository around the temporary folder.
const Program kPrograms[] = {
    {"git", "if [ -s \"$DIFF\" ]; then GIT_DIR=/nonexistent git apply --whitespace=nowarn \"$DIFF\"; fi"},
    {"patch", "patch -p1 --fuzz=0 --no-backup-if-mismatch <\"$DIFF\""}};
INSTANTIATE_TEST_SUITE_P(Programs, PatchPrograms, testing::ValuesIn(kPrograms),
                         [](const auto& program) { return std::string(program.param.name); });

}  // namespace
}  // namespace adapt::edit
