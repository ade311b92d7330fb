// [check NAME]: a claim that the code before and after a pattern computes the same, as data for whoever can run Python.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/sections.h"
#include "tools/base/result.h"

namespace adapt::patterns {

struct Pattern;

// How an input is drawn.
enum class Filling : std::uint8_t {
  normal,    // mean 0, deviation 1
  uniform,   // low <= x < high
  integers,  // whole numbers, low <= x < high
  values,    // exactly these, in order
  range,     // 0, 1, 2, ...
  distinct,  // 0, 1, 2, ... in a drawn order
  some,      // booleans of both sorts; further draws have all and none of them true
  mixed,     // booleans of both sorts, and no further draws
  all,
  none,
};
std::string_view to_string(Filling fill);

struct CheckInput {
  std::string name{};                // of a parameter of `run`
  std::string dtype{};               // as torch spells it
  std::vector<std::string> shape{};  // numbers, and names of `sizes`
  Filling fill = Filling::normal;
  double low = 0, high = 1;
  std::vector<double> values{};
  bool nan = false, inf = false;  // some elements are replaced by these
};

struct Check {
  std::string name;
  std::uint32_t line = 0;
  std::vector<CheckInput> inputs;
  std::map<std::string, std::vector<std::int64_t>> sizes;  // by name; the first one is the usual one
  bool exact = true;                                       // the same bits, but any NaN for any NaN
  double rtol = 0, atol = 0;
  std::string raises;   // both versions raise this in every draw
  std::string refuses;  // the new version raises this in every draw, the old one does not
  std::string sample;   // whose code stands above `code`; may be ""
  std::string code;     // defines run(...)
};

// "f32" as torch spells it: "float32".
Result<std::string> dtype_named(std::string_view word);

// `name` is the file's, for complaints.
Result<Check> parse_check(const Section& section, std::string_view name);

struct CheckModules {
  std::string before, after;
};

// The module of a check and what the pattern makes of it. A check whose code the pattern leaves alone is an error.
Result<CheckModules> modules_of(const Pattern& pattern, const Check& check);

}  // namespace adapt::patterns
