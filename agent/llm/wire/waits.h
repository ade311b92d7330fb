// Spans and points of time as servers write them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace adapt::llm {

// "1.5s", "6m0s", "1h2m", "20ms". Nothing for anything else, and beyond a day.
std::optional<std::int64_t> parse_duration_ms(std::string_view text);

// "Wed, 21 Oct 2026 07:28:00 GMT" or "2026-10-21T07:28:00.5Z" (also with an offset), as milliseconds of UTC.
std::optional<std::int64_t> parse_time_ms(std::string_view text);

// The duration after "try again in" or "retry in", for servers that say it in prose only.
std::optional<std::int64_t> wait_in_prose(std::string_view message);

}  // namespace adapt::llm
