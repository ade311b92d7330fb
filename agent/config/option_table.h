// Every setting there is, one row each: keys in files, environment names, flags, help and checks all come from here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::config {

enum class Type : std::uint8_t {
  text,
  path,
  paths,
  integer,
  share,  // a number from 0 to 1
  boolean,
  count,     // as typed, "400k"; see tools/base/quantity.h
  duration,  // as typed, "20m"
  money,     // as typed, "2" dollars
};

struct Option {
  std::string_view key{};  // dotted, as in adapt.toml: "limits.memory_gib"
  Type type = Type::text;
  std::string_view fallback{};  // as it would be typed; "" where `derived` says how the value is found
  std::string_view flag{};      // "--memory-gib", or "" where only --set reaches it
  std::string_view help{};
  std::optional<std::int64_t> least{};  // integers
  std::optional<std::int64_t> most{};   // integers
  std::string_view choices{};           // texts: "tiny base full", or "" for any
  std::string_view derived{};           // how the default is found, for people
  // A project file lies beside code that somebody else may have written, so it may not choose what runs or is confined.
  bool user_only = false;
};

std::span<const Option> option_table();

const Option* find_option(std::string_view key);
std::vector<std::string> option_keys();

// "limits.memory_gib" -> "ADAPT_LIMITS_MEMORY_GIB"
std::string environment_name(const Option& option);

}  // namespace adapt::config
