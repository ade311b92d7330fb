// JSON at the edge: parse with a bound, read fields with a message that names the path, dump whatever the bytes are.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt {

using Json = nlohmann::json;                 // keys sorted: canonical
using OrderedJson = nlohmann::ordered_json;  // keys in writing order: for people

inline constexpr std::size_t kMaxJsonDepth = 64;

Result<Json> parse_json(std::string_view text);

// One line, invalid UTF-8 replaced, never throws.
std::string dump(const Json& value);
std::string dump_line(const OrderedJson& value);
std::string dump_pretty(const OrderedJson& value);

// Required fields. `where` names the object in the message: "reply.failure".
Result<std::string> read_string(const Json& object, std::string_view key, std::string_view where);
Result<std::int64_t> read_int(const Json& object, std::string_view key, std::string_view where);
Result<double> read_number(const Json& object, std::string_view key,
                           std::string_view where);  // also "nan", "inf", "-inf"
Result<bool> read_bool(const Json& object, std::string_view key, std::string_view where);
Result<const Json*> read_object(const Json& object, std::string_view key, std::string_view where);
Result<const Json*> read_array(const Json& object, std::string_view key, std::string_view where);

// Optional fields: missing, null or of another type gives the default.
std::string string_or(const Json& object, std::string_view key, std::string_view fallback);
std::int64_t int_or(const Json& object, std::string_view key, std::int64_t fallback);
double number_or(const Json& object, std::string_view key, double fallback);
bool bool_or(const Json& object, std::string_view key, bool fallback);
std::vector<std::string> strings_or_empty(const Json& object, std::string_view key);
// The member, or a null value.
const Json& member_or_null(const Json& object, std::string_view key);

}  // namespace adapt
