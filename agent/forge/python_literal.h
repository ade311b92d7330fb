// What Python's repr() prints for plain data, as JSON: how tt-xla's tags travel in JUnit XML.
#pragma once

#include <string_view>

#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::forge {

inline constexpr int kMostLiteralDepth = 32;

// Dictionaries with text as keys, lists, tuples, strings, numbers, True, False, None, nan and inf (as text); and JSON.
Result<Json> parse_python_literal(std::string_view text);

}  // namespace adapt::forge
