// A setting's value: read from text by its option's type, checked, and printed again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/config/option_table.h"
#include "tools/base/result.h"

namespace adapt::config {

using Paths = std::vector<std::filesystem::path>;
using Value = std::variant<std::string, std::filesystem::path, Paths, std::int64_t, double, bool>;

// What paths in a value are relative to, and what "~/" stands for.
struct PathBase {
  std::filesystem::path folder;
  std::filesystem::path home;  // empty: unknown
};

// A value as typed on the command line or in the environment: lists are separated by ':'.
Result<Value> value_from_text(const Option& option, std::string_view text, const PathBase& base);

// The same for one string of a list.
std::filesystem::path resolve_path(std::string_view text, const PathBase& base);

inline bool is_quantity(Type type) { return type == Type::count || type == Type::duration || type == Type::money; }
// Tokens, seconds or nano-dollars of a quantity as typed.
Result<std::int64_t> quantity(Type type, std::string_view text);

// The option's own limits and choices.
Result<Value> checked(const Option& option, Value value);

std::string to_text(const Value& value);  // for people
std::string to_toml(const Value& value);  // the right-hand side of "key = ..."

}  // namespace adapt::config
