#include "agent/forge/yaml_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "tools/base/text.h"

namespace adapt::forge {
namespace {

struct Rune {
  char32_t value = 0xFFFD;
  std::size_t size = 1;
};

Rune rune_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned first = byte(0);
  const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (at + size > text.size() || !is_utf8(text.substr(at, size))) return {};
  if (size == 1) return {first, 1};
  char32_t value = first & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) value = (value << 6U) | (byte(i) & 0x3FU);
  return {value, size};
}

bool prints(char32_t rune) {
  return rune >= 0x20 && rune != 0x7F && !(rune >= 0x80 && rune <= 0x9F) && rune != 0x2028 && rune != 0x2029 &&
         rune != 0xFEFF && rune != 0xFFFE && rune != 0xFFFF;
}

void append(std::string& out, std::string_view bytes, char32_t rune) {
  const auto code = static_cast<std::uint32_t>(rune);
  if (rune == '"' || rune == '\\') {
    out += '\\';
    out += static_cast<char>(rune);
  } else if (rune == '\n') {
    out += "\\n";
  } else if (rune == '\t') {
    out += "\\t";
  } else if (prints(rune)) {
    out += bytes;
  } else {
    out += code <= 0xFF ? fmt::format("\\x{:02X}", code) : fmt::format("\\u{:04X}", code);
  }
}

// What some reader takes for something else than text.
bool is_reserved(std::string_view text) {
  constexpr std::string_view kWords[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::ranges::find(kWords, lower) != std::end(kWords);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// No number, then what means nothing in YAML, inside a list neither.
bool is_plain(std::string_view text) {
  constexpr std::string_view kHarmless = "-./+()=@ ";
  if (text.empty() || text.back() == ' ' || is_reserved(text)) return false;
  const bool path = text.front() >= '0' && text.front() <= '9' && contains(text, "/");
  if (!is_letter(text.front()) && !path) return false;
  return std::ranges::all_of(text, [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || kHarmless.find(c) != std::string_view::npos;
  });
}

}  // namespace

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    const Rune rune = rune_at(text, at);
    const bool broken = rune.value == 0xFFFD && rune.size == 1;
    append(out, broken ? "\xEF\xBF\xBD" : text.substr(at, rune.size), rune.value);
    at += rune.size;
  }
  return out + '"';
}

std::string plain_or_quoted(std::string_view text) { return is_plain(text) ? std::string(text) : double_quoted(text); }

std::string number_text(double value) {
  std::array<char, 400> buffer{};  // the longest: 1.8e308 or 5e-324 in digits
  const auto [end, code] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  std::string out(buffer.data(), code == std::errc() ? end : buffer.data());
  if (out.find('.') == std::string::npos) out += ".0";
  return out;
}

std::string flow_list(const std::vector<std::string>& items) {
  std::vector<std::string> parts;
  parts.reserve(items.size());
  for (const std::string& item : items) parts.push_back(plain_or_quoted(item));
  return "[" + join(parts, ", ") + "]";
}

}  // namespace adapt::forge
