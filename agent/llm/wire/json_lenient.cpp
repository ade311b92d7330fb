#include <algorithm>
#include <cmath>
#include <optional>

#include "agent/llm/wire/dialect.h"
#include "agent/llm/wire/ordered.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

constexpr double kMostTokens = 1e12;  // sums of such counts cannot overflow
constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr std::string_view kNoNumbers[] = {"-Infinity", "Infinity", "NaN"};

// What one look at the brackets tells, strings skipped.
struct Brackets {
  std::size_t deepest = 0;
  std::size_t open = 0;
  bool in_string = false;
};

Brackets brackets_of(std::string_view text) {
  Brackets out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (out.in_string) {
      if (c == '\\') ++i;
      if (c == '"') out.in_string = false;
    } else if (c == '"') {
      out.in_string = true;
    } else if (c == '{' || c == '[') {
      out.deepest = std::max(out.deepest, ++out.open);
    } else if ((c == '}' || c == ']') && out.open > 0) {
      --out.open;
    }
  }
  return out;
}

std::optional<unsigned> hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9';
    const auto lower = static_cast<char>(c | 0x20);
    if (!digit && (lower < 'a' || lower > 'f')) return std::nullopt;
    value = value * 16 + static_cast<unsigned>(digit ? c - '0' : lower - 'a' + 10);
  }
  return value;
}

bool is_high_surrogate(unsigned unit) { return unit >= 0xd800 && unit < 0xdc00; }
bool is_low_surrogate(unsigned unit) { return unit >= 0xdc00 && unit < 0xe000; }

// Copies the escape at `at` (a backslash), a lone surrogate as U+FFFD. Returns where it ends.
std::size_t copy_escape(std::string_view text, std::size_t at, std::string& out) {
  const std::optional<unsigned> unit = text.substr(at, 2) == "\\u" ? hex4(text, at + 2) : std::nullopt;
  std::size_t length = unit ? 6 : 2;
  if (unit && is_high_surrogate(*unit) && text.substr(at + 6, 2) == "\\u") {
    const std::optional<unsigned> second = hex4(text, at + 8);
    if (second && is_low_surrogate(*second)) length = 12;
  }
  const bool lone = unit && length == 6 && (is_high_surrogate(*unit) || is_low_surrogate(*unit));
  out += lone ? "\\ufffd" : text.substr(at, length);
  return std::min(at + length, text.size());
}

// Copies one character of a string, whatever the bytes are. Returns where it ends.
std::size_t copy_character(std::string_view text, std::size_t at, std::string& out) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte < 0x20) {
    out += fmt::format("\\u{:04x}", byte);
    return at + 1;
  }
  for (std::size_t length = 1; length <= 4 && at + length <= text.size(); ++length) {
    if (!is_utf8(text.substr(at, length))) continue;
    out += text.substr(at, length);
    return at + length;
  }
  out += kReplacement;
  return at + 1;
}

std::string mended(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  bool in_string = false;
  for (std::size_t at = 0; at < text.size();) {
    if (in_string && text[at] == '\\') {
      at = copy_escape(text, at, out);
    } else if (text[at] == '"') {
      in_string = !in_string;
      out += text[at++];
    } else if (in_string) {
      at = copy_character(text, at, out);
    } else {
      const auto* word = std::find_if(std::begin(kNoNumbers), std::end(kNoNumbers),
                                      [&](std::string_view w) { return text.substr(at).starts_with(w); });
      const bool found = word != std::end(kNoNumbers);
      out += found ? std::string_view("null") : text.substr(at, 1);
      at += found ? word->size() : 1;
    }
  }
  return out;
}

// The library parses any depth, so the depth is looked at first; text that misleads the look is no JSON.
template <class AnyJson>
Result<AnyJson> parse(std::string_view text) {
  if (brackets_of(text).deepest > kMaxJsonDepth)
    return fail(ErrorKind::parse, "JSON is nested deeper than {}", kMaxJsonDepth);
  AnyJson value = AnyJson::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!value.is_discarded()) return value;
  const std::string second = mended(text);
  value = AnyJson::parse(second, nullptr, false);
  if (value.is_discarded()) return fail(ErrorKind::parse, "not valid JSON: {:.60}", text);
  return value;
}

}  // namespace

Result<Json> parse_lenient(std::string_view text) { return parse<Json>(text); }
Result<OrderedJson> parse_lenient_ordered(std::string_view text) { return parse<OrderedJson>(text); }

bool is_cut_json(std::string_view text) {
  const Brackets brackets = brackets_of(text);
  return brackets.open > 0 || brackets.in_string || trim(text).empty();
}

const OrderedJson& member(const OrderedJson& object, std::string_view key) {
  static const OrderedJson null;
  if (!object.is_object()) return null;
  const auto it = object.find(std::string(key));
  return it == object.end() ? null : *it;
}

std::string text_member(const OrderedJson& object, std::string_view key) {
  const OrderedJson& value = member(object, key);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::optional<std::int64_t> count_member(const OrderedJson& object, std::string_view key) {
  const OrderedJson& value = member(object, key);
  if (!value.is_number()) return std::nullopt;
  const auto number = value.get<double>();
  if (!std::isfinite(number)) return std::nullopt;
  return static_cast<std::int64_t>(std::clamp(number, 0.0, kMostTokens));
}

std::int64_t estimate_tokens(std::string_view text) { return static_cast<std::int64_t>((text.size() * 2 + 6) / 7); }

}  // namespace adapt::llm
