// {{name}} substitution where a missing or an unused value is an error: templates and callers cannot drift apart.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tools/base/result.h"

namespace adapt::emit {

Result<std::string> render(std::string_view text, const std::map<std::string, std::string>& values);

}  // namespace adapt::emit
