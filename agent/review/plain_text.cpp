#include "agent/review/plain_text.h"

#include <array>

#include "tools/base/json.h"
#include "tools/base/text.h"

namespace adapt::review {
namespace {

// Marks and overrides of direction, isolates, and separators of lines that no diff knows: as UTF-8.
constexpr std::array<std::string_view, 13> kInvisible = {"\u200e", "\u200f", "\u202a", "\u202b", "\u202c",
                                                         "\u202d", "\u202e", "\u2066", "\u2067", "\u2068",
                                                         "\u2069", "\u2028", "\u2029"};

std::string valid_utf8(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  const Result<Json> back = parse_json(dump(Json(text)));  // the one place that replaces what is not UTF-8
  return back && back->is_string() ? back->get<std::string>() : std::string();
}

}  // namespace

std::string without_controls(std::string_view text) {
  std::string out;
  for (const char c : valid_utf8(text)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20U ? byte != 0x7fU : (c == '\n' || c == '\t')) out += c;
  }
  for (const std::string_view mark : kInvisible)
    if (contains(out, mark)) out = replace_all(std::move(out), mark, "\ufffd");
  return out;
}

std::string flat(std::string_view text) {
  std::string out;
  for (const char c : without_controls(text)) {
    const bool blank = c == '\n' || c == '\t' || c == ' ';
    if (blank && !out.empty() && out.back() == ' ') continue;
    out += blank ? ' ' : c;
  }
  return out;
}

std::string one_line(std::string_view text) { return std::string(trim(flat(text))); }

std::string cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return std::string(text);
  std::size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  return replace_all(std::string(text), from, to);
}

std::string replaced(std::string_view text, char from, std::string_view to) {
  return replace_all(std::string(text), std::string_view(&from, 1), to);
}

}  // namespace adapt::review
