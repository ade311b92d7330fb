// One description of a tool's arguments, from which both the JSON Schema and the checked reading are made.
//
// A description is a function `describe(visitor, arguments)` that calls visitor(field, member) for each member. A plain
// member of a required field must be there; any other keeps its default when the field is missing or null.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::toolbox {

inline constexpr std::size_t kMaxArguments = std::size_t{1} << 20U;  // bytes of one call's JSON
inline constexpr std::size_t kMaxWord = 512;                         // bytes of a name or a sentence
inline constexpr std::size_t kMaxCode = std::size_t{64}
                                        << 10U;  // on garbage the parser takes time that grows with the square
inline constexpr std::size_t kMaxItems = 50;

struct Field {
  std::string_view name, help;
  bool required = false;
  std::vector<std::string> choices{};            // of a text; empty: any
  std::int64_t least = 0, most = 1'000'000'000;  // of an integer
  std::size_t max_bytes = kMaxWord;              // of a text, or of each text of a list
};

class SchemaMaker {
 public:
  void operator()(const Field& field, const std::string&) { add(field, text_of(field)); }
  void operator()(const Field& field, const std::optional<std::string>&) { add(field, text_of(field)); }
  void operator()(const Field& field, const std::vector<std::string>&) {
    add(field, {{"type", "array"}, {"items", text_of(field)}, {"maxItems", kMaxItems}});
  }
  void operator()(const Field& field, std::int64_t) { add(field, integer_of(field)); }
  void operator()(const Field& field, const std::optional<std::int64_t>&) { add(field, integer_of(field)); }
  void operator()(const Field& field, bool) { add(field, {{"type", "boolean"}}); }

  Json take();

 private:
  static Json text_of(const Field& field);
  static Json integer_of(const Field& field);
  void add(const Field& field, Json type);
  Json properties_ = Json::object();
  Json required_ = Json::array();
};

class ArgumentReader {
 public:
  // `object` outlives the reader.
  explicit ArgumentReader(const Json& object) : object_(object) {}

  void operator()(const Field& field, std::string& member);
  void operator()(const Field& field, std::optional<std::string>& member);
  void operator()(const Field& field, std::vector<std::string>& member);
  void operator()(const Field& field, std::int64_t& member);
  void operator()(const Field& field, std::optional<std::int64_t>& member);
  void operator()(const Field& field, bool& member);

  // After all fields: the first complaint, about a field that is not described before any other.
  Result<void> finish() const;

 private:
  const Json* value_of(const Field& field);  // null: missing, and that was dealt with
  std::optional<std::string> text_at(const Field& field, const Json& value, std::string_view path);
  std::optional<std::int64_t> integer_at(const Field& field, const Json& value);
  void complain(std::string message);
  const Json& object_;
  std::vector<std::string> known_;
  std::string complaint_;
};

// An object, bounded in size and depth, in which no field stands twice. No text at all is an empty object: that is how
// some models call a tool without arguments. A complaint says where in the text, by line and column.
Result<Json> parse_arguments(std::string_view text);

template <class Arguments>
Json schema_of() {
  SchemaMaker maker;
  Arguments arguments;
  describe(maker, arguments);
  return maker.take();
}

template <class Arguments>
Result<Arguments> read_arguments(std::string_view text) {
  ADAPT_TRY(const Json object, parse_arguments(text));
  Arguments arguments;
  ArgumentReader reader(object);
  describe(reader, arguments);
  ADAPT_TRY_VOID(reader.finish());
  return arguments;
}

}  // namespace adapt::toolbox
