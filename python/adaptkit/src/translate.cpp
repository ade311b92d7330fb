#include "python/adaptkit/src/translate.h"

#include <limits>
#include <utility>

#include "python/adaptkit/src/bindings.h"

namespace adapt::python {
namespace {

// What PyUnicode's encoders raise, as one of ours.
[[noreturn]] void throw_encoding_error() {
  const py::error_already_set raised;
  throw Failure({ErrorKind::parse, fmt::format("the str has no UTF-8 form: {}", raised.what())});
}

std::string encoded(py::handle text) {
  Py_ssize_t size = 0;
  if (const char* data = PyUnicode_AsUTF8AndSize(text.ptr(), &size)) return {data, static_cast<std::size_t>(size)};
  PyErr_Clear();
  const auto bytes =
      py::reinterpret_steal<py::bytes>(PyUnicode_AsEncodedString(text.ptr(), "utf-8", "surrogateescape"));
  if (!bytes) throw_encoding_error();
  return bytes;
}

// Offsets of text; what does not fit is further out than any text reaches.
bool load_offset(py::handle from, std::uint32_t& to) {
  if (PyIndex_Check(from.ptr()) == 0) return false;
  const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(from.ptr()));
  if (!index) throw py::error_already_set();
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0 || value < 0 || value > std::numeric_limits<std::uint32_t>::max())
    throw Failure(
        {ErrorKind::usage, fmt::format("offsets are bytes from 0 to {}, not {}",
                                       std::numeric_limits<std::uint32_t>::max(), std::string(py::str(index)))});
  to = static_cast<std::uint32_t>(value);
  return true;
}

bool load_path(py::handle from, bool str_too, std::vector<std::string>& to) {
  if (!py::hasattr(from, "__fspath__") && !(str_too && PyUnicode_Check(from.ptr()) != 0)) return false;
  PyObject* encoded = nullptr;
  if (PyUnicode_FSConverter(from.ptr(), &encoded) == 0) {
    py::error_already_set raised;
    if (!raised.matches(PyExc_ValueError))
      throw std::move(raised);                         // the object's own, or a signal's that came meanwhile
    throw Failure({ErrorKind::usage, raised.what()});  // a null character
  }
  to.push_back(py::reinterpret_steal<py::bytes>(encoded));
  return true;
}

}  // namespace

py::str to_str(std::string_view bytes) {
  auto out = py::reinterpret_steal<py::str>(
      PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "surrogateescape"));
  if (!out) throw py::error_already_set();
  return out;
}

py::object same_type(const Text& given, std::string_view bytes) {
  if (given.is_bytes) return py::bytes(bytes.data(), bytes.size());
  return to_str(bytes);
}

bool load_text(py::handle from, Text& to) {
  to.name = kNoName;
  if (PyUnicode_Check(from.ptr()) != 0) {
    to.bytes = encoded(from);
  } else if (PyBytes_Check(from.ptr()) != 0) {
    to.bytes = py::reinterpret_borrow<py::bytes>(from);
    to.is_bytes = true;
  } else {
    py::detail::make_caster<DocumentObject> document;
    if (!document.load(from, false)) return false;
    const auto& given = py::detail::cast_op<const DocumentObject&>(document);
    to.bytes = given.tree->source();
    to.name = given.name;
  }
  if (to.bytes.size() > pyast::Document::kMaxBytes)
    throw Failure({ErrorKind::parse, fmt::format("the text has {} bytes; at most {} are read", to.bytes.size(),
                                                 pyast::Document::kMaxBytes)});
  return true;
}

bool load_span(py::handle from, pyast::Span& to) {
  if (PyTuple_Check(from.ptr()) == 0 || PyTuple_GET_SIZE(from.ptr()) != 2) return false;
  return load_offset(PyTuple_GET_ITEM(from.ptr(), 0), to.begin) && load_offset(PyTuple_GET_ITEM(from.ptr(), 1), to.end);
}

bool load_paths(py::handle from, Paths& to) {
  if (load_path(from, false, to.paths)) return true;
  if (!py::isinstance<py::iterable>(from)) return false;
  for (const py::handle item : py::reinterpret_borrow<py::iterable>(from))
    if (!load_path(item, true, to.paths)) return false;
  return true;
}

bool load_pairs(py::handle from, Pairs& to) {
  if (!py::isinstance<py::iterable>(from)) return false;
  for (const py::handle item : py::reinterpret_borrow<py::iterable>(from)) {
    if (PyTuple_Check(item.ptr()) == 0 || PyTuple_GET_SIZE(item.ptr()) != 2) return false;
    auto& [before, after] = to.pairs.emplace_back();
    if (!load_text(PyTuple_GET_ITEM(item.ptr(), 0), before) || !load_text(PyTuple_GET_ITEM(item.ptr(), 1), after))
      return false;
  }
  return true;
}

void register_failure() {
  py::register_exception_translator([](std::exception_ptr raised) {  // NOLINT(performance-unnecessary-value-param)
    try {
      if (raised) std::rethrow_exception(raised);
    } catch (const Failure& failure) {
      const py::object type = py::module_::import("adaptkit._types").attr("Error");
      const py::object error = type(to_str(failure.error.message), std::string(to_string(failure.error.kind)));
      PyErr_SetObject(type.ptr(), error.ptr());
    }
  });
}

}  // namespace adapt::python
