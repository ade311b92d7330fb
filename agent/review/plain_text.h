// Foreign text before it is escaped for anything: control characters out, in one line where one is wanted, bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace adapt::review {

// Well-formed UTF-8 without control characters (line ends and tabs stay), and without the marks that turn the direction
// of text around, which would show a diff as something else than it is.
std::string without_controls(std::string_view text);
// The same with every run of blanks and line ends as one blank; those at the ends stay in flat() and go in one_line().
std::string flat(std::string_view text);
std::string one_line(std::string_view text);
// The first `bytes` of it, cut between characters, with "..." where something was cut.
std::string cut(std::string_view text, std::size_t bytes);

std::string replaced(std::string_view text, std::string_view from, std::string_view to);
std::string replaced(std::string_view text, char from, std::string_view to);

}  // namespace adapt::review
