// Two versions of some modules as one: definitions that agree stand once, those that differ stand side by side under
// names of their own.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/emit/python_imports.h"
#include "tools/base/result.h"

namespace adapt::emit::forms {

struct CodeVersion {
  std::string text;    // a whole module
  std::string suffix;  // of the names that only this version has: "original", "rewritten_rows"
};

struct MergedCode {
  Imports imports;
  std::string body;                                       // top-level definitions, two blank lines apart
  std::vector<std::map<std::string, std::string>> names;  // for each version: its name -> the name in `body`
};

// Fails where a text is not Python, or holds more than imports, definitions and plain statements.
Result<MergedCode> merge_code(const std::vector<CodeVersion>& versions);

}  // namespace adapt::emit::forms
