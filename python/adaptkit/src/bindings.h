// The classes of the module as C++ holds them. Each keeps alive what it points into, so that Python may let go of
// anything in any order. All are immutable but EditSet.
#pragma once

#include <memory>
#include <string>

#include "patterns/pattern.h"
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

void bind_document(py::module_& module);
void bind_edit(py::module_& module);
void bind_pattern(py::module_& module);
void bind_find(py::module_& module);
void bind_mine(py::module_& module);

}  // namespace adapt::python
