#include "agent/emit/forms/pattern_test.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "patterns/library.h"
#include "tools/base/file.h"

namespace adapt::emit::forms {
namespace {

const patterns::Library& library() {
  static const auto loaded = patterns::Library::load(std::vector<std::filesystem::path>{ADAPT_PATTERN_LIBRARY});
  if (!loaded) ADD_FAILURE() << loaded.error().message;
  return *loaded;
}

TEST(PatternTest, EveryPatternWithAChecksGetsOneFile) {
  const char* out = std::getenv("ADAPT_EMIT_TESTS_TO");
  for (const std::string& id : library().ids()) {
    const patterns::Pattern& pattern = *library().find(id);
    const auto emitted = pattern_test(pattern, "2026");
    ASSERT_TRUE(emitted) << id << ": " << emitted.error().message;
    EXPECT_EQ(emitted->files.size(), pattern.checks.empty() ? 0U : 1U) << id;
    EXPECT_EQ(emitted->notes.size(), pattern.checks.empty() ? 1U : 0U) << id;
    if (out == nullptr) continue;
    for (const EmittedFile& file : emitted->files)
      ASSERT_TRUE(write_file_atomic(std::filesystem::path(out) / file.path, file.text));
  }
}

}  // namespace
}  // namespace adapt::emit::forms
