// Query, Match and find: places of code in texts, files and folders.
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <thread>
#include <variant>

#include "patterns/search/search.h"
#include "python/adaptkit/src/bindings.h"
#include "python/adaptkit/src/shipped.h"
#include "tools/base/file.h"

namespace adapt::python {
namespace {

using patterns::Pattern;
using pyast::Position;
using pyast::Span;

QueryObject make_query(const Text& code, const std::map<std::string, std::string>& variables) {
  return {value_of(without_gil([&]() -> Result<std::shared_ptr<const Pattern>> {
    ADAPT_TRY(auto isomorphisms, shipped_isomorphisms());
    std::vector<patterns::Variable> declared;
    for (const auto& [name, declaration] : variables) {
      ADAPT_TRY(declared.emplace_back(), patterns::parse_variable(name, declaration));
    }
    ADAPT_TRY(auto pattern, search::pattern_of_code(code.bytes, std::move(isomorphisms), std::move(declared)));
    return std::shared_ptr<const Pattern>(std::move(pattern));
  }))};
}

// What was searched and what was not.
struct Found {
  std::vector<MatchObject> matches;
  std::vector<std::string> notes;

  void add(const std::string& file, std::string text, const Pattern& pattern, search::SourceSites sites) {
    const auto source = std::make_shared<const std::string>(std::move(text));
    for (search::Site& site : sites.sites)
      if (site.span.end <= source->size()) matches.push_back({source, file, pattern.id, std::move(site)});
    for (const std::string& note : sites.notes) notes.push_back(file + ": " + note);
  }
};

Found find_in_text(const Pattern& pattern, Text text) {
  const Pattern* only = &pattern;
  const search::RuleSet rules(std::span(&only, 1));
  const patterns::SourceFile file{"module", text.name, std::move(text.bytes), "model"};
  Found out;
  out.add(text.name, file.text, pattern, search::find_sites(file, rules, *pattern.isomorphisms));
  return out;
}

// The search reads the files that an index cannot rule out; those with places are read again for what stands there.
Result<Found> find_in_files(const Pattern& pattern, const std::vector<std::string>& paths,
                            const search::Options& options, const CancelToken& cancel) {
  const Pattern* only = &pattern;
  const search::RuleSet rules(std::span(&only, 1));
  ADAPT_TRY(search::Found found, search::search(paths, rules, *pattern.isomorphisms, options, SystemClock(), cancel));
  Found out;
  for (const search::Skipped& skipped : found.skipped) out.notes.push_back(skipped.path + ": " + skipped.reason);
  for (search::FoundIn& file : found.files) {
    auto text = read_file(file.path, pyast::Document::kMaxBytes);
    if (text)
      out.add(file.path, std::move(*text), pattern, std::move(file.found));
    else
      out.notes.push_back(text.error().message);
  }
  return out;
}

void warn(const std::vector<std::string>& notes) {
  const py::object category = py::module_::import("adaptkit._types").attr("IncompleteSearch");
  for (const std::string& note : notes)
    if (PyErr_WarnFormat(category.ptr(), 1, "%U", to_str(note).ptr()) != 0) throw py::error_already_set();
}

// Ctrl-C ends a long search: asked between files. Python runs its handlers in its main thread only.
struct Interrupt {
  CancelToken cancel;
  std::optional<py::error_already_set> raised;
  void poll() {
    const py::gil_scoped_acquire locked;
    if (raised || PyErr_CheckSignals() == 0) return;
    raised.emplace();
    cancel.request();
  }
};

using What = std::variant<QueryObject, PatternObject>;
using Where = std::variant<Text, Paths>;

std::vector<MatchObject> find(const What& what, const Where& where, std::size_t threads,
                              const std::optional<std::filesystem::path>& cache) {
  const std::shared_ptr<const Pattern> pattern = std::visit([](const auto& object) { return object.pattern; }, what);
  Found found;
  if (const Text* text = std::get_if<Text>(&where)) {
    found = without_gil([&] { return find_in_text(*pattern, *text); });
  } else {
    Interrupt interrupt;
    search::Options options;
    options.threads = threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
    options.cache_folder = cache.value_or("");
    options.progress = [&](std::size_t, std::size_t) { interrupt.poll(); };
    auto got =
        without_gil([&] { return find_in_files(*pattern, std::get<Paths>(where).paths, options, interrupt.cancel); });
    if (interrupt.raised) throw *std::move(interrupt.raised);
    found = value_of(std::move(got));
  }
  warn(found.notes);
  return std::move(found.matches);
}

Position position(const MatchObject& self, std::uint32_t line, std::uint32_t offset) {
  const std::size_t end_of_last = offset == 0 ? std::string::npos : self.source->rfind('\n', offset - 1);
  const std::size_t begin = end_of_last == std::string::npos ? 0 : end_of_last + 1;
  return {line, static_cast<std::uint32_t>(offset - begin)};
}

py::dict variables(const MatchObject& self) {
  py::dict out;
  for (const search::Binding& binding : self.site.variables)
    out[to_str(binding.name)] = to_str(binding.span ? self.text(*binding.span) : std::string_view());
  return out;
}

py::dict variable_spans(const MatchObject& self) {
  py::dict out;
  for (const search::Binding& binding : self.site.variables) out[to_str(binding.name)] = py::cast(binding.span);
  return out;
}

void bind_match(py::module_& module) {
  py::class_<MatchObject>(module, "Match", py::is_final(), "One place that `find` found.")
      .def_property_readonly(
          "file",
          [](const MatchObject& self) {
            return py::reinterpret_steal<py::str>(
                PyUnicode_DecodeFSDefaultAndSize(self.file.data(), static_cast<Py_ssize_t>(self.file.size())));
          },
          "The path below the one that was asked for, or the name of the text.")
      .def_property_readonly(
          "span", [](const MatchObject& self) { return self.site.span; }, "In bytes.")
      .def_property_readonly("text", [](const MatchObject& self) { return to_str(self.text(self.site.span)); })
      .def_property_readonly(
          "lines", [](const MatchObject& self) { return std::pair(self.site.place.line, self.site.place.end_line); },
          "The first and the last line, from 1.")
      .def_property_readonly(
          "start", [](const MatchObject& self) { return position(self, self.site.place.line, self.site.span.begin); },
          "Line from 1, column from 0 in bytes.")
      .def_property_readonly(
          "end", [](const MatchObject& self) { return position(self, self.site.place.end_line, self.site.span.end); })
      .def_property_readonly(
          "function", [](const MatchObject& self) { return to_str(self.site.function); },
          "Qualified name of the function or class around it, or \"\".")
      .def_property_readonly(
          "pattern", [](const MatchObject& self) { return self.pattern; }, "Its id; \"code\" for a Query.")
      .def_property_readonly(
          "edit", [](const MatchObject& self) { return self.site.edit; },
          "Which of the pattern's edits it is a place for.")
      .def_property_readonly("variables", &variables,
                             "What each metavariable stands for, as written; \"\" for an empty sequence.")
      .def_property_readonly("variable_spans", &variable_spans, "The same as spans; None for an empty sequence.")
      .def("__repr__", [](const MatchObject& self) {
        const std::string text(py::repr(to_str(self.text(self.site.span).substr(0, 60))));
        return to_str(fmt::format("<Match {}:{} {}>", self.file, self.site.place.line, text));
      });
}

}  // namespace

void bind_find(py::module_& module) {
  py::class_<QueryObject>(module, "Query", py::is_final(),
                          "Python with metavariables to look for, such as `torch.cumsum($M, dim=$D) - 1`.")
      .def(py::init(&make_query), py::arg("code"), py::arg("variables") = std::map<std::string, std::string>(),
           "`variables` says more about some of them, as a line of [vars] does: {\"M\": \"expr dtype=bool\"}. Raises "
           "Error "
           "for code that is not Python and for variables that it does not hold.")
      .def_property_readonly("code", [](const QueryObject& self) { return to_str(self.pattern->text); })
      .def_property_readonly(
          "variables",
          [](const QueryObject& self) {
            std::vector<std::string> out;
            for (const auto& variable : self.pattern->edits.front().variables) out.push_back(variable.name);
            return out;
          },
          "Their names.")
      .def("__repr__", [](const QueryObject& self) {
        return to_str(fmt::format("<Query {}>", std::string(py::repr(to_str(self.pattern->text)))));
      });
  bind_match(module);
  module.def(
      "find", &find, py::arg("what"), py::arg("where"), py::kw_only(), py::arg("threads") = 1,
      py::arg("cache") = py::none(),
      "The places where a Query, or the old code of a Pattern, stands: in source order, files by name.\n\n"
      "`where` is a text (str, bytes, Document), or files and folders: an os.PathLike, or several of them, also as "
      "str. "
      "`threads` is for folders (0: one a core); `cache` is a folder that keeps the words of each file for the next "
      "search. What cannot be searched is told by the warning IncompleteSearch. Raises Error for a path "
      "that does not exist.");
}

}  // namespace adapt::python
