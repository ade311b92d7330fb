// EditSet.
#include "python/adaptkit/src/bindings.h"

namespace adapt::python {
namespace {

using pyast::Span;

void add(EditSetObject& self, Span span, Text text) {
  value_of(self.set.add({self.name, span, std::move(text.bytes)}));
}

// By value: another thread may add to the set while this one works.
std::string applied(EditSetObject edits, const std::string& source) {
  return value_of(without_gil([&]() -> Result<std::string> {
    ADAPT_TRY(auto changed, edit::apply(edits.set, {{edits.name, source}}));
    if (changed.empty()) return source;
    return std::move(changed.begin()->second);
  }));
}

EditSetObject inverse(const EditSetObject& self, const Text& text) {
  applied(self, text.bytes);  // edits that do not apply have no inverse, and would be a bug in what follows
  return {self.name, edit::inverse(self.set, {{self.name, text.bytes}})};
}

std::string diff(const EditSetObject& self, const Text& text) {
  const std::string after = applied(self, text.bytes);
  return without_gil([&] { return edit::unified_diff({{self.name, text.bytes}}, {{self.name, after}}); });
}

EditSetObject between(const Text& before, const Text& after, const std::string& name) {
  return {name, without_gil([&] { return edit::difference({{name, before.bytes}}, {{name, after.bytes}}); })};
}

void merge(EditSetObject& self, const EditSetObject& other) {
  edit::EditSet renamed;
  for (edit::TextEdit edit : other.set.edits()) {
    edit.file = self.name;
    value_of(renamed.add(std::move(edit)));
  }
  value_of(self.set.merge(renamed));
}

py::list edits(const EditSetObject& self) {
  py::list out;
  for (const edit::TextEdit& edit : self.set.edits()) out.append(make("Edit", edit.span, to_str(edit.text)));
  return out;
}

}  // namespace

void bind_edit(py::module_& module) {
  py::class_<EditSetObject>(module, "EditSet", py::is_final(),
                            "Changes to one text, gathered by byte span and applied all or nothing.")
      .def(py::init([](std::string name) {
             return EditSetObject{std::move(name), {}};
           }),
           py::arg("name") = kNoName, "`name` is how messages and diffs call the text.")
      .def_static("between", &between, py::arg("before"), py::arg("after"), py::arg("name") = kNoName,
                  "The edits, by hunks of lines, that turn one text into the other.")
      .def("replace", &add, py::arg("span"), py::arg("text"),
           "Raises Error, which names both, when the span overlaps one that is already there. The same edit twice is "
           "one "
           "edit.")
      .def(
          "insert",
          [](EditSetObject& self, Py_ssize_t offset, Text text) {
            Span span;
            load_span(py::make_tuple(offset, offset), span);
            add(self, span, std::move(text));
          },
          py::arg("offset"), py::arg("text"), "Insertions at one place keep the order in which they were added.")
      .def(
          "delete", [](EditSetObject& self, Span span) { add(self, span, {}); }, py::arg("span"))
      .def("merge", &merge, py::arg("other"), "Adds all edits of another set, or none.")
      .def(
          "apply",
          [](const EditSetObject& self, const Text& text) { return same_type(text, applied(self, text.bytes)); },
          py::arg("text"),
          "The new text, of the type that was given. Raises Error, and changes nothing, when a span lies outside the "
          "text or cuts a character, and when the result has more syntax errors than the text.")
      .def("inverse", &inverse, py::arg("text"), "The edits that turn `apply(text)` back into the text.")
      .def(
          "diff", [](const EditSetObject& self, const Text& text) { return to_str(diff(self, text)); }, py::arg("text"),
          "Unified, with three lines of context; \"\" when nothing changes.")
      .def_property_readonly("name", [](const EditSetObject& self) { return self.name; })
      .def("__len__", [](const EditSetObject& self) { return self.set.size(); })
      .def(
          "__iter__", [](const EditSetObject& self) { return py::iter(edits(self)); }, "Edits by place.")
      .def(
          "__eq__",
          [](const EditSetObject& self, const EditSetObject& other) {
            return self.name == other.name && self.set.edits() == other.set.edits();
          },
          py::is_operator())
      .def("__repr__",
           [](const EditSetObject& self) { return to_str(fmt::format("<EditSet of {} edits>", self.set.size())); });
}

}  // namespace adapt::python
