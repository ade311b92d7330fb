// What kind of number an expression holds, as far as the code around it says, or else facts of a run. Flow is not
// followed: a variable has a dtype when everything that its function assigns to it has the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "patterns/facts.h"
#include "patterns/term.h"
#include "tools/base/result.h"

namespace adapt::patterns {

// In the order of promotion.
enum class DtypeClass : std::uint8_t { boolean, integer, floating, complex_number };
Result<DtypeClass> parse_dtype_class(std::string_view word);  // bool, int, float, complex

// Of "torch.bool", "int64", "float"; nothing for other names.
std::optional<DtypeClass> class_of_dtype_name(std::string_view name);

// Nothing when neither says.
std::optional<DtypeClass> dtype_of(const TermTree& tree, TermId expression, const Facts* facts = nullptr);

}  // namespace adapt::patterns
