// What a search found, for people, programs and review tools: the one printer behind `patterns find` and `lint`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/cli/session.h"
#include "patterns/precision.h"
#include "patterns/search/search.h"

namespace adapt::cli {

enum class SearchFormat : std::uint8_t { text, json, sarif };

struct SearchJob {
  std::vector<const patterns::Pattern*> patterns;
  // By pattern, where it was measured; empty when nobody asked.
  std::vector<std::optional<patterns::Precision>> precision;
  std::shared_ptr<const patterns::Isomorphisms> isomorphisms;
  std::vector<std::string> paths;
  SearchFormat format = SearchFormat::text;
  std::string_view level = "note";  // of a finding: "note" or "warning"
};

// Searches, prints the result on stdout and a summary on stderr. How many sites there are.
Result<std::size_t> run_search(Session& session, const SearchJob& job);

}  // namespace adapt::cli
