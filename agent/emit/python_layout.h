// Python expressions laid out as black does it, in lines of at most 88 columns, so that a repository's own formatter
// leaves generated code alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/json.h"

namespace adapt::emit {

inline constexpr std::size_t kPythonColumns = 88;

// An atom ("x", "dtype=torch.bool"), or a bracket with items and what stands in front of it ("torch.tensor", "\"x\":
// ").
struct Code {
  std::string text;
  char open = '\0';  // ( [ {, or none for an atom
  std::vector<Code> items{};
};

Code call(std::string function, std::vector<Code> arguments);
Code list(std::vector<Code> items, std::string before = "");
Code tuple(std::vector<Code> items);
Code dictionary(std::vector<Code> entries, std::string before = "");
// `item` with `before` in front: a keyword argument or an entry of a dictionary.
Code named(std::string before, Code item);
Code code_of(const Json& value);

// A literal in the quotes that black leaves.
std::string python_quoted(std::string_view text);

// "    prefix" + code, on one line where it fits.
std::string laid_out(std::string_view prefix, const Code& code, std::size_t indent);

// Prose of at most `columns` columns, each line indented; long words stay whole.
std::vector<std::string> wrapped(std::string_view prose, std::size_t indent, std::size_t columns = kPythonColumns);

// Text that may stand in a docstring of any quotes: one line, printable, nothing that ends it.
std::string docstring_text(std::string_view text, std::size_t limit = 400);

// Letters, digits and single underscores in lower case: "PatchTST (tiny)" -> "patchtst_tiny"; "model" for nothing.
std::string identifier(std::string_view text);
// Whether it can be a dotted name of Python's: what a worker says becomes source only then.
bool is_dotted_name(std::string_view text);

}  // namespace adapt::emit
