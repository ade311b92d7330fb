#include "agent/emit/forms/tt_torch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "agent/emit/forms/about.h"
#include "agent/emit/forms/model_code.h"
#include "agent/emit/model_names.h"
#include "agent/emit/python_layout.h"
#include "agent/emit/sample_code.h"
#include "agent/emit/template.h"
#include "form_templates.h"
#include "tools/base/text.h"

namespace adapt::emit::forms {
namespace {

constexpr std::string_view kBackend = "tt-legacy", kConfig = "config.";
constexpr std::string_view kOfOpByOp[] = {"compile_depth", "op_by_op_backend"};  // the test's parameter sets them
constexpr std::size_t kMostOutputs = 8;                                          // whose shapes the test states

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

// "hidden_states.0" -> "results.hidden_states[0]". "" for a path that Python could not write so.
std::string expression_of(const OutputForm& output, bool in_dictionary) {
  std::string out = "results";
  if (output.path == "output") return out;
  bool first = true;
  for (const std::string_view part : split(output.path, '.')) {
    if (is_number(part))
      out += fmt::format("[{}]", part);
    else if (!is_dotted_name(part))
      return "";
    else if (first && in_dictionary)
      out += fmt::format("[\"{}\"]", part);
    else
      out += fmt::format(".{}", part);
    first = false;
  }
  return out;
}

std::string checks_of(const HandOver& run, const SamplePlan& plan) {
  std::string out;
  std::size_t count = 0;
  for (const OutputForm& output : run.outputs) {
    const std::string results = expression_of(output, run.output_tree.starts_with("dict("));
    if (results.empty() || ++count > kMostOutputs) continue;
    std::vector<std::string> sizes;
    for (const std::int64_t size : shape_for(output, plan)) sizes.push_back(std::to_string(size));
    out += fmt::format("        assert {}.shape == ({}{})\n", results, join(sizes, ", "), sizes.size() == 1 ? "," : "");
  }
  return out.empty() ? "    tester.test_model()\n" : "    results = tester.test_model()\n    if not op_by_op:\n" + out;
}

// The attributes of CompilerConfig that an option of the run sets, and a test may set too.
Json attributes_of(const HandOver& run, const client::Option& option) {
  Json out = Json::object();
  if (run.backend != kBackend || option.scope != "compile") return out;
  for (const auto& [key, value] : option.set.items()) {
    if (!key.starts_with(kConfig)) continue;
    const std::string name = key.substr(kConfig.size());
    if (std::ranges::find(kOfOpByOp, name) == std::end(kOfOpByOp)) out[name] = value;
  }
  return out;
}

// What tt-torch's tests set, and what the run was made with. Parameters are folded only where constants are.
std::string config_lines(const HandOver& run) {
  std::vector<std::pair<std::string, Json>> values{{"enable_consteval", true}, {"consteval_parameters", true}};
  for (const client::Option& option : run.options) {
    const Json attributes = attributes_of(run, option);
    for (const auto& [name, value] : attributes.items()) {
      const auto known = std::ranges::find(values, name, &std::pair<std::string, Json>::first);
      if (known == values.end())
        values.emplace_back(name, value);
      else
        known->second = value;
    }
  }
  if (values.front().second == false) values.erase(values.begin() + 1);
  std::string out;
  for (const auto& [name, value] : values) out += laid_out("", named(fmt::format("cc.{} = ", name), code_of(value)), 4);
  return out;
}

std::string returned(const ModelCode& code) { return code.has_dtype ? "model" : "model.to(torch.bfloat16)"; }

}  // namespace

Result<Emitted> tt_torch(const HandOver& run) {
  if (run.source.kind == "forge")
    return fail(ErrorKind::usage, "the model has a loader already: its repair belongs there");
  const ModelNames names = names_of(run);
  const std::string name = identifier(names.folder);
  const std::string folder = "tests/models/" + names.slug + "/";
  ModelPlace place{.package = "tests.models." + names.slug,
                   .folder = "",
                   .prefix = name + "_",
                   .takes_kwargs = false,
                   .checkpoint = python_quoted(run.source.name),
                   .held = {}};
  for (const client::Option& option : run.options)
    if (const Json set = attributes_of(run, option); !set.empty() && set.size() == option.set.size())
      place.held.push_back(option.id);
  ADAPT_TRY(ModelCode code, model_code(run, place));
  code.imports.add("pytest");
  code.imports.add("torch");
  code.imports.add("tests.utils", "ModelTester");
  for (const char* imported : {"CompileDepth", "CompilerConfig", "OpByOpBackend"})
    code.imports.add("tt_torch.tools.utils", imported);
  std::vector<std::string> about{fmt::format("{}{} on Tenstorrent hardware{}.", names.name,
                                             names.purpose.empty() ? "" : " for " + names.purpose,
                                             run.repairs.empty() ? "" : ", with the adaptation applied")};
  std::ranges::copy(paragraphs_of(run), std::back_inserter(about));
  ADAPT_TRY(std::string text, render(k_tt_torch_test, {{"header", spdx_header(run.year)},
                                                       {"about", docstring_of(about, 0)},
                                                       {"imports", head_lines(code)},
                                                       {"cast", cast_function(code)},
                                                       {"load", code.load},
                                                       {"model", returned(code)},
                                                       {"inputs", code.inputs + cast_lines(code, "torch.bfloat16", 8)},
                                                       {"name", name},
                                                       {"model_name", names.name},
                                                       {"config", config_lines(run)},
                                                       {"results", checks_of(run, plan_of(run))}}));
  Emitted out;
  out.notes = std::move(code.notes);
  out.files.push_back({folder + "test_" + name + ".py", std::move(text)});
  for (EmittedFile& file : code.beside) out.files.push_back({folder + file.path, std::move(file.text)});
  return out;
}

}  // namespace adapt::emit::forms
