// Which top-level modules come with Python.
#pragma once

#include <string_view>

namespace adapt::patterns {

bool is_standard_library(std::string_view package);

}  // namespace adapt::patterns
