// What functions of torch and methods of tensors give, as a table: enough to follow types through a function.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace adapt::patterns {

enum class Gives : std::uint8_t {
  boolean,
  integer,
  floating,
  same,     // as its first operand
  second,   // as its second operand
  counted,  // an integer for booleans and integers, else as its first operand
  element,  // as the first element of its first operand
};

// Of the last word of a function's or method's name; nothing for names that are not in the table.
std::optional<Gives> gives(std::string_view name);

// Whether it gives (values, indices).
bool gives_pair(std::string_view name);

}  // namespace adapt::patterns
