// Reading and writing a struct from one description of its fields, so that the two cannot drift apart.
// A description is a function `fields(visitor, value)` that calls visitor(key, member) for each member.
#pragma once

#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/client/messages.h"

namespace adapt::client {

class Writer {
 public:
  Json take() { return std::move(object_); }

  template <class T>
  void operator()(const char* key, const T& member) {
    object_[key] = value(member);
  }
  template <class T>
  void optional(const char* key, const T& member) {
    (*this)(key, member);
  }
  // Not written where there is none.
  template <class T>
  void present(const char* key, const std::optional<T>& member) {
    if (member) (*this)(key, *member);
  }

 private:
  template <class T>
  static Json value(const T& plain) {
    if constexpr (requires(Writer & w) { fields(w, plain); }) {
      Writer inner;
      fields(inner, plain);
      return inner.take();
    } else {
      return plain;
    }
  }
  static Json value(double number) {
    if (std::isfinite(number)) return number;
    return std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf";
  }
  static Json value(Stage stage) { return to_string(stage); }
  static Json value(FailureClass failure_class) { return to_string(failure_class); }
  template <class T>
  static Json value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : Json(nullptr);
  }
  template <class T>
  static Json value(const std::vector<T>& list) {
    Json out = Json::array();
    for (const T& item : list) out.push_back(value(item));
    return out;
  }
  template <class T>
  static Json value(const std::map<std::string, T>& map) {
    Json out = Json::object();
    for (const auto& [key, item] : map) out[key] = value(item);
    return out;
  }

  Json object_ = Json::object();
};

// Keeps the first error; later fields are skipped.
class Reader {
 public:
  Reader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) complain("is not an object");
  }
  const std::optional<Error>& error() const { return error_; }

  // A plain member is required; an std::optional, a list, a map or a free JSON value may be missing or null.
  template <class T>
  void operator()(const char* key, T& member) {
    take(key, member, true);
  }
  // Any member, which keeps its default when the field is missing or null.
  template <class T>
  void optional(const char* key, T& member) {
    take(key, member, false);
  }
  template <class T>
  void present(const char* key, std::optional<T>& member) {
    take(key, member, false);
  }

 private:
  template <class T>
  void take(const char* key, T& member, bool required) {
    if (error_) return;
    const Json& value = member_or_null(object_, key);
    const Reader at(value, where_ + "." + key, nullptr);
    if (value.is_null()) {
      if (required && !may_be_missing(member)) complain(std::string(key) + " is missing");
      return;
    }
    error_ = at.read(member);
  }

  Reader(const Json& value, std::string where, std::nullptr_t) : object_(value), where_(std::move(where)) {}

  static bool may_be_missing(const Json&) { return true; }
  template <class T>
  static bool may_be_missing(const T&) {
    return false;
  }
  template <class T>
  static bool may_be_missing(const std::optional<T>&) {
    return true;
  }
  template <class T>
  static bool may_be_missing(const std::vector<T>&) {
    return true;
  }
  template <class T>
  static bool may_be_missing(const std::map<std::string, T>&) {
    return true;
  }

  std::optional<Error> wrong(std::string_view what) const {
    return Error{ErrorKind::parse, fmt::format("{} {}", where_, what)};
  }
  void complain(const std::string& what) {
    error_ = Error{ErrorKind::parse, where_ + (what.starts_with("is ") ? " " : ".") + what};
  }

  std::optional<Error> read(Json& out) const {
    out = object_;
    return std::nullopt;
  }
  std::optional<Error> read(bool& out) const {
    if (!object_.is_boolean()) return wrong("is not true or false");
    out = object_.get<bool>();
    return std::nullopt;
  }
  std::optional<Error> read(std::int64_t& out) const {
    if (!object_.is_number_integer()) return wrong("is not an integer");
    if (object_.is_number_unsigned() && object_.get<std::uint64_t>() > INT64_MAX) return wrong("is too large");
    out = object_.get<std::int64_t>();
    return std::nullopt;
  }
  std::optional<Error> read(double& out) const {
    auto number = read_number(Json{{"value", object_}}, "value", where_);
    if (!number) return wrong("is not a number");
    out = *number;
    return std::nullopt;
  }
  std::optional<Error> read(std::string& out) const {
    if (!object_.is_string()) return wrong("is not a string");
    if (object_.get_ref<const std::string&>().size() > kMaxText) return wrong("is too long");
    out = object_.get<std::string>();
    return std::nullopt;
  }
  std::optional<Error> read(Stage& out) const {
    const auto stage = object_.is_string() ? parse_stage(object_.get_ref<const std::string&>()) : std::nullopt;
    if (!stage) return wrong("is not a stage");
    out = *stage;
    return std::nullopt;
  }
  std::optional<Error> read(FailureClass& out) const {
    const auto word = object_.is_string() ? parse_failure_class(object_.get_ref<const std::string&>()) : std::nullopt;
    if (!word) return wrong("is not a class of failure");
    out = *word;
    return std::nullopt;
  }
  template <class T>
  std::optional<Error> read(std::optional<T>& out) const {
    out.reset();
    return object_.is_null() ? std::nullopt : read(out.emplace());
  }
  template <class T>
  std::optional<Error> read(std::vector<T>& out) const {
    if (!object_.is_array()) return wrong("is not a list");
    if (object_.size() > kMaxList) return wrong("is too long");
    out.clear();
    for (const Json& item : object_)
      if (auto error = Reader(item, fmt::format("{}[{}]", where_, out.size()), nullptr).read(out.emplace_back()))
        return error;
    return std::nullopt;
  }
  template <class T>
  std::optional<Error> read(std::map<std::string, T>& out) const {
    if (!object_.is_object()) return wrong("is not an object");
    if (object_.size() > kMaxList) return wrong("is too long");
    out.clear();
    for (const auto& [key, item] : object_.items())
      if (auto error = Reader(item, where_ + "." + key, nullptr).read(out[key])) return error;
    return std::nullopt;
  }
  template <class T>
  std::optional<Error> read(T& out) const {  // a struct
    Reader inner(object_, where_);
    if (!inner.error_) fields(inner, out);
    return inner.error_;
  }

  const Json& object_;
  std::string where_;
  std::optional<Error> error_;
};

// Beyond the types of the fields: a reply that may fail says `ok` exactly when it names no failure, and one that did
// what was asked names what it made.
template <class T>
std::optional<std::string> contradiction(const T& reply) {
  if constexpr (requires {
                  reply.ok;
                  reply.failure;
                }) {
    if (reply.ok && reply.failure) return ".ok is true beside a failure";
    if (!reply.ok && !reply.failure) return ".ok is false without a failure";
  }
  if constexpr (requires {
                  reply.failure;
                  reply.culprit;
                }) {
    if (reply.failure && reply.culprit) return ".culprit is named for a model that fails by itself";
  }
  if constexpr (requires {
                  reply.ok;
                  reply.weights;
                }) {
    if (reply.ok && reply.weights.empty()) return ".weights is missing";
  }
  return std::nullopt;
}

template <class T>
Result<T> decode(const Json& value, std::string_view where) {
  T out;
  Reader reader(value, std::string(where));
  if (!reader.error()) fields(reader, out);
  if (reader.error()) return tl::unexpected<Error>(*reader.error());
  if (const auto wrong = contradiction(out)) return fail(ErrorKind::parse, "{}{}", where, *wrong);
  return out;
}

template <class T>
Json encode(const T& value) {
  Writer writer;
  fields(writer, value);
  return writer.take();
}

}  // namespace adapt::client
