// What stands between the commas of brackets, told apart without parsing: a long list can be cut at its elements.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tools/pyast/document.h"

namespace adapt::pyast {

struct Element;

// With at least one comma: what they part is a list of arguments, values or indices, and never mere grouping.
struct Bracket {
  std::vector<Element> elements;  // in order, without a gap from the opening bracket to the closing one
};

struct Element {
  Span span;                      // with the comma behind it
  std::vector<Bracket> brackets;  // in order; not those within them
  bool has_scope = false;         // `for` or `lambda` in it, but not in its brackets: it has names of its own
};

// A whole statement as one element. `texts` are the strings and comments of the source, as TopLevel has them. Nothing
// when brackets do not fit or nest too deep.
std::optional<Element> split_elements(std::string_view source, Span statement, std::span<const Span> texts);

}  // namespace adapt::pyast
