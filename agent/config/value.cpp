#include "agent/config/value.h"

#include <algorithm>
#include <charconv>

#include "tools/base/quantity.h"
#include "tools/base/text.h"

namespace adapt::config {
namespace fs = std::filesystem;
namespace {

tl::unexpected<Error> not_a(const Option& option, std::string_view text, std::string_view wanted) {
  return fail(ErrorKind::usage, "{} is '{}', which is not {}", option.key, text, wanted);
}

Result<Value> integer_from(const Option& option, std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty())
    return not_a(option, text, "an integer");
  return number;
}

Result<Value> share_from(const Option& option, std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return not_a(option, text, "a number");
  return number;
}

Result<Value> boolean_from(const Option& option, std::string_view text) {
  if (text == "true" || text == "yes" || text == "on" || text == "1") return true;
  if (text == "false" || text == "no" || text == "off" || text == "0") return false;
  return not_a(option, text, "true or false");
}

// A basic TOML string: escapes what may not stand in it.
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += {'\\', c};
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      out += c;
  }
  return out + '"';
}

}  // namespace

fs::path resolve_path(std::string_view text, const PathBase& base) {
  if (text == "~" && !base.home.empty()) return base.home;
  if (text.starts_with("~/") && !base.home.empty()) return (base.home / text.substr(2)).lexically_normal();
  return (base.folder / text).lexically_normal();
}

Result<Value> value_from_text(const Option& option, std::string_view text, const PathBase& base) {
  switch (option.type) {
    case Type::text:
    case Type::count:
    case Type::duration:
    case Type::money: return checked(option, std::string(text));
    case Type::path: return checked(option, text.empty() ? fs::path() : resolve_path(text, base));
    case Type::paths: {
      Paths paths;
      for (const std::string_view part : split(text, ':'))
        if (!part.empty()) paths.push_back(resolve_path(part, base));
      return checked(option, std::move(paths));
    }
    case Type::integer: {
      ADAPT_TRY(Value value, integer_from(option, text));
      return checked(option, std::move(value));
    }
    case Type::share: {
      ADAPT_TRY(Value value, share_from(option, text));
      return checked(option, std::move(value));
    }
    case Type::boolean: return boolean_from(option, text);
  }
  ADAPT_CHECK(false, "unknown option type");
}

Result<std::int64_t> quantity(Type type, std::string_view text) {
  switch (type) {
    case Type::count: return parse_count(text);
    case Type::duration: return parse_duration(text);
    case Type::money: return parse_dollars(text);
    default: ADAPT_CHECK(false, "an option that is no quantity");
  }
}

Result<Value> checked(const Option& option, Value value) {
  if (is_quantity(option.type))
    if (const auto amount = quantity(option.type, std::get<std::string>(value)); !amount)
      return fail(ErrorKind::usage, "{}: {}", option.key, amount.error().message);
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (option.least && *number < *option.least)
      return fail(ErrorKind::usage, "{} is {}; at least {} is needed", option.key, *number, *option.least);
    if (option.most && *number > *option.most)
      return fail(ErrorKind::usage, "{} is {}; at most {} is allowed", option.key, *number, *option.most);
  }
  if (const auto* number = std::get_if<double>(&value); number != nullptr && !(*number >= 0 && *number <= 1))
    return fail(ErrorKind::usage, "{} is {}; it has to be from 0 to 1", option.key, *number);
  if (const auto* text = std::get_if<std::string>(&value); text != nullptr && !option.choices.empty()) {
    std::vector<std::string> known;
    for (const std::string_view choice : split(option.choices, ' ')) known.emplace_back(choice);
    if (std::ranges::find(known, *text) == known.end())
      return fail(ErrorKind::usage, "{} is '{}'; it can be {}{}", option.key, *text, join(known, ", "),
                  did_you_mean(*text, known));
  }
  if (const auto* path = std::get_if<fs::path>(&value); path != nullptr && path->empty())
    return fail(ErrorKind::usage, "{} is empty; a path is needed", option.key);
  return value;
}

std::string to_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* path = std::get_if<fs::path>(&value)) return path->string();
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  std::vector<std::string> parts;
  for (const fs::path& path : std::get<Paths>(value)) parts.push_back(path.string());
  return join(parts, ":");
}

std::string to_toml(const Value& value) {
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{:#}", *number);  // 1.0, not an integer
  if (std::holds_alternative<std::int64_t>(value) || std::holds_alternative<bool>(value)) return to_text(value);
  const auto* paths = std::get_if<Paths>(&value);
  if (paths == nullptr) return toml_string(to_text(value));
  std::vector<std::string> parts;
  for (const fs::path& path : *paths) parts.push_back(toml_string(path.string()));
  return "[" + join(parts, ", ") + "]";
}

}  // namespace adapt::config
