// The marks of the plain-text tool protocol (text_protocol.h says what they mean).
#pragma once

#include <optional>
#include <string_view>

namespace adapt::llm {

// Letters, digits, `_`, `.` and `-`, beginning with a letter or `_`.
bool is_field_name(std::string_view name);

struct Mark {
  std::string_view name, value;
};
// The mark that a line is: `::name`, `::name value`.
std::optional<Mark> mark_of(std::string_view line);

}  // namespace adapt::llm
