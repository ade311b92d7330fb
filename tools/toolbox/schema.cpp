#include "tools/toolbox/schema.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "tools/base/text.h"

namespace adapt::toolbox {
namespace {

constexpr std::string_view kWhere = "arguments";

// Walks the text for what a parsed value no longer shows: where it stops to be JSON, and fields that stand twice.
class Inspector : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return deeper(); }
  bool end_object() override { return shallower(); }
  bool start_array(std::size_t) override { return deeper(); }
  bool end_array() override { return shallower(); }
  bool key(string_t& name) override {
    if (depth_ == 1 && !names_.insert(name).second && twice_.empty()) twice_ = name;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    error_at_ = position;
    return false;
  }

  bool too_deep() const { return depth_ > kMaxJsonDepth; }
  const std::string& twice() const { return twice_; }
  std::size_t error_at() const { return error_at_; }  // bytes read when it stopped

 private:
  bool deeper() { return ++depth_ <= kMaxJsonDepth; }
  bool shallower() {
    --depth_;
    return true;
  }
  std::size_t depth_ = 0, error_at_ = 0;
  std::set<std::string> names_;
  std::string twice_;
};

std::string place_in(std::string_view text, std::size_t bytes_read) {
  const std::size_t at = std::min(bytes_read == 0 ? 0 : bytes_read - 1, text.size());
  const std::string_view before = text.substr(0, at);
  const std::size_t line_start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  return fmt::format("line {} column {}{}", line, at - line_start + 1,
                     bytes_read > text.size() || at == text.size() ? ", where the text ends" : "");
}

std::string kind_of(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object: return "an object";
    case Json::value_t::array: return "a list";
    case Json::value_t::string: return "a text";
    case Json::value_t::boolean: return "true or false";
    case Json::value_t::null: return "null";
    default: return "a number";
  }
}

}  // namespace

Json SchemaMaker::take() {
  return {{"type", "object"},
          {"properties", std::move(properties_)},
          {"required", std::move(required_)},
          {"additionalProperties", false}};
}

Json SchemaMaker::text_of(const Field& field) {
  Json out = {{"type", "string"}};
  if (!field.choices.empty()) out["enum"] = field.choices;
  return out;
}

Json SchemaMaker::integer_of(const Field& field) {
  return {{"type", "integer"}, {"minimum", field.least}, {"maximum", field.most}};
}

void SchemaMaker::add(const Field& field, Json type) {
  type["description"] = field.help;
  properties_[std::string(field.name)] = std::move(type);
  if (field.required) required_.push_back(field.name);
}

void ArgumentReader::complain(std::string message) {
  if (complaint_.empty()) complaint_ = std::move(message);
}

const Json* ArgumentReader::value_of(const Field& field) {
  known_.emplace_back(field.name);
  const Json& value = member_or_null(object_, field.name);
  if (!value.is_null()) return &value;
  if (field.required) complain(fmt::format("{}.{} is missing: {}", kWhere, field.name, field.help));
  return nullptr;
}

std::optional<std::string> ArgumentReader::text_at(const Field& field, const Json& value, std::string_view path) {
  if (!value.is_string()) {
    complain(fmt::format("{} is {}, not a text", path, kind_of(value)));
    return std::nullopt;
  }
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() > field.max_bytes) {
    complain(fmt::format("{} has {} bytes; at most {} are read", path, text.size(), field.max_bytes));
  } else if (contains(text, std::string_view("\0", 1))) {
    complain(fmt::format("{} holds a NUL character", path));
  } else if (!field.choices.empty() &&
             std::find(field.choices.begin(), field.choices.end(), text) == field.choices.end()) {
    complain(fmt::format("{} is '{:.60}', not one of: {}{}", path, text, join(field.choices, ", "),
                         did_you_mean(text, field.choices)));
  } else {
    return text;
  }
  return std::nullopt;
}

