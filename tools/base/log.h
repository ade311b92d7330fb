// Diagnostics for people who debug the engine: one line each on stderr. Results and progress do not go through here.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace adapt::log {

enum class Level : unsigned char { debug, info, warning, error };

void set_level(Level level);  // default: warning
void write(Level level, std::string_view message);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::warning, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace adapt::log
