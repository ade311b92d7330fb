// Searching texts in tests.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "patterns/search/sites.h"
#include "tests/unit/patterns/pattern_text.h"

namespace adapt::search {

inline std::unique_ptr<const patterns::Pattern> code_pattern(std::string_view code) {
  auto made = pattern_of_code(code, patterns::shipped_table());
  if (!made) ADD_FAILURE() << code << ": " << made.error().message;
  return made ? std::move(*made) : nullptr;
}

inline SourceSites sites_of(const patterns::Pattern& pattern, std::string text, std::string module = "m") {
  const patterns::Pattern* only = &pattern;
  return find_sites({std::move(module), "m.py", std::move(text), "model"}, RuleSet(std::span(&only, 1)),
                    *patterns::shipped_table());
}

// The texts of the sites.
inline std::vector<std::string> found(std::string_view code, std::string text) {
  std::vector<std::string> out;
  const auto pattern = code_pattern(code);
  if (pattern)
    for (const Site& site : sites_of(*pattern, std::move(text)).sites) out.push_back(site.text);
  return out;
}

using Spans = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

inline Spans spans_of(const SourceSites& sites) {
  Spans out;
  for (const Site& site : sites.sites) out.emplace_back(site.span.begin, site.span.end);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace adapt::search
