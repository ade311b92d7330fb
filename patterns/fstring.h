// Formatted strings as f-strings.
#pragma once

#include <optional>

#include "patterns/computed.h"

namespace adapt::patterns {

// `"{} is {:.2f}".format(a, b)` is f"{a} is {b:.2f}". Nothing for what an f-string cannot say before Python 3.12, for
// values that are not used, and for formats that look into their values.
std::optional<ComputedCode> format_fstring(const TermTree& tree, TermId string, const Capture& arguments);

// `"%s is %.2f" % (a, b)`. A lone `%d` is taken to hold an integer.
std::optional<ComputedCode> percent_fstring(const TermTree& tree, TermId string, const Capture& value);

}  // namespace adapt::patterns
