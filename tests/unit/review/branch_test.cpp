// With the real git, in repositories made here.
#include "agent/review/branch.h"

#include <gtest/gtest.h>

#include "tests/unit/review/a_bundle.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::review {
namespace {

namespace fs = std::filesystem;

class Branches : public testing::Test {
 protected:
  Branches() : made(TempDir::create("adapt-repo-")) {
    EXPECT_TRUE(made);
    repository = fs::canonical(made->path()) / "repo";
    home = made->path() / "home";
    put(home / ".gitconfig", "[user]\n\tname = A Person\n\temail = person@example.org\n[commit]\n\tgpgSign = true\n");
    const char* path = std::getenv("PATH");
    auto found = Git::find({{"PATH", path == nullptr ? "/usr/bin" : path}, {"HOME", home.string()}}, cancel);
    EXPECT_TRUE(found);
    git.emplace(std::move(*found));
    put(repository / "src/pack/model.py", "x = 1\ny = x if x else 2\nz = y\n");
    say({"init", "--quiet", "--initial-branch=main"});
    say({"add", "."});
    say({"commit", "--quiet", "-m", "first"});
    run_out = made->path() / "out";
    put(run_out / "tests/test_model_export.py", "def test(): pass\n");
    head = say({"rev-parse", "HEAD"});
  }
  static void put(const fs::path& file, std::string_view text) {
    EXPECT_TRUE(make_directories(file.parent_path()));
    EXPECT_TRUE(write_file_atomic(file, text));
  }
  std::string say(const std::vector<std::string>& arguments) const {
    const auto said = git->run(repository, arguments);
    EXPECT_TRUE(said) << said.error().message;
    return said ? *said : "";
  }
  Result<WrittenBranch> write(const ReviewBundle& bundle, PutFiles files = {}) const {
    return write_branch({.bundle = bundle,
                         .repository = repository,
                         .run_out = run_out,
                         .review = "# Review\n",
                         .program = "agent 1.0",
                         .put = std::move(files)},
                        *git);
  }
  // Nothing of ours is left, and the checkout is what it was.
  void expect_untouched() const {
    EXPECT_EQ(say({"rev-parse", "HEAD"}), head);
    EXPECT_EQ(say({"branch", "--list", "adapt/*"}), "");
    EXPECT_EQ(split_lines(say({"worktree", "list"})).size(), 1U);
  }

  CancelToken cancel;
  Result<TempDir> made;
  fs::path repository, home, run_out;
  std::optional<Git> git;
  std::string head;
};

TEST_F(Branches, HaveOneCommitForTheChangeOneForTheTestsOneForTheDocumentation) {
  const auto written = write(a_bundle());
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->name, "adapt/model-py-on-export");
  EXPECT_EQ(written->commits,
            (std::vector<std::string>{"model.py: Both sides of a branch, and a select for export",
                                      "Test model.py on export", "Describe the change of model.py for export"}));
  EXPECT_EQ(written->notes, std::vector<std::string>());
  EXPECT_EQ(
      say({"log", "--reverse", "--format=%s|%an <%ae>", "--name-only", "main.." + written->name}),
      "model.py: Both sides of a branch, and a select for export|A Person <person@example.org>\n\nsrc/pack/model.py\n"
      "Test model.py on export|A Person <person@example.org>\n\n"
      "tests/adapted/model_py_on_export/test_model_export.py\n"
      "Describe the change of model.py for export|A Person <person@example.org>\n\n"
      "docs/adapted/model_py_on_export.md");
  EXPECT_EQ(say({"show", written->name + ":src/pack/model.py"}), "x = 1\ny = select(x, 2)\nz = y");
  EXPECT_EQ(say({"log", "--format=%(trailers:key=Generated-by,valueonly)", "main.." + written->name}).find("agent 1.0"),
            0U);
  // The user's checkout is as it was.
  EXPECT_EQ(say({"rev-parse", "HEAD"}), head);
  EXPECT_EQ(say({"rev-parse", "--abbrev-ref", "HEAD"}), "main");
  EXPECT_EQ(say({"status", "--porcelain"}), "");
  EXPECT_EQ(split_lines(say({"worktree", "list"})).size(), 1U);
}

TEST_F(Branches, HoldWhatARepositoryTakesInsteadOfThePatch) {
  const auto written = write(a_bundle(), [](const fs::path& tree) -> Result<std::vector<CommitFiles>> {
    put(tree / "pack/loader.py", "class ModelLoader: ...\n");
    put(tree / "pack/__init__.py", "");
    put(tree / "src/pack/model.py", "x = 2\n");
    return std::vector<CommitFiles>{{"Add a loader of @Model", {tree / "pack/loader.py", tree / "pack/__init__.py"}},
                                    {"Add it to the tested models", {tree / "src/pack/model.py"}}};
  });
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(say({"log", "--reverse", "--format=%s", "--name-only", "main.." + written->name}),
            "Add a loader of (at)Model\n\npack/__init__.py\npack/loader.py\n"
            "Add it to the tested models\n\nsrc/pack/model.py");
  EXPECT_TRUE(contains(say({"log", "-1", "--format=%B", written->name}), "Generated-by: agent 1.0"));
  EXPECT_EQ(say({"rev-parse", "HEAD"}), head);
}

