// What crosses between Python and the engine: text, spans, values, failures. Python.h is seen through here.
#pragma once

#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/base/result.h"
#include "tools/pyast/document.h"

namespace adapt::python {

namespace py = pybind11;

// Becomes adaptkit.Error.
struct Failure : std::exception {
  explicit Failure(Error e) : error(std::move(e)) {}
  const char* what() const noexcept override { return error.message.c_str(); }
  Error error;
};

template <class T>
T value_of(Result<T> result) {
  if (!result) throw Failure(std::move(result).error());
  if constexpr (!std::is_void_v<T>) return *std::move(result);
}

// For all work that takes longer than a lookup; `work` may not touch Python.
template <class Work>
auto without_gil(Work work) {
  const py::gil_scoped_release release;
  return work();
}

// str, bytes or a Document, as bytes of at most pyast::Document::kMaxBytes. A str is UTF-8 with surrogateescape: bytes
// that are not UTF-8 survive the way through Python.
struct Text {
  std::string bytes;
  std::string name;  // of a Document, or kNoName
  bool is_bytes = false;
};
inline constexpr std::string_view kNoName = "<text>";

py::str to_str(std::string_view bytes);
py::object same_type(const Text& given, std::string_view bytes);  // str or bytes

// A path, or several: what is os.PathLike, or an iterable of such and of str.
struct Paths {
  std::vector<std::string> paths;
};

// Tuples of two texts, in an iterable.
struct Pairs {
  std::vector<std::pair<Text, Text>> pairs;
};

// A value of adaptkit._types.
template <class... Fields>
py::object make(const char* type, Fields&&... fields) {
  return py::module_::import("adaptkit._types").attr(type)(std::forward<Fields>(fields)...);
}

void register_failure();

bool load_text(py::handle from, Text& to);
bool load_span(py::handle from, pyast::Span& to);
bool load_paths(py::handle from, Paths& to);
bool load_pairs(py::handle from, Pairs& to);

}  // namespace adapt::python

namespace pybind11::detail {

template <>
struct type_caster<adapt::python::Text> {
  PYBIND11_TYPE_CASTER(adapt::python::Text, const_name("str | bytes | Document"));
  bool load(handle from, bool) { return adapt::python::load_text(from, value); }
};

template <>
struct type_caster<adapt::python::Paths> {
  PYBIND11_TYPE_CASTER(adapt::python::Paths, const_name("PathLike | Iterable[PathLike | str]"));
  bool load(handle from, bool) { return adapt::python::load_paths(from, value); }
};

template <>
struct type_caster<adapt::python::Pairs> {
  PYBIND11_TYPE_CASTER(adapt::python::Pairs,
                       const_name("Iterable[tuple[str | bytes | Document, str | bytes | Document]]"));
  bool load(handle from, bool) { return adapt::python::load_pairs(from, value); }
};

template <>
struct type_caster<adapt::pyast::Span> {
  PYBIND11_TYPE_CASTER(adapt::pyast::Span, const_name("Span"));
  bool load(handle from, bool) { return adapt::python::load_span(from, value); }
  static handle cast(adapt::pyast::Span span, return_value_policy, handle) {
    return adapt::python::make("Span", span.begin, span.end).release();
  }
};

template <>
struct type_caster<adapt::pyast::Position> {
  PYBIND11_TYPE_CASTER(adapt::pyast::Position, const_name("Position"));
  bool load(handle, bool) { return false; }  // only handed out
  static handle cast(adapt::pyast::Position position, return_value_policy, handle) {
    return adapt::python::make("Position", position.line, position.column).release();
  }
};

}  // namespace pybind11::detail
