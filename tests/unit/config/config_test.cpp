#include "agent/config/config.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tools/base/file.h"
#include "tools/base/hash.h"

namespace adapt::config {
namespace {
namespace fs = std::filesystem;

// A home, a project and a program of its own; nothing of the machine's is read.
class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    around_.environment = {{"HOME", (root() / "home").string()}};
    around_.working_folder = root() / "project";
    around_.program = root() / "prefix/bin/agent";
  }

  const fs::path& root() const { return folder_.path(); }
  void write(const fs::path& path, std::string_view text) {
    ASSERT_TRUE(make_directories(path.parent_path()).has_value());
    ASSERT_TRUE(write_file_atomic(path, text).has_value());
  }
  std::string read(const fs::path& path) { return read_file(path).value_or("(missing)"); }
  std::string complaint(const Overrides& overrides = {}) {
    const Result<Config> config = load(overrides, around_);
    return config ? "" : config.error().message;
  }
  std::string origin(const Config& config, std::string_view key) {
    const std::vector<Row> rows = config.show();
    return std::ranges::find(rows, key, &Row::key)->origin;
  }

  TempDir folder_ = TempDir::create("config").value();
  Surroundings around_;
};

TEST_F(ConfigTest, LaterLayersWinAndEachValueRemembersItsOrigin) {
  write(around_.user_file(), "[limits]\nmemory_gib = 2\nattempts = 3\nwall_seconds = 60\n[run]\nseeds = 5\n");
  write(around_.project_file(), "limits.attempts = 4\nlimits.wall_seconds = 61\nrun.seeds = 6\n");
  around_.environment["ADAPT_LIMITS_WALL_SECONDS"] = "62";
  around_.environment["ADAPT_RUN_SEEDS"] = "7";
  const Config config = load({{"run.seeds", "8", "--seeds"}}, around_).value();

  EXPECT_EQ(config.integer("limits.file_gib"), 8);
  EXPECT_EQ(origin(config, "limits.file_gib"), "default");
  EXPECT_EQ(config.memory_bytes(), std::uint64_t{2} << 30U);
  EXPECT_EQ(origin(config, "limits.memory_gib"), around_.user_file().string() + ":2");
  EXPECT_EQ(config.integer("limits.attempts"), 4);
  EXPECT_EQ(origin(config, "limits.attempts"), around_.project_file().string() + ":1");
  EXPECT_EQ(config.integer("limits.wall_seconds"), 62);
  EXPECT_EQ(origin(config, "limits.wall_seconds"), "ADAPT_LIMITS_WALL_SECONDS");
  EXPECT_EQ(config.integer("run.seeds"), 8);
  EXPECT_EQ(origin(config, "run.seeds"), "--seeds");
}

TEST_F(ConfigTest, UnknownKeysAreErrorsWithFileLineAndSuggestion) {
  write(around_.user_file(), "# mine\n[limits]\nmemroy_gib = 2\n");
  EXPECT_EQ(complaint(),
            around_.user_file().string() + ":3: unknown key 'limits.memroy_gib'; did you mean 'limits.memory_gib'?");
  write(around_.user_file(), "");
  EXPECT_EQ(complaint({{"run.sizes", "1", "--set"}}), "unknown key 'run.sizes'; did you mean 'run.size'?");
}

TEST_F(ConfigTest, SharesLieBetweenNoneAndAll) {
  write(around_.user_file(), "lint.confidence = 1\n");
  EXPECT_EQ(load({}, around_).value().share("lint.confidence"), 1.0);
  EXPECT_EQ(load({{"lint.confidence", "0.25", "--confidence"}}, around_).value().share("lint.confidence"), 0.25);
  EXPECT_EQ(complaint({{"lint.confidence", "1.5", "--confidence"}}),
            "--confidence: lint.confidence is 1.5; it has to be from 0 to 1");
  EXPECT_EQ(complaint({{"lint.confidence", "nan", "--confidence"}}),
            "--confidence: lint.confidence is nan; it has to be from 0 to 1");
  EXPECT_EQ(complaint({{"lint.confidence", "high", "--confidence"}}),
            "--confidence: lint.confidence is 'high', which is not a number");
  write(around_.user_file(), "lint.confidence = 'high'\n");
  EXPECT_TRUE(complaint().ends_with(around_.user_file().string() + ":1: lint.confidence has to be a number"));
}

