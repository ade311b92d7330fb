// The functions and classes of a module, by the names that tools take.
#pragma once

#include <string>
#include <vector>

#include "tools/pyast/document.h"

namespace adapt::toolbox {

struct Symbol {
  std::string name;        // "Class.method", "outer.<locals>.inner"; "f#2": the second of several with one name
  std::string plain;       // without the number
  pyast::Node definition;  // function_definition or class_definition
  pyast::Node whole;       // with its decorators

  bool is_class() const { return definition.kind() == "class_definition"; }
};

// In source order; the nodes belong to the document.
std::vector<Symbol> symbols_of(const pyast::Document& document);

// The innermost that holds the span with all of its lines, or null.
const Symbol* innermost(const std::vector<Symbol>& symbols, pyast::Span span);

// "async def f(self, x: int) -> Tensor", on one line and not too long.
std::string heading_of(const Symbol& symbol);

}  // namespace adapt::toolbox
