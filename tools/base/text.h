// Small text functions without a better home.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adapt {

std::vector<std::string_view> split(std::string_view text, char separator);
std::vector<std::string_view> split_lines(
    std::string_view text);  // without the line ends; a last empty line is dropped
std::string_view trim(std::string_view text);
// How many blanks and tabs stand before anything else; all of `line` where nothing else is in it.
std::size_t leading_blanks(std::string_view line);
std::string join(const std::vector<std::string>& parts, std::string_view separator);
bool is_utf8(std::string_view text);  // whole, well-formed characters
bool contains(std::string_view text, std::string_view part);
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// Damerau-Levenshtein distance (adjacent swaps count one), case-insensitive.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `name` when it is near enough to be meant: it begins with it, or at most a third of the
// letters differ.
std::optional<std::string> closest_name(std::string_view name, const std::vector<std::string>& candidates);

// "; did you mean 'x'?" or "".
std::string did_you_mean(std::string_view name, const std::vector<std::string>& candidates);

}  // namespace adapt