TEST_F(ConfigTest, TheCacheFolderIsTheUsersOwn) {
  EXPECT_EQ(load({}, around_).value().cache_folder(), root() / "home/.cache/adapt");
  around_.environment["XDG_CACHE_HOME"] = (root() / "cache").string();
  EXPECT_EQ(load({}, around_).value().cache_folder(), root() / "cache/adapt");
  around_.environment.clear();
  EXPECT_TRUE(load({}, around_).value().cache_folder().empty());
}

TEST_F(ConfigTest, WrongTypesAndRangesNameWhereTheyStand) {
  const std::string file = around_.user_file().string();
  const struct {
    const char* text;
    std::string message;
  } cases[] = {
      {"run.seeds = 'three'", file + ":1: run.seeds has to be an integer"},
      {"run.seeds = 1", file + ":1: run.seeds is 1; at least 2 is needed"},
      {"\nrun.seeds = 65", file + ":2: run.seeds is 65; at most 64 is allowed"},
      {"sandbox.network = 1", file + ":1: sandbox.network has to be true or false"},
      {"run.size = 'tinny'", file + ":1: run.size is 'tinny'; it can be tiny, base, full; did you mean 'tiny'?"},
      {"run = 3", file + ":1: unknown key 'run'"},
      {"patterns.folders = [1]", file + ":1: patterns.folders has to be a list of strings"},
  };
  for (const auto& c : cases) {
    write(around_.user_file(), c.text);
    const std::string said = complaint();
    EXPECT_TRUE(said.find(c.message) != std::string::npos) << c.text << "\n said: " << said;
  }
  write(around_.user_file(), "run = {");
  EXPECT_TRUE(complaint().starts_with(file + ":1: ")) << complaint();
  write(around_.user_file(), "");
  around_.environment["ADAPT_RUN_SEEDS"] = "4x";
  EXPECT_EQ(complaint(), "ADAPT_RUN_SEEDS: run.seeds is '4x', which is not an integer");
}

TEST_F(ConfigTest, AProjectFileMayNotChooseWhatRuns) {
  write(around_.project_file(), "python = './evil'\n");
  EXPECT_EQ(complaint(), around_.project_file().string() +
                             ":1: python may not be set in a project's file, which may have come with somebody's code");
}

TEST_F(ConfigTest, FoldersFollowTheXdgVariablesAndTheProgram) {
  const Config plain = load({}, around_).value();
  EXPECT_EQ(plain.data_folder().value(), root() / "home/.local/share/adapt");
  EXPECT_EQ(plain.share_folder(), root() / "prefix/share/adapt");
  EXPECT_EQ(plain.pattern_folders(), Paths{root() / "home/.local/share/adapt/patterns"});

  around_.environment["XDG_DATA_HOME"] = (root() / "data").string();
  EXPECT_EQ(load({}, around_).value().data_folder().value(), root() / "data/adapt");
  around_.environment["XDG_DATA_HOME"] = "relative";  // not allowed by the XDG rules, so it does not count
  EXPECT_EQ(load({}, around_).value().data_folder().value(), root() / "home/.local/share/adapt");

  const Config moved = load({{"data_folder", "here", "--data-folder"}}, around_).value();
  EXPECT_EQ(moved.data_folder().value(), root() / "project/here");
  EXPECT_EQ(moved.pattern_folders(), Paths{root() / "project/here/patterns"});
}

TEST_F(ConfigTest, PathsInAFileStartFromItsFolderAndTildeIsHome) {
  write(around_.user_file(), "data_folder = '~/runs'\npatterns.folders = ['mine', '/shared/x', '~/p']\n");
  const Config config = load({}, around_).value();
  EXPECT_EQ(config.data_folder().value(), root() / "home/runs");
  EXPECT_EQ(config.pattern_folders(),
            (Paths{around_.user_file().parent_path() / "mine", "/shared/x", root() / "home/p"}));
}

TEST_F(ConfigTest, WithoutHomeTheDataFolderIsAskedFor) {
  around_.environment.clear();
  const Result<fs::path> folder = load({}, around_).value().data_folder();
  ASSERT_FALSE(folder.has_value());
  EXPECT_EQ(folder.error().kind, ErrorKind::environment);
  EXPECT_EQ(folder.error().message, "HOME is not set; set data_folder (--data-folder, ADAPT_DATA_FOLDER)");
}

