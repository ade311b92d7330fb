#include "tools/base/json.h"

#include <limits>

namespace adapt {
namespace {

const Json kNull;

Result<const Json*> member(const Json& object, std::string_view key, std::string_view where) {
  if (!object.is_object()) return fail(ErrorKind::parse, "{} is not an object", where);
  const auto it = object.find(std::string(key));
  if (it == object.end()) return fail(ErrorKind::parse, "{}.{} is missing", where, key);
  return &*it;
}

std::optional<double> as_number(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

// A number above the signed range would wrap into a negative one.
bool fits_int(const Json& value) {
  if (!value.is_number_integer()) return false;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  return !value.is_number_unsigned() || value.get<std::uint64_t>() <= kMax;
}

tl::unexpected<Error> wrong_type(std::string_view key, std::string_view where, std::string_view wanted) {
  return fail(ErrorKind::parse, "{}.{} is not {}", where, key, wanted);
}

}  // namespace

Result<Json> parse_json(std::string_view text) {
  bool too_deep = false;
  const Json::parser_callback_t watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > static_cast<int>(kMaxJsonDepth);
    return !too_deep;
  };
  Json value = Json::parse(text.begin(), text.end(), watch_depth, /*allow_exceptions=*/false);
  if (too_deep) return fail(ErrorKind::parse, "JSON is nested deeper than {}", kMaxJsonDepth);
  if (value.is_discarded()) return fail(ErrorKind::parse, "not valid JSON: {:.60}", text);
  return value;
}

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }
std::string dump_line(const OrderedJson& value) {
  return value.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}
std::string dump_pretty(const OrderedJson& value) {
  return value.dump(2, ' ', false, OrderedJson::error_handler_t::replace);
}

Result<std::string> read_string(const Json& object, std::string_view key, std::string_view where) {
  ADAPT_TRY(const Json* value, member(object, key, where));
  if (!value->is_string()) return wrong_type(key, where, "a string");
  return value->get<std::string>();
}

Result<std::int64_t> read_int(const Json& object, std::string_view key, std::string_view where) {
  ADAPT_TRY(const Json* value, member(object, key, where));
  if (!fits_int(*value)) return wrong_type(key, where, "an integer");
  return value->get<std::int64_t>();
}

Result<double> read_number(const Json& object, std::string_view key, std::string_view where) {
  ADAPT_TRY(const Json* value, member(object, key, where));
  const std::optional<double> number = as_number(*value);
  if (!number) return wrong_type(key, where, "a number");
  return *number;
}

Result<bool> read_bool(const Json& object, std::string_view key, std::string_view where) {
  ADAPT_TRY(const Json* value, member(object, key, where));
  if (!value->is_boolean()) return wrong_type(key, where, "true or false");
  return value->get<bool>();
}

Result<const Json*> read_object(const Json& object, std::string_view key, std::string_view where) {
  ADAPT_TRY(const Json* value, member(object, key, where));
  if (!value->is_object()) return wrong_type(key, where, "an object");
  return value;
}

Result<const Json*> read_array(const Json& object, std::string_view key, std::string_view where) {
  ADAPT_TRY(const Json* value, member(object, key, where));
  if (!value->is_array()) return wrong_type(key, where, "a list");
  return value;
}

const Json& member_or_null(const Json& object, std::string_view key) {
  if (!object.is_object()) return kNull;
  const auto it = object.find(std::string(key));
  return it == object.end() ? kNull : *it;
}

std::string string_or(const Json& object, std::string_view key, std::string_view fallback) {
  const Json& value = member_or_null(object, key);
  return value.is_string() ? value.get<std::string>() : std::string(fallback);
}

std::int64_t int_or(const Json& object, std::string_view key, std::int64_t fallback) {
  const Json& value = member_or_null(object, key);
  return fits_int(value) ? value.get<std::int64_t>() : fallback;
}

double number_or(const Json& object, std::string_view key, double fallback) {
  return as_number(member_or_null(object, key)).value_or(fallback);
}

bool bool_or(const Json& object, std::string_view key, bool fallback) {
  const Json& value = member_or_null(object, key);
  return value.is_boolean() ? value.get<bool>() : fallback;
}

std::vector<std::string> strings_or_empty(const Json& object, std::string_view key) {
  std::vector<std::string> out;
  const Json& list = member_or_null(object, key);
  if (!list.is_array()) return out;  // a string or an object would be walked, too
  for (const Json& item : list)
    if (item.is_string()) out.push_back(item.get<std::string>());
  return out;
}

}  // namespace adapt
