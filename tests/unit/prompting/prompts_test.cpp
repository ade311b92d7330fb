// Renderings of every prompt against tests/golden/prompts. After a change that is meant: ADAPT_UPDATE_GOLDEN=1.
#include "agent/prompting/prompts.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::prompting {
namespace {

std::filesystem::path golden(std::string_view id) {
  return std::filesystem::path(ADAPT_SOURCE_DIR) / "tests" / "golden" / "prompts" / fmt::format("{}.md", id);
}

Variables sample(const Prompt& prompt) {
  Variables out;
  for (const std::string& name : prompt.variables) out[name] = fmt::format("<the {} goes here>", name);
  return out;
}

TEST(Prompts, AreRenderedAsTheGoldenTextsSay) {
  for (const Prompt& prompt : prompts()) {
    const std::string text = render(prompt.id, sample(prompt));
    if (std::getenv("ADAPT_UPDATE_GOLDEN") != nullptr) {
      ASSERT_TRUE(write_file_atomic(golden(prompt.id), text));
    }
    const Result<std::string> wanted = read_file(golden(prompt.id));
    ASSERT_TRUE(wanted) << prompt.id;
    EXPECT_EQ(text, *wanted) << prompt.id;
  }
}

TEST(Prompts, UseEveryVariableOfTheManifestAndNoOther) {
  for (const Prompt& prompt : prompts()) {
    std::size_t used = 0;
    for (const std::string& name : prompt.variables) {
      EXPECT_TRUE(contains(prompt.text, "{{" + name + "}}")) << prompt.id << " does not use " << name;
      ++used;
    }
    std::size_t marks = 0;
    for (std::size_t at = prompt.text.find("{{"); at != std::string_view::npos; at = prompt.text.find("{{", at + 2))
      ++marks;
    EXPECT_EQ(marks, used) << prompt.id;
    EXPECT_FALSE(prompt.purpose.empty()) << prompt.id;
  }
}

TEST(Prompts, DoNotLookThroughValuesForVariables) {
  const std::string text = render("refused", {{"reasons", "{{reasons}} {{system}}"}});
  EXPECT_TRUE(contains(text, "{{reasons}} {{system}}"));
}

TEST(Prompts, SayThatAnEmptyValueIsNothing) {
  EXPECT_TRUE(contains(render("checked", {{"outcome", ""}}), "(nothing)"));
}

}  // namespace
}  // namespace adapt::prompting
