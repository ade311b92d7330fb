// One line of a log: written, and read back with every check that needs only the line before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/events/event_log.h"

namespace adapt::events {

extern const std::string kFirstPrev;  // what `prev` is on the first line

// The line without its line end, and the event as a reader will see it.
struct Encoded {
  std::string line;
  Event event;
};
Result<Encoded> encode(std::int64_t seq, std::int64_t t, std::string_view type, const Json& data,
                       const std::string& prev);

// Why a line was refused. Text that was cut off is not an object; a line that is one but does not fit was changed.
struct Refusal {
  bool is_cut = false;
  std::string why;
};
std::variant<Event, Refusal> decode(std::string_view line, std::int64_t seq, const std::string& prev);

// A whole log. `end` is the offset behind the last complete event; what follows it is an unfinished line.
struct Parsed {
  std::vector<Event> events;
  std::size_t end = 0;
  bool lacks_line_end = false;  // the last event is whole but for its '\n'
};
Result<Parsed> parse_log(std::string_view text, const std::filesystem::path& path);

}  // namespace adapt::events
