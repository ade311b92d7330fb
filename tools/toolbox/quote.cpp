#include "tools/toolbox/quote.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <optional>

#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace adapt::toolbox {
namespace {

struct Range {
  char32_t first, last;
};
// Sorted. What has no width, turns the direction of text, or only marks other characters up.
constexpr Range kInvisible[] = {
    {0x80, 0x9f},        // control
    {0xad, 0xad},        // soft hyphen
    {0x34f, 0x34f},      // grapheme joiner
    {0x61c, 0x61c},      // Arabic letter mark
    {0x115f, 0x1160},    // Hangul fillers
    {0x17b4, 0x17b5},    // Khmer inherent vowels
    {0x180b, 0x180f},    // Mongolian selectors
    {0x200b, 0x200f},    // zero-width space and joiners, direction marks
    {0x202a, 0x202e},    // embeddings and overrides
    {0x2060, 0x206f},    // word joiner, invisible operators, isolates
    {0x3164, 0x3164},    // Hangul filler
    {0xfe00, 0xfe0f},    // variation selectors
    {0xfeff, 0xfeff},    // byte order mark
    {0xffa0, 0xffa0},    // Hangul filler
    {0xfff0, 0xfffb},    // annotations
    {0x1bca0, 0x1bca3},  // shorthand format
    {0x1d173, 0x1d17a},  // musical format
    {0xe0000, 0xe0fff},  // tags, further variation selectors
};
bool is_invisible(char32_t character) {
  const auto* range = std::lower_bound(std::begin(kInvisible), std::end(kInvisible), character,
                                       [](Range a, char32_t c) { return a.last < c; });
  return range != std::end(kInvisible) && range->first <= character;
}

// The character at `at` and its length in bytes; none where the bytes are no character.
struct Character {
  char32_t value = 0;
  std::size_t length = 1;
};
std::optional<Character> character_at(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const std::string_view bytes = text.substr(at, length);
  if (bytes.size() != length || !is_utf8(bytes)) return std::nullopt;
  if (length == 1) return Character{first, 1};
  char32_t value = first & (0x7fU >> length);
  for (const char byte : bytes.substr(1)) value = value << 6U | (static_cast<unsigned char>(byte) & 0x3fU);
  return Character{value, length};
}

constexpr char32_t kEscape = 0x1b, kBell = 0x07, kControlSequence = 0x9b;

// One past a terminal sequence whose introducer ends at `at`: up to its final byte, or for a command with a text
// ("set the title") up to what ends it. One that does not end takes its line.
std::size_t end_of_control_sequence(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] >= 0x20 && text[at] < 0x40) ++at;
  return at < text.size() && text[at] >= 0x40 && text[at] < 0x7f ? at + 1 : at;
}
std::size_t end_of_escape(std::string_view text, std::size_t at) {
  if (at >= text.size()) return at;
  if (text[at] == '[') return end_of_control_sequence(text, at + 1);
  if (contains("]PX^_", text.substr(at, 1))) {
    for (++at; at < text.size() && text[at] != '\n'; ++at) {
      if (text[at] == static_cast<char>(kBell)) return at + 1;
      if (text[at] == static_cast<char>(kEscape)) return text.substr(at + 1, 1) == "\\" ? at + 2 : at;
    }
    return at;
  }
  return text[at] >= 0x20 && text[at] < 0x7f ? at + 1 : at;
}

// Names of tags that chat templates, tool protocols and our own marks use; in lower case, without namespace.
constexpr std::string_view kTags[] = {"assistant",
                                      "bos",
                                      "data",
                                      "developer",
                                      "end_of_turn",
                                      "eos",
                                      "function",
                                      "function_call",
                                      "function_calls",
                                      "function_result",
                                      "function_results",
                                      "human",
                                      "instructions",
                                      "invoke",
                                      "mask",
                                      "pad",
                                      "parameter",
                                      "parameters",
                                      "result",
                                      "results",
                                      "role",
                                      "s",
                                      "start_of_turn",
                                      "sys",
                                      "system",
                                      "system_prompt",
                                      "think",
                                      "thinking",
                                      "tool",
                                      "tool_call",
                                      "tool_calls",
                                      "tool_output",
                                      "tool_response",
                                      "tool_responses",
                                      "tool_result",
                                      "tool_results",
                                      "tools",
                                      "unk",
                                      "user"};
