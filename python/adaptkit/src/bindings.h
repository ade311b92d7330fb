// The classes of the module as C++ holds them. Each keeps alive what it points into, so that Python may let go of
// anything in any order. All are immutable but EditSet.
#pragma once

#include <memory>
#include <string>

#include "patterns/pattern.h"
#include "patterns/search/sites.h"
#include "python/adaptkit/src/translate.h"
#include "tools/edit/edit_set.h"

namespace adapt::python {

struct DocumentObject {
  std::shared_ptr<const pyast::Document> tree;
  std::string name;
};

struct EditSetObject {
  std::string name;  // the key of all edits
  edit::EditSet set;
};

struct PatternObject {
  std::shared_ptr<const patterns::Pattern> pattern;
};

struct QueryObject {
  std::shared_ptr<const patterns::Pattern> pattern;  // its old code alone
};

struct NodeObject {
  std::shared_ptr<const pyast::Document> tree;
  pyast::Node node;
  bool operator==(const NodeObject&) const = default;
};

struct MatchObject {
  std::shared_ptr<const std::string> source;  // of all matches in one text
  std::string file, pattern;
  search::Site site;

  std::string_view text(pyast::Span span) const {
    return std::string_view(*source).substr(span.begin, span.end - span.begin);
  }
};

void bind_document(py::module_& module);
void bind_edit(py::module_& module);
void bind_pattern(py::module_& module);
void bind_find(py::module_& module);
void bind_mine(py::module_& module);

// Python can make an object and leave out its __init__ (`Document.__new__(Document)`): such a one is no argument.
template <class Object>
struct initialised_caster : pybind11::detail::type_caster_base<Object> {
  bool load(pybind11::handle from, bool convert) {
    if (!pybind11::isinstance<Object>(from)) return false;
    auto* instance = reinterpret_cast<pybind11::detail::instance*>(from.ptr());
    return instance->get_value_and_holder().holder_constructed() &&
           pybind11::detail::type_caster_base<Object>::load(from, convert);
  }
};

}  // namespace adapt::python

namespace pybind11::detail {
template <>
struct type_caster<adapt::python::DocumentObject> : adapt::python::initialised_caster<adapt::python::DocumentObject> {};
template <>
struct type_caster<adapt::python::NodeObject> : adapt::python::initialised_caster<adapt::python::NodeObject> {};
template <>
struct type_caster<adapt::python::EditSetObject> : adapt::python::initialised_caster<adapt::python::EditSetObject> {};
template <>
struct type_caster<adapt::python::PatternObject> : adapt::python::initialised_caster<adapt::python::PatternObject> {};
template <>
struct type_caster<adapt::python::QueryObject> : adapt::python::initialised_caster<adapt::python::QueryObject> {};
template <>
struct type_caster<adapt::python::MatchObject> : adapt::python::initialised_caster<adapt::python::MatchObject> {};
}  // namespace pybind11::detail