TEST_F(Branches, LeaveNothingWhereTheFilesCannotBePut) {
  const auto written = write(a_bundle(), [](const fs::path&) -> Result<std::vector<CommitFiles>> {
    return fail(ErrorKind::usage, "something else is there");
  });
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message, "something else is there");
  expect_untouched();
}

TEST_F(Branches, AreRefusedInARepositoryWithChanges) {
  put(repository / "new.txt", "x");
  const auto written = write(a_bundle());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().kind, ErrorKind::usage);
  EXPECT_TRUE(contains(written.error().message, "has uncommitted changes (?? new.txt)")) << written.error().message;
  expect_untouched();
}

TEST_F(Branches, AreRefusedWhereOneOfThatNameIs) {
  say({"branch", "adapt/model-py-on-export"});
  const auto written = write(a_bundle());
  ASSERT_FALSE(written);
  EXPECT_TRUE(contains(written.error().message, "has a branch adapt/model-py-on-export already"));
  EXPECT_EQ(say({"rev-parse", "adapt/model-py-on-export"}), head);
}

TEST_F(Branches, AreRefusedForAPatchThatDoesNotApplyAndNothingIsLeft) {
  put(repository / "src/pack/model.py", "other = 1\n");
  say({"commit", "--quiet", "-am", "second"});
  head = say({"rev-parse", "HEAD"});
  const auto written = write(a_bundle());
  ASSERT_FALSE(written);
  EXPECT_TRUE(contains(written.error().message, "the patch does not apply")) << written.error().message;
  expect_untouched();
}

TEST_F(Branches, AreRefusedForASourceThatTheRepositoryLacks) {
  ReviewBundle bundle = a_bundle();
  bundle.patch = "--- a/lib/other.py\n+++ b/lib/other.py\n@@ -1,1 +1,1 @@\n-x\n+y\n";
  const auto written = write(bundle);
  ASSERT_FALSE(written);
  EXPECT_TRUE(contains(written.error().message, "the repository has no file lib/other.py"));
  expect_untouched();
}

TEST_F(Branches, AreRefusedWhereNothingWasRepairedOrThereIsNoRepository) {
  ReviewBundle bundle = a_bundle();
  bundle.result.outcome = domain::Outcome::not_adapted;
  EXPECT_TRUE(contains(write(bundle).error().message, "there is no repair to put on a branch"));
  repository = home;
  EXPECT_TRUE(contains(write(a_bundle()).error().message, "is not the checkout of a git repository"));
  repository = home / "absent";
  EXPECT_TRUE(contains(write(a_bundle()).error().message, "no such folder"));
}

TEST_F(Branches, DoNotLeaveTheRepositoryByALink) {
  fs::create_directory(made->path() / "elsewhere");
  fs::create_directory_symlink(made->path() / "elsewhere", repository / "tests");
  say({"add", "tests"});
  say({"commit", "--quiet", "-m", "a link"});
  head = say({"rev-parse", "HEAD"});
  const auto written = write(a_bundle());
  ASSERT_FALSE(written);
  EXPECT_TRUE(contains(written.error().message, "is a symbolic link")) << written.error().message;
  EXPECT_TRUE(fs::is_empty(made->path() / "elsewhere"));
  expect_untouched();
}

TEST_F(Branches, RunNoHooks) {
  for (const char* name : {"pre-commit", "commit-msg", "post-checkout", "post-commit"}) {
    put(repository / ".git/hooks" / name, "#!/bin/sh\ntouch " + (made->path() / "hook ran").string() + "x\nexit 1\n");
    fs::permissions(repository / ".git/hooks" / name, fs::perms::owner_all);
  }
  const auto written = write(a_bundle());
  ASSERT_TRUE(written) << written.error().message;
  for (const auto& entry : fs::directory_iterator(made->path())) EXPECT_FALSE(contains(entry.path().string(), "hook"));
}

TEST_F(Branches, ForSettingsAloneHoldTestsAndDocumentation) {
  ReviewBundle bundle = a_bundle();
  bundle.patch.clear();
  const auto written = write(bundle);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_EQ(written->commits.size(), 2U);
  EXPECT_EQ(written->notes, std::vector<std::string>{"the repair is settings alone: no source is changed"});
}

}  // namespace
}  // namespace adapt::review
