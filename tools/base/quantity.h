// Amounts as people type them: "400k" tokens, "20m" of time, "$2".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/base/result.h"

namespace adapt {

// "400k", "1.5M", "250000"; whole in the end, from 0 to 10^15.
Result<std::int64_t> parse_count(std::string_view text);

// "90s", "20m", "2h", "1d", or plain seconds; in seconds.
Result<std::int64_t> parse_duration(std::string_view text);

// Integer nano-dollars (1e-9 USD): "2", "0.25", "$1.5"; at most nine decimals, below a billion.
Result<std::int64_t> parse_dollars(std::string_view text);

std::string dollars(std::int64_t nano_usd);  // "$0.0123", "$2.00"

}  // namespace adapt