std::optional<std::int64_t> ArgumentReader::integer_at(const Field& field, const Json& value) {
  const std::string path = fmt::format("{}.{}", kWhere, field.name);
  // 3.0 is how some models write 3.
  const double real = value.is_number_float() ? value.get<double>() : 0.5;
  const bool whole = std::abs(real) < 1e9 && std::floor(real) == real;
  if (!value.is_number_integer() && !whole) {
    complain(fmt::format("{} is {}, not an integer", path, value.is_number() ? dump(value) : kind_of(value)));
    return std::nullopt;
  }
  const bool huge = value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX;
  const std::int64_t number = huge ? INT64_MAX : value.get<std::int64_t>();
  if (huge || number < field.least || number > field.most) {
    complain(fmt::format("{} is {}, not between {} and {}", path, dump(value), field.least, field.most));
    return std::nullopt;
  }
  return number;
}

void ArgumentReader::operator()(const Field& field, std::string& member) {
  if (const Json* value = value_of(field))
    if (auto text = text_at(field, *value, fmt::format("{}.{}", kWhere, field.name))) member = std::move(*text);
}

void ArgumentReader::operator()(const Field& field, std::optional<std::string>& member) {
  if (const Json* value = value_of(field)) member = text_at(field, *value, fmt::format("{}.{}", kWhere, field.name));
}

void ArgumentReader::operator()(const Field& field, std::vector<std::string>& member) {
  const Json* value = value_of(field);
  if (value == nullptr) return;
  if (!value->is_array())
    return complain(fmt::format("{}.{} is {}, not a list of texts", kWhere, field.name, kind_of(*value)));
  if (value->size() > kMaxItems)
    return complain(
        fmt::format("{}.{} has {} entries; at most {} are read", kWhere, field.name, value->size(), kMaxItems));
  for (std::size_t i = 0; i < value->size(); ++i)
    if (auto text = text_at(field, (*value)[i], fmt::format("{}.{}[{}]", kWhere, field.name, i)))
      member.push_back(std::move(*text));
}

void ArgumentReader::operator()(const Field& field, std::int64_t& member) {
  if (const Json* value = value_of(field)) member = integer_at(field, *value).value_or(member);
}

void ArgumentReader::operator()(const Field& field, std::optional<std::int64_t>& member) {
  if (const Json* value = value_of(field)) member = integer_at(field, *value);
}

void ArgumentReader::operator()(const Field& field, bool& member) {
  const Json* value = value_of(field);
  if (value == nullptr) return;
  if (!value->is_boolean())
    return complain(fmt::format("{}.{} is {}, not true or false", kWhere, field.name, kind_of(*value)));
  member = value->get<bool>();
}

Result<void> ArgumentReader::finish() const {
  for (const auto& [name, value] : object_.items())
    if (std::find(known_.begin(), known_.end(), name) == known_.end())
      return fail(ErrorKind::usage, "{}: unknown field '{:.60}'{}{}", kWhere, name,
                  did_you_mean(name.substr(0, kMaxWord), known_),
                  known_.empty() ? "; this tool takes none" : "; fields are: " + join(known_, ", "));
  if (!complaint_.empty()) return fail(ErrorKind::usage, "{}", complaint_);
  return {};
}

Result<Json> parse_arguments(std::string_view text) {
  if (text.size() > kMaxArguments)
    return fail(ErrorKind::usage, "{} have {} bytes; at most {} are read", kWhere, text.size(), kMaxArguments);
  if (trim(text).empty()) return Json::object();
  Inspector inspector;
  if (!Json::sax_parse(text.begin(), text.end(), &inspector)) {
    if (inspector.too_deep()) return fail(ErrorKind::usage, "{} are nested deeper than {}", kWhere, kMaxJsonDepth);
    return fail(ErrorKind::usage, "{} are not valid JSON at {}", kWhere, place_in(text, inspector.error_at()));
  }
  if (!inspector.twice().empty())
    return fail(ErrorKind::usage, "{}: field '{:.60}' stands there twice", kWhere, inspector.twice());
  ADAPT_TRY(Json value, parse_json(text));
  if (!value.is_object()) return fail(ErrorKind::usage, "{} are {}, not an object", kWhere, kind_of(value));
  return value;
}

}  // namespace adapt::toolbox
