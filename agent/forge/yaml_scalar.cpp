#include <algorithm>
#include <charconv>

#include "agent/forge/yaml_reader.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Digits and underscores, at least one digit.
bool is_digits(std::string_view text) {
  return std::ranges::any_of(text, is_digit) &&
         std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '_'; });
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
  return text;
}

bool is_integer(std::string_view text) {
  const std::string_view body = without_sign(text);
  const auto of_base = [&](std::string_view prefix, std::string_view digits) {
    return body.starts_with(prefix) && body.size() > prefix.size() &&
           body.find_first_not_of(digits, prefix.size()) == std::string_view::npos;
  };
  return is_digits(body) || of_base("0x", "0123456789abcdefABCDEF_") || of_base("0o", "01234567_");
}

bool is_number(std::string_view text) {
  std::string_view body = without_sign(text);
  if (is_one_of(body, {".inf", ".Inf", ".INF"}) || is_one_of(text, {".nan", ".NaN", ".NAN"})) return true;
  if (const std::size_t e = body.find_first_of("eE"); e != std::string_view::npos) {
    if (!is_digits(without_sign(body.substr(e + 1)))) return false;
    body = body.substr(0, e);
  }
  const std::size_t point = body.find('.');
  if (point == std::string_view::npos) return is_digits(body) && body.size() != text.size();
  const std::string_view whole = body.substr(0, point), part = body.substr(point + 1);
  return (whole.empty() || is_digits(whole)) && (part.empty() ? !whole.empty() : is_digits(part));
}

bool is_date(std::string_view text) {
  if (text.size() < 8 || !is_digits(text.substr(0, 4)) || text[4] != '-') return false;
  const std::size_t second = text.find('-', 5);
  return second != std::string_view::npos && is_digits(text.substr(5, second - 5)) && second + 1 < text.size() &&
         is_digit(text[second + 1]) && std::ranges::all_of(text.substr(second + 1), [](char c) {
           return is_digit(c) || contains("Tt :.Z+-", {&c, 1});
         });
}

ScalarKind plain_kind(std::string_view text) {
  if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) return ScalarKind::null;
  if (is_one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) return ScalarKind::boolean;
  if (is_integer(text)) return ScalarKind::integer;
  if (is_number(text)) return ScalarKind::number;
  if (is_date(text)) return ScalarKind::date;
  return ScalarKind::text;
}

std::string digits_of(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != '_' && c != '+') out += c;
  return out;
}

}  // namespace

ScalarKind scalar_kind(const YamlNode& node) {
  if (node.tag.starts_with(kYamlTagPrefix)) {
    const std::string_view name = std::string_view(node.tag).substr(kYamlTagPrefix.size());
    if (name == "str") return ScalarKind::text;
    if (name == "null") return ScalarKind::null;
    if (name == "bool") return ScalarKind::boolean;
    if (name == "int") return ScalarKind::integer;
    if (name == "float") return ScalarKind::number;
  }
  return node.plain ? plain_kind(node.text) : ScalarKind::text;
}

std::string_view to_string(ScalarKind kind) {
  switch (kind) {
    case ScalarKind::null: return "nothing";
    case ScalarKind::boolean: return "a truth value";
    case ScalarKind::integer: return "an integer";
    case ScalarKind::number: return "a number";
    case ScalarKind::date: return "a date";
    case ScalarKind::text: return "text";
  }
  return "text";
}

std::string describe(const YamlNode& node) {
  if (node.is_list()) return "a list";
  if (node.is_mapping()) return "a mapping";
  return std::string(to_string(scalar_kind(node)));
}

std::optional<bool> boolean_of(const YamlNode& node) {
  if (!node.is_scalar() || scalar_kind(node) != ScalarKind::boolean) return std::nullopt;
  return is_one_of(node.text, {"true", "True", "TRUE"});
}

std::optional<std::int64_t> integer_of(const YamlNode& node) {
  if (!node.is_scalar() || scalar_kind(node) != ScalarKind::integer) return std::nullopt;
  const std::string digits = digits_of(node.text);
  const bool based = digits.starts_with("0x") || digits.starts_with("0o");
  const int base = digits.starts_with("0x") ? 16 : based ? 8 : 10;
  std::int64_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [last, code] = std::from_chars(digits.data() + (based ? 2 : 0), end, value, base);
  if (code != std::errc() || last != end) return std::nullopt;
  return value;
}

std::optional<double> number_of(const YamlNode& node) {
  if (!node.is_scalar()) return std::nullopt;
  if (const auto integer = integer_of(node)) return static_cast<double>(*integer);
  if (scalar_kind(node) != ScalarKind::number) return std::nullopt;
  const std::string digits = digits_of(node.text);
  double value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [last, code] = std::from_chars(digits.data(), end, value);
  if (code != std::errc() || last != end) return std::nullopt;  // also .inf and .nan
  return value;
}

}  // namespace adapt::forge