TEST_F(ConfigTest, PythonIsTheEnvironmentThatTheScriptMakes) {
  const Config without_pins = load({}, around_).value();
  ASSERT_FALSE(without_pins.python().has_value());
  EXPECT_EQ(without_pins.python().error().kind, ErrorKind::environment);

  write(root() / "prefix/share/adapt/harness/envs/main.txt", "torch\n");
  write(root() / "prefix/share/adapt/harness/envs/main-constraints.txt", "torch==1\n");
  const std::string key = sha256_hex("torch\ntorch==1\n").substr(0, 12);
  const fs::path python = root() / ("home/.cache/adapt/envs/main-" + key) / "bin/python";
  const Result<fs::path> missing = load({}, around_).value().python();
  ASSERT_FALSE(missing.has_value());
  EXPECT_TRUE(missing.error().message.starts_with("no Python at " + python.string())) << missing.error().message;

  write(python, "#!/bin/sh\n");
  fs::permissions(python, fs::perms::owner_all);
  EXPECT_EQ(load({}, around_).value().python().value(), python);
}

TEST_F(ConfigTest, StageSecondsCoverEveryStageOfAWorker) {
  const Config config = load({}, around_).value();
  EXPECT_EQ(config.stage_seconds(), (std::map<std::string, std::int64_t>{{"capture", 120},
                                                                         {"compile", 180},
                                                                         {"eager", 60},
                                                                         {"inputs", 60},
                                                                         {"load", 60},
                                                                         {"lower", 120},
                                                                         {"resolve", 60},
                                                                         {"run", 60}}));
  EXPECT_EQ(config.stage_seconds("compile"), 180);
}

TEST_F(ConfigTest, SetKeepsCommentsLayoutAndOtherKeys) {
  const struct {
    const char* name;
    const char* before;
    const char* after;
  } cases[] = {
      {"new file", "", "run.seeds = 4\n"},
      {"replaces the value and keeps the comment", "# é top\n[run]\nseeds = 3  # enough\nseed = 1\n",
       "# é top\n[run]\nseeds = 4  # enough\nseed = 1\n"},
      {"dotted key", "run.seeds = 3\n", "run.seeds = 4\n"},
      {"inline table", "run = { seed = 1, seeds = 3 }\n", "run = { seed = 1, seeds = 4 }\n"},
      {"after the section's header", "[run]\nseed = 1\n[limits]\nattempts = 2\n",
       "[run]\nseeds = 4\nseed = 1\n[limits]\nattempts = 2\n"},
      {"before other sections", "run.seed = 1\n\n[limits]\nattempts = 2\n",
       "run.seed = 1\n\nrun.seeds = 4\n[limits]\nattempts = 2\n"},
      {"no line end", "run.seed = 1", "run.seed = 1\nrun.seeds = 4\n"},
  };
  for (const auto& c : cases) {
    write(around_.user_file(), c.before);
    ASSERT_EQ(set_user("run.seeds", "4", around_).value(), around_.user_file()) << c.name;
    EXPECT_EQ(read(around_.user_file()), c.after) << c.name;
  }
}

TEST_F(ConfigTest, SetRefusesALayoutThatItCannotChangeAndLeavesTheFile) {
  write(around_.user_file(), "run = { seed = 1 }\n");  // an inline table cannot be added to from outside
  EXPECT_FALSE(set_user("run.seeds", "4", around_).has_value());
  EXPECT_EQ(read(around_.user_file()), "run = { seed = 1 }\n");
  EXPECT_FALSE(set_user("run.seeds", "1", around_).has_value());
  EXPECT_FALSE(set_user("nothing", "1", around_).has_value());
}

TEST_F(ConfigTest, SetWritesTextThatReadsBackAsTyped) {
  const std::string odd = "/a \"b\"\\c\td";
  ASSERT_TRUE(set_user("data_folder", odd, around_).has_value());
  ASSERT_TRUE(set_user("patterns.folders", "/x:/y z", around_).has_value());
  const Config config = load({}, around_).value();
  EXPECT_EQ(config.data_folder().value(), fs::path(odd));
  EXPECT_EQ(config.pattern_folders(), (Paths{"/x", "/y z"}));
}

TEST(OptionTable, RowsAreDistinctAndDescribed) {
  std::vector<std::string> names;
  for (const Option& option : option_table()) {
    EXPECT_FALSE(option.help.empty()) << option.key;
    EXPECT_NE(option.fallback.empty(), option.derived.empty()) << option.key << " has one source of a default";
    names.push_back(environment_name(option));
    if (!option.flag.empty()) names.emplace_back(option.flag);
  }
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
  EXPECT_EQ(environment_name(*find_option("limits.stage_seconds.run")), "ADAPT_LIMITS_STAGE_SECONDS_RUN");
}

}  // namespace
}  // namespace adapt::config
