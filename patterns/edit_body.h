// The diff-shaped body of an edit section to a compiled Edit.
#pragma once

#include <string>
#include <vector>

#include "patterns/pattern.h"

namespace adapt::patterns {

struct BodyLine {
  char marker = ' ';  // '-', '+', ' ', '@'
  std::string text;   // without the marker; of '@' lines what follows it
  std::uint32_t line = 0;
};

// `edit` holds its header values and variables; before, hunks, scope_lines and fresh are filled in.
Result<void> compile_body(Edit& edit, const std::vector<BodyLine>& lines, const Isomorphisms& isomorphisms);

// "in def forward", "not contains $X.grad", ... (without the '@').
Result<ScopeLine> parse_scope_line(std::string_view text, std::vector<Variable>& variables,
                                   const Isomorphisms& isomorphisms);

}  // namespace adapt::patterns
