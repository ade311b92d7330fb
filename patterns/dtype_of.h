// What kind of number an expression holds, as far as the code around it says: no model is run. Flow is not followed: a
// variable has a dtype when everything that its function assigns to it has the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "patterns/term.h"
#include "tools/base/result.h"

namespace adapt::patterns {

// In the order of promotion.
enum class DtypeClass : std::uint8_t { boolean, integer, floating, complex_number };
Result<DtypeClass> parse_dtype_class(std::string_view word);  // bool, int, float, complex

// Nothing when the code does not say.
std::optional<DtypeClass> dtype_of(const TermTree& tree, TermId expression);

}  // namespace adapt::patterns
