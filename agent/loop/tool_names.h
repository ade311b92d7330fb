#pragma once

#include <string>
#include <string_view>

namespace adapt::loop {

// The tool that a model means by a name: servers and models put "functions." or "default_api:" before it, and write it
// in other letters. Any other name stays as it is, and the toolbox refuses it.
std::string tool_name(std::string_view written);

}  // namespace adapt::loop
