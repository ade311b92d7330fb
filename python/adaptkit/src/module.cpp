// adaptkit._core: bindings only translate; what anything means is said in the folders that are bound.
#include <pybind11/stl/filesystem.h>

#include "python/adaptkit/src/bindings.h"
#include "python/adaptkit/src/shipped.h"

PYBIND11_MODULE(_core, module) {
  using namespace adapt::python;  // NOLINT(google-build-using-namespace): the macro is a function
  module.doc() = "The compiled part of adaptkit; import that.";
  module.attr("__version__") = ADAPT_VERSION;
  // What is defined under this name says that it is adaptkit's: users never write `_core`.
  const py::object own_name = module.attr("__name__");
  module.attr("__name__") = "adaptkit";
  module.def("_use_data_folder", &use_data_folder, py::arg("folder"));
  register_failure();
  bind_document(module);
  bind_edit(module);
  bind_pattern(module);
  bind_find(module);
  bind_mine(module);
  module.attr("__name__") = own_name;
}
