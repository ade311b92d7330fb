// The shipped patterns: they load, and do what their samples say.
#include "tests/unit/patterns/pattern_text.h"
#include "tools/base/file.h"

namespace adapt::patterns {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(ADAPT_SOURCE_DIR) / "patterns" / "library";

TEST(ShippedPatterns, AllSamplesHold) {
  const auto library = Library::load(std::span(&kFolder, 1));
  ASSERT_TRUE(library) << library.error().message;
  for (const std::string& id : library->ids()) {
    const auto failures = check_samples(*library->find(id));
    ASSERT_TRUE(failures) << id << ": " << failures.error().message;
    for (const SampleFailure& failure : *failures)
      ADD_FAILURE() << id << ":" << failure.line << ": " << failure.sample << " " << failure.why << "\n"
                    << failure.diff;
  }
}

// What computes something says how it is checked; the rest only moves code or decides when it runs. Stub modules are
// checked as what they are.
TEST(ShippedPatterns, HaveChecksWhoseCodeTheyChange) {
  const auto library = Library::load(std::span(&kFolder, 1));
  ASSERT_TRUE(library) << library.error().message;
  for (const std::string& id : library->ids()) {
    EXPECT_TRUE(!library->find(id)->checks.empty() || !library->find(id)->carrier.stubs.empty()) << id;
    for (const Check& check : library->find(id)->checks) {
      const auto modules = modules_of(*library->find(id), check);
      EXPECT_TRUE(modules) << id << ": " << modules.error().message;
    }
  }
}

TEST(Library, RanksTheMoreSpecificAndTheSaferFirst) {
  auto temporary = TempDir::create("adapt-patterns");
  ASSERT_TRUE(temporary);
  const fs::path folder = temporary->path();
  const auto write = [&](const char* name, const std::string& risk, const std::string& when) {
    const std::string assume = risk == "guarded" ? "assume x\n" : "";
    ASSERT_TRUE(write_file_atomic(folder / (std::string(name) + ".adapt"),
                                  std::string("pattern t/") + name + " r1\ntitle T\nrisk " + risk + "\n" + assume +
                                      when + "[edit e]\n- f()\n+ g()\n"));
  };
  write("wide", "exact", "");
  write("narrow", "semantic", "[when]\nbackend iree\n");
  write("other", "exact", "[when]\nbackend openvino\n");
  write("careful", "guarded", "[when]\nbackend iree\n");
  const std::vector<fs::path> folders = {folder, kFolder};
  ASSERT_TRUE(write_file_atomic(folder / "isomorphisms.txt", "[imports]\nimport torch\n"));
  const auto library = Library::load(std::span(folders).first(1));
  ASSERT_TRUE(library) << library.error().message;
  EXPECT_EQ(library->ids(), (std::vector<std::string>{"t/careful", "t/narrow", "t/other", "t/wide"}));
  EXPECT_EQ(library->find("t/none"), nullptr);
  Signature failure;
  failure.backend = "iree";
  std::vector<std::string> order;
  for (const Pattern* pattern : library->ranked(failure)) order.push_back(pattern->id);
  EXPECT_EQ(order, (std::vector<std::string>{"t/careful", "t/narrow", "t/wide"}));
}

TEST(Library, GathersTheComplaintsOfAllFiles) {
  auto temporary = TempDir::create("adapt-patterns");
  ASSERT_TRUE(temporary);
  const fs::path folder = temporary->path();
  ASSERT_TRUE(write_file_atomic(folder / "isomorphisms.txt", "[imports]\nimport torch\n"));
  ASSERT_TRUE(write_file_atomic(folder / "a.adapt", "pattern a\n"));
  ASSERT_TRUE(write_file_atomic(folder / "b.adapt", "nothing\n"));
  const auto library = Library::load(std::span(&folder, 1));
  ASSERT_FALSE(library);
  EXPECT_NE(library.error().message.find("a.adapt:1: "), std::string::npos);
  EXPECT_NE(library.error().message.find("b.adapt:1: "), std::string::npos);
}

TEST(Library, DoesNotLookIntoKeptRepairs) {
  auto temporary = TempDir::create("adapt-patterns");
  ASSERT_TRUE(temporary);
  const fs::path folder = temporary->path();
  ASSERT_TRUE(write_file_atomic(folder / "isomorphisms.txt", "[imports]\nimport torch\n"));
  ASSERT_TRUE(make_directories(folder / "examples" / "some-failure" / "before"));
  ASSERT_TRUE(write_file_atomic(folder / "examples" / "some-failure" / "before" / "a.adapt", "nothing\n"));
  ASSERT_TRUE(write_file_atomic(folder / "examples" / "b.adapt",
                                "pattern examples/b r1\ntitle T\nrisk exact\n[edit e]\n- f(1)\n+ f(2)\n"));
  const auto library = Library::load(std::span(&folder, 1));
  ASSERT_TRUE(library) << library.error().message;
  EXPECT_EQ(library->ids(), std::vector<std::string>{"examples/b"}) << "a family of that name is one like others";
}

TEST(Samples, SayWhatIsWrong) {
  const auto pattern = pattern_of(
      "[edit e]\n- f($X)\n+ $X\n[sample change right]\n--- before\nf(1)\n--- after\n1\n"
      "[sample change wrong]\n--- before\nf(1)\n--- after\n2\n[sample keep changes]\nf(1)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const auto failures = check_samples(*pattern);
  ASSERT_TRUE(failures);
  ASSERT_EQ(failures->size(), 3U);
  EXPECT_EQ((*failures)[0].why, "1 'keep' samples, at least 2 are needed");
  EXPECT_EQ((*failures)[1].sample, "wrong");
  EXPECT_EQ((*failures)[1].why, "comes out differently");
  EXPECT_NE((*failures)[1].diff.find("-2\n+1\n"), std::string::npos) << (*failures)[1].diff;
  EXPECT_EQ((*failures)[2].why, "changes, but must not");
}

TEST(Samples, OfChangeThatChangeNothingFail) {
  const auto pattern = pattern_of("[edit e]\n- f($X)\n+ $X\n[sample change none]\n--- before\ng(1)\n--- after\ng(1)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const auto failures = check_samples(*pattern);
  ASSERT_TRUE(failures);
  EXPECT_EQ(failures->back().why, "is to change, but its two sides are the same");
}

}  // namespace
}  // namespace adapt::patterns
