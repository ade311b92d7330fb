// How the code of a variable follows from what others stand for: a word with another ending, a string with its values
// inside.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt::patterns {

struct Computation {
  enum class How : std::uint8_t {
    add_prefix,  // of a word
    add_suffix,
    drop_prefix,  // of a word that has it
    drop_suffix,
    format_fstring,   // of "{} {:.2f}" and the arguments of its .format(..)
    percent_fstring,  // of "%s %.2f" and what stands behind the `%`
    tensor_at_hand,   // of the place: see tensor_at_hand.h
  };
  How how = How::add_suffix;
  std::vector<std::string> of;  // names of variables; none where it is computed from the place
  std::string text;             // the prefix or suffix

  bool operator==(const Computation&) const = default;
};

// `drop-suffix($NAME, _)`, `format-fstring($TEXT, $ARGS)`, `tensor-at-hand()`
Result<Computation> parse_computation(std::string_view text);
std::string to_string(const Computation& computation);

}  // namespace adapt::patterns
