// The shipped form of a source repair: one Python file that replaces the touched functions in a running process and
// takes the replacement back, guarded by a hash of the text it was made for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::emit {

struct ModuleChange {
  std::string module;  // dotted name that the process imports
  std::string file;    // as the diff names it
  std::string before;
  std::string after;
};

struct OverrideHeader {
  std::string model;
  std::string backend;
  std::vector<std::string> repairs;  // one line each
  std::string diff;                  // shown in the module's docstring
  Json config = Json::object();      // values that configure(model) sets
  Json stubs = Json::array();        // modules that can be imported while it is applied, as the wire has them
};

// Functions and methods that differ become replacements with their full new text; new functions, imports and
// assignments at module level, and new methods, are added. An error when a change has no such form (a removed
// definition, another base class, a changed statement inside a class body): the diff is then the only carrier.
Result<std::string> override_module(const OverrideHeader& header, const std::vector<ModuleChange>& changes);

// The text that the guard hashes: dedented, without trailing blanks. Mirrors normalised() in override_runtime.py.
std::string normalised_source(std::string_view text);

// `text` as a Python string literal that a person can read: raw triple quotes where possible.
std::string python_string(std::string_view text);

}  // namespace adapt::emit
