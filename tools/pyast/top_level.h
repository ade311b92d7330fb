// The statements of a module, told apart without parsing them: strings, brackets and continued lines are followed, so a
// line that begins at the left margin outside of all three begins a statement.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/pyast/document.h"

namespace adapt::pyast {

// One compound statement with its clauses and decorators, or one line of simple statements; with the comments and blank
// lines behind it.
struct TopLevelStatement {
  Span span;
  // `def` and `class` statements that bind their name in the module and nothing else there; else "".
  std::string_view name;
  bool is_class = false;
};

struct TopLevel {
  std::vector<TopLevelStatement> statements;  // in order; they cover the text without a gap
  // Every `A as B` in code: the only way in which what is called A elsewhere is written B here.
  std::vector<std::pair<std::string_view, std::string_view>> aliases;
};

// Nothing when a string or bracket does not end, or a bracket ends that is not open: then statements cannot be told
// apart. Views point into `text`.
std::optional<TopLevel> split_top_level(std::string_view text);

}  // namespace adapt::pyast
