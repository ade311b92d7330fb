// Names that Python binds without being asked.
#pragma once

#include <string_view>

namespace adapt::pyast {

// Of the `builtins` module, and what every module and method finds bound (`__name__`, `__class__`).
bool is_builtin(std::string_view name);

}  // namespace adapt::pyast
