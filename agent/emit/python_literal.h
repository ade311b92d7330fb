// JSON values as Python source.
#pragma once

#include <string>

#include "tools/base/json.h"

namespace adapt::emit {

// One line; keys in the order of the object.
std::string python_literal(const Json& value);

}  // namespace adapt::emit
