// What a patch may not do, read from its text. A cheap first filter and an explanation for the reviewer: the numbers
// are judged elsewhere, and nothing passes because this found nothing.
//
// Only new uses count: a model that already calls .cpu() or catches an exception is not the patch's doing.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt::judge {

enum class Severity : std::uint8_t {
  concession,  // allowed, but it weakens the claim and is said in the report
  refuse,      // no repair needs it
};
std::string_view to_string(Severity severity);

struct Source {
  std::string module;  // dotted name; anchors relative imports
  std::string file;    // path as a report names it
  std::string text;
  bool is_package = false;  // an __init__.py
};

struct PolicyFinding {
  std::string rule;
  Severity severity = Severity::refuse;
  std::string file;
  std::uint32_t line = 0;  // 1-based, in the source after the patch
  std::string text;        // what was written there, at most one line
  std::string reason;
};

// Files are paired by `file`. Findings in the order of files and lines. An error when a source is too large to parse;
// new syntax errors are a finding.
Result<std::vector<PolicyFinding>> check_patch(std::span<const Source> before, std::span<const Source> after);

}  // namespace adapt::judge
