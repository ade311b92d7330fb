// What this program calls itself.
#pragma once

namespace adapt::cli {

inline constexpr const char* kVersion = "0.1.0";

}  // namespace adapt::cli
