// Patterns and sources written in tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "patterns/library.h"
#include "tools/base/text.h"

namespace adapt::patterns {

inline const std::shared_ptr<const Isomorphisms>& shipped_table() {
  static const auto table = [] {
    auto loaded = Isomorphisms::load(std::filesystem::path(ADAPT_SOURCE_DIR) / "patterns" / "isomorphisms.txt");
    if (!loaded) ADD_FAILURE() << loaded.error().message;
    return loaded.value_or(nullptr);
  }();
  return table;
}

// The sections behind a head that says nothing special.
inline Result<Pattern> pattern_of(const std::string& sections) {
  return parse_pattern("pattern test/case r1\ntitle A test\nrisk exact\n" + sections, "case.adapt", shipped_table());
}

struct Applied {
  std::string text;
  std::vector<Refusal> refused;
  std::size_t sites = 0;
};

// The source with all sites applied, or itself. No failure is known, so frame conditions hold.
inline Applied applied(const Pattern& pattern, const std::string& source) {
  Applied out{source, {}, 0};
  const SourceFile file{"package.module", "package/module.py", source, "model"};
  ProposeOptions options;
  options.ignore_frames = true;
  options.refused = &out.refused;
  const auto proposal = propose(pattern, {}, std::span(&file, 1), options);
  if (!proposal) {
    ADD_FAILURE() << proposal.error().message;
    return out;
  }
  if (!*proposal) return out;
  out.sites = (*proposal)->sites.size();
  const auto sources = edit::apply((*proposal)->edits, {{file.file, source}});
  if (!sources)
    ADD_FAILURE() << sources.error().message;
  else
    out.text = sources->at(file.file);
  return out;
}

struct Case {
  const char* name;
  const char* sections;
  const char* before;
  const char* after;  // null: unchanged
};

inline void run(const Case& c) {
  SCOPED_TRACE(c.name);
  const auto pattern = pattern_of(c.sections);
  ASSERT_TRUE(pattern) << pattern.error().message;
  const Applied got = applied(*pattern, c.before);
  std::string why;
  for (const Refusal& refusal : got.refused) why += refusal.reason + "; ";
  EXPECT_EQ(got.text, c.after == nullptr ? c.before : c.after) << why;
}

}  // namespace adapt::patterns
