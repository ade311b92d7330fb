// Pattern, the built-in library, and what a pattern makes of a text.
#include <pybind11/stl/filesystem.h>

#include <variant>

#include "patterns/propose.h"
#include "patterns/samples.h"
#include "python/adaptkit/src/bindings.h"
#include "python/adaptkit/src/shipped.h"
#include "tools/base/text.h"

namespace adapt::python {
namespace {

using patterns::Pattern;

PatternObject parse(const Text& text, const std::string& name) {
  return {value_of(without_gil([&]() -> Result<std::shared_ptr<const Pattern>> {
    ADAPT_TRY(const auto isomorphisms, shipped_isomorphisms());
    ADAPT_TRY(Pattern pattern, patterns::parse_pattern(text.bytes, name, isomorphisms));
    return std::make_shared<const Pattern>(std::move(pattern));
  }))};
}

PatternObject load_file(const std::filesystem::path& file) {
  return {value_of(without_gil([&]() -> Result<std::shared_ptr<const Pattern>> {
    ADAPT_TRY(const auto isomorphisms, shipped_isomorphisms());
    ADAPT_TRY(Pattern pattern, patterns::load_pattern(file, isomorphisms));
    return std::make_shared<const Pattern>(std::move(pattern));
  }))};
}

// Patterns of the library live as long as the process.
PatternObject built_in(const Pattern* pattern) { return {{std::shared_ptr<const Pattern>(), pattern}}; }

PatternObject load_id(const std::string& id) {
  const patterns::Library& library = *value_of(without_gil(shipped_library));
  if (const Pattern* found = library.find(id)) return built_in(found);
  throw Failure({ErrorKind::usage, fmt::format("unknown pattern '{}'{}", id, did_you_mean(id, library.ids()))});
}

PatternObject load(const std::variant<std::string, std::filesystem::path>& what) {
  if (const auto* file = std::get_if<std::filesystem::path>(&what)) return load_file(*file);
  const auto& word = std::get<std::string>(what);
  return word.ends_with(".adapt") ? load_file(word) : load_id(word);
}

std::map<std::string, PatternObject> library() {
  const patterns::Library& shipped = *value_of(without_gil(shipped_library));
  std::map<std::string, PatternObject> out;
  for (const std::string& id : shipped.ids()) out.emplace(id, built_in(shipped.find(id)));
  return out;
}

py::list samples(const PatternObject& self) {
  py::list out;
  for (const patterns::Sample& sample : self.pattern->samples)
    out.append(make("Sample", sample.name, sample.changes, sample.module, to_str(sample.before),
                    to_str(sample.changes ? sample.after : sample.before)));
  return out;
}

py::list check_samples(const PatternObject& self) {
  py::list out;
  for (const auto& failure : value_of(without_gil([&] { return patterns::check_samples(*self.pattern); })))
    out.append(make("SampleFailure", failure.sample, failure.line, to_str(failure.why), to_str(failure.diff)));
  return out;
}

struct Outcome {
  std::optional<patterns::Proposal> proposal;
  std::vector<patterns::Refusal> refused;
  std::string text, diff;
};

Result<Outcome> apply_to(const Pattern& pattern, const Text& text, const std::string& module) {
  const patterns::SourceFile source{module, text.name, text.bytes, "model"};
  Outcome out;
  patterns::ProposeOptions options;
  options.ignore_frames = true;  // there is no failure
  options.refused = &out.refused;
  ADAPT_TRY(out.proposal, patterns::propose(pattern, {}, std::span(&source, 1), options));
  out.text = text.bytes;
  if (!out.proposal) return out;
  const edit::Sources before = {{text.name, text.bytes}};
  ADAPT_TRY(const edit::Sources after, edit::apply(out.proposal->edits, before));
  out.diff = edit::unified_diff(before, after);
  if (const auto changed = after.find(text.name); changed != after.end()) out.text = changed->second;
  return out;
}

py::object apply(const PatternObject& pattern, const Text& text, const std::string& module) {
  const Outcome outcome = value_of(without_gil([&] { return apply_to(*pattern.pattern, text, module); }));
  py::list sites, refused;
  EditSetObject edits{text.name, {}};
  if (outcome.proposal) {
    edits.set = outcome.proposal->edits;
    for (const patterns::Site& site : outcome.proposal->sites)
      sites.append(make("Site", site.edit, site.line, to_str(site.function)));
  }
  for (const patterns::Refusal& refusal : outcome.refused)
    refused.append(make("Refusal", refusal.edit, refusal.line, to_str(refusal.reason)));
  return make("Applied", same_type(text, outcome.text), sites, refused, edits, to_str(outcome.diff));
}

}  // namespace

void bind_pattern(py::module_& module) {
  constexpr const char* kApply =
      "What the pattern makes of a text, wherever its old code stands: the failures that it is for are not asked. "
      "`module` is the text's dotted name, for `@in module` and relative imports. Raises Error when matching exceeds "
      "its "
      "budget.";
  py::class_<PatternObject>(module, "Pattern", py::is_final(),
                            "One proven repair as data: docs/PATTERNS.md has the format.")
      .def_static("parse", &parse, py::arg("text"), py::arg("name") = "<pattern>",
                  "From the text of a .adapt file. Raises Error with the line and the nearest known word.")
      .def_static(
          "load", &load, py::arg("what"),
          "A built-in one by its id (\"mask/...\"), or a file: an os.PathLike, or a str that ends in \".adapt\".")
      .def_property_readonly("id", [](const PatternObject& self) { return self.pattern->id; })
      .def_property_readonly("revision", [](const PatternObject& self) { return self.pattern->revision; })
      .def_property_readonly("title", [](const PatternObject& self) { return to_str(self.pattern->title); })
      .def_property_readonly(
          "status", [](const PatternObject& self) { return self.pattern->status; },
          "\"draft\", \"trial\", \"trusted\" or \"retired\".")
      .def_property_readonly(
          "risk", [](const PatternObject& self) { return to_string(self.pattern->risk); },
          "\"exact\", \"rounding\", \"guarded\" or \"semantic\".")
      .def_property_readonly("why", [](const PatternObject& self) { return to_str(self.pattern->why); })
      .def_property_readonly(
          "assumptions",
          [](const PatternObject& self) {
            py::list out;
            for (const std::string& line : self.pattern->assumptions) out.append(to_str(line));
            return out;
          },
          "What must hold for it to be right, when the risk is \"guarded\".")
      .def_property_readonly(
          "text", [](const PatternObject& self) { return to_str(self.pattern->text); }, "The whole file.")
      .def_property_readonly("samples", &samples)
      .def("check_samples", &check_samples, "Runs the samples: a list of failures, empty when all come out as written.")
      .def("apply", &apply, py::arg("text"), py::arg("module") = "module", kApply)
      .def("__repr__", [](const PatternObject& self) { return to_str(fmt::format("<Pattern {}>", self.pattern->id)); });
  module.def("apply", &apply, py::arg("pattern"), py::arg("text"), py::arg("module") = "module", kApply);
  module.def("library", &library, "The built-in patterns by id.");
}

}  // namespace adapt::python