constexpr std::string_view kBracketed[] = {"available_tools", "inst",         "system_prompt",
                                           "tool_calls",      "tool_content", "tool_results"};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }

// Whether "<" or "[" at `at` begins a tag that one of these names opens or closes.
template <std::size_t N>
bool begins_tag(std::string_view text, std::size_t at, const std::string_view (&names)[N]) {
  std::size_t begin = std::min(text.find_first_not_of("</[ \t", at), text.size());
  if (begin - at > 6) return false;
  std::size_t end = begin;
  while (end < text.size() && is_word(text[end])) ++end;
  if (end < text.size() && text[end] == ':') {  // a namespace
    begin = ++end;
    while (end < text.size() && is_word(text[end])) ++end;
  }
  if (end == text.size() || end - begin > 32 || !contains(">]/|= \t\n", text.substr(end, 1))) return false;
  std::string name(text.substr(begin, end - begin));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

bool is_special(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  if (rest.front() == '<')
    return rest.starts_with("<|") || rest.starts_with("<\xef\xbd\x9c") /* full-width bar */ ||
           begins_tag(text, at, kTags);
  return rest.front() == '[' && begins_tag(text, at, kBracketed);
}

// A space behind the first character of each special token, and before "::" at the start of a line.
std::string neutralised(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool line_start = at == 0 || text[at - 1] == '\n';
    if (line_start && text.substr(at, 2) == "::") out += ' ';
    out += text[at];
    if (is_special(text, at)) out += ' ';
  }
  return out;
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0U) == 0x80; }

// A name in a mark: what could end it or begin a line is left out.
std::string mark_name(std::string_view source) {
  std::string out;
  for (const char c : source.substr(0, 200))
    out += is_word(c) || contains(".:/#,()", std::string_view(&c, 1)) ? c : '_';
  return out.empty() ? "text" : out;
}

}  // namespace

std::string visible(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto character = character_at(text, at);
    if (!character) {
      out += "\xef\xbf\xbd";
      ++at;
      continue;
    }
    const auto [value, length] = *character;
    const std::size_t next = at + length;
    if (value == kEscape || value == kControlSequence) {
      at = value == kEscape ? end_of_escape(text, next) : end_of_control_sequence(text, next);
      continue;
    }
    if (value == '\r' || value == 0x2028 || value == 0x2029) {
      if (value != '\r' || text.substr(next, 1) != "\n") out += '\n';
    } else if (value == '\n' || value == '\t' || (value >= 0x20 && value != 0x7f && !is_invisible(value))) {
      out += text.substr(at, length);
    }
    at = next;
  }
  return out;
}

std::string clean(std::string_view text) { return neutralised(visible(text)); }

std::string capped(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  constexpr std::size_t kNote = 48;
  if (max_bytes <= kNote) return {};
  const std::size_t room = max_bytes - kNote;
  std::size_t head = room * 2 / 3;
  std::size_t tail = text.size() - (room - head);
  while (head > 0 && continues_character(text[head])) --head;
  while (tail < text.size() && continues_character(text[tail])) ++tail;
  return fmt::format("{}\n[... {} bytes are left out ...]\n{}", text.substr(0, head), tail - head, text.substr(tail));
}

std::string quote(std::string_view source, std::string_view text, std::size_t max_bytes) {
  std::string content = capped(clean(text), max_bytes);
  if (!content.ends_with('\n')) content += '\n';
  // Half of the bytes of what would be needed to find a text that holds its own id.
  const std::string id = sha256_hex(content).substr(0, 16);
  return fmt::format("<data source={} id={}>\n{}</data {}>\n", mark_name(source), id, content, id);
}

}  // namespace adapt::toolbox
