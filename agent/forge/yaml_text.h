// Values as YAML text that every reader of tt-xla takes for the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace adapt::forge {

// In double quotes; what YAML does not print is escaped, and bytes that are no UTF-8 become U+FFFD.
std::string double_quoted(std::string_view text);

// Bare where that reads as the same text, else quoted.
std::string plain_or_quoted(std::string_view text);

// Never in the form with an exponent, which YAML 1.1 reads as text; always with a point.
std::string number_text(double value);

std::string flow_list(const std::vector<std::string>& items);  // "[push, nightly]"

}  // namespace adapt::forge
