#include "agent/emit/forms/model_code.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/emit/forms/about.h"
#include "agent/emit/forms/config_code.h"
#include "agent/emit/forms/own_file.h"
#include "agent/emit/override_module.h"
#include "agent/emit/python_layout.h"
#include "agent/emit/repair_files.h"
#include "agent/emit/sample_code.h"
#include "form_templates.h"
#include "harness/client/option_table.h"
#include "tools/base/text.h"

namespace adapt::emit::forms {
namespace {

constexpr std::size_t kIndent = 8;
constexpr std::string_view kSeedLine = "        torch.manual_seed(0)\n";

std::vector<std::string> repair_lines(const HandOver& run) {
  std::vector<std::string> out;
  for (const domain::Repair& repair : run.repairs)
    out.push_back(fmt::format("{} {}: {}", to_string(repair.kind), repair.id, repair.does));
  return out;
}

class Builder {
 public:
  Builder(const HandOver& run, const ModelPlace& place)
      : run_(run), place_(place), is_file_(run.source.kind == "file") {}

  Result<ModelCode> build() {
    if (run_.diff_only)
      return fail(ErrorKind::usage, "a pattern of this repair ships as a diff: apply patch.diff to the library");
    if (!is_dotted_name(run_.module) || !is_dotted_name(run_.class_name) || contains(run_.class_name, "."))
      return fail(ErrorKind::usage, "'{}.{}' cannot be imported", run_.module, run_.class_name);
    if (run_.source.kind == "folder" && !run_.module.starts_with("transformers."))
      return fail(ErrorKind::usage, "the checkpoint brings modelling code of its own, which no form takes along yet");
    environment();
    ADAPT_TRY_VOID(adaptation());
    if (is_file_) {
      ADAPT_TRY_VOID(from_file());
    } else {
      if (run_.source.kind == "folder")
        from_checkpoint();
      else
        from_configuration();
      ADAPT_TRY_VOID(sample_inputs());
    }
    note_what_stays_behind();
    return std::move(out_);
  }

 private:
  // The change of the model's own file goes into the copy of that file; the others are changes of libraries.
  bool is_own(const ModuleChange& change) const { return is_file_ && change.module == run_.module; }

  void environment() {
    const Json settings = client::settings_of(run_.options, "env");
    for (const auto& [name, value] : settings.items())
      out_.environment += laid_out("", call("os.environ.setdefault", {code_of(name), code_of(value)}), 0);
  }

  Result<void> adaptation() {
    std::vector<ModuleChange> changes;
    std::ranges::copy_if(run_.changes, std::back_inserter(changes), [&](const ModuleChange& c) { return !is_own(c); });
    if (changes.empty() && run_.stubs.empty()) return {};
    Json stubs = Json::array();
    for (const client::Stub& stub : run_.stubs) stubs.push_back(client::encode(stub));
    const OverrideHeader header{.model = is_file_ ? run_.class_name : run_.model,
                                .backend = run_.backend,
                                .repairs = repair_lines(run_),
                                .diff = patch_of(changes),
                                .config = Json::object(),
                                .stubs = std::move(stubs)};
    const Result<std::string> text = override_module(header, changes);
    if (!text)
      return fail(ErrorKind::usage, "the repair has no form that a loader could apply: {}", text.error().message);
    const std::string module = place_.prefix + "adaptation";
    out_.beside.push_back({module + ".py", spdx_header(run_.year) + *text});
    out_.imports.add(place_.package, module);
    out_.load += fmt::format("        {}.apply()\n", module);
    return {};
  }

  // A module that imports a package that is absent can be imported only once the stubs are in its place.
  void import_model(const std::string& module, const std::string& name) {
    if (run_.stubs.empty())
      out_.imports.add(module, name);
    else
      out_.load += fmt::format("        from {} import {}\n\n", module, name);
  }

  void from_configuration() {
    const std::string& cls = run_.class_name;
    import_model(run_.module, cls);
    out_.imports.add("torch");
    out_.imports.add("pathlib", "Path");
    const std::string config_file = place_.prefix + "config.json";
    out_.beside.push_back({config_file, dump_pretty(OrderedJson(run_.config)) + "\n"});
    out_.constants += fmt::format("CONFIG = Path(__file__).parent{} / \"{}\"\n", place_.folder, config_file);
    out_.load += laid_out("", named("config = ", call(cls + ".config_class.from_json_file", {{"CONFIG"}})), kIndent);
    out_.load += assignments("config", run_.config, as_attributes(client::settings_of(run_.options, "load")), kIndent);
    out_.load += assignments("config", run_.config, call_values().config, kIndent);
    out_.load += kSeedLine;
    std::vector<Code> arguments{{"config"}};
    if (place_.takes_kwargs) arguments.push_back({"**kwargs"});
    out_.load += laid_out("", named("model = ", call(cls, std::move(arguments))), kIndent);
    out_.load += assignments("model.config", run_.config, client::settings_of(run_.options, "config"), kIndent);
  }

  void from_checkpoint() {
    const std::string& cls = run_.class_name;
    import_model(run_.module, cls);
    std::vector<Code> entries;
    const Json settings = client::settings_of(run_.options, "load");
    for (const auto& [key, value] : settings.items())
      entries.push_back(named(python_quoted(key) + ": ", code_of(value)));
    if (place_.takes_kwargs) {
      out_.load += laid_out("", dictionary(std::move(entries), "model_kwargs = "), kIndent);
      out_.load += "        if dtype_override is not None:\n            model_kwargs[\"dtype\"] = dtype_override\n";
      out_.load += "        model_kwargs |= kwargs\n";
    } else {
      entries.push_back({"\"dtype\": torch.bfloat16"});
      out_.load += laid_out("", dictionary(std::move(entries), "model_kwargs = "), kIndent);
    }
    out_.load += laid_out(
        "", named("model = ", call(cls + ".from_pretrained", {{place_.checkpoint}, {"**model_kwargs"}})), kIndent);
    out_.load += assignments("model.config", run_.config, call_values().config, kIndent);
    out_.load += assignments("model.config", run_.config, client::settings_of(run_.options, "config"), kIndent);
    out_.has_dtype = true;
  }

  Result<void> from_file() {
    const auto own = std::ranges::find_if(run_.changes, [&](const ModuleChange& change) { return is_own(change); });
    const std::string& text = own == run_.changes.end() ? run_.model_text : own->after;
    ADAPT_TRY(const OwnFile file, read_own_file(text, run_.source.factory));
    if (!is_dotted_name(file.factory))
      return fail(ErrorKind::usage, "'{}' is not the name of a function", file.factory);
    const std::string module = place_.prefix + "modeling";
    out_.beside.push_back({module + ".py", text});
    out_.notes.push_back(fmt::format("{}.py is the model's own file{}: its licence header is left to its author",
                                     module, own == run_.changes.end() ? "" : " with the repair in it"));
    out_.imports.add("torch");
    import_model(place_.package, module);
    out_.load += kSeedLine;
    const std::string made = file.has_inputs ? "model" : "model, _";
    out_.load +=
        fmt::format("        {} = {}.{}({})\n", made, module, file.factory, place_.takes_kwargs ? "**kwargs" : "");
    out_.load +=
        assignments("model.config", run_.config, as_attributes(client::settings_of(run_.options, "load")), kIndent);
    out_.load += assignments("model.config", run_.config, client::settings_of(run_.options, "config"), kIndent);
    out_.inputs += kSeedLine;
    if (!run_.stubs.empty()) out_.inputs += fmt::format("        from {} import {}\n\n", place_.package, module);
    out_.inputs += file.has_inputs
                       ? fmt::format("        inputs = {}.load_inputs({})\n", module, file.takes_seed ? "seed=0" : "")
                       : fmt::format("        _, inputs = {}.{}()\n", module, file.factory);
    out_.is_mapping = file.gives_mapping;
    for (const SampleInput& input : run_.inputs)
      if (input.dtype.starts_with("float") || input.dtype.starts_with("bfloat")) out_.floating.push_back(input.name);
    return {};
  }

  struct CallValues {
    Json constants;
    Json config = Json::object();
  };

  // What is an argument of the call in the run, and a value of the configuration wherever people write it.
  CallValues call_values() const {
    CallValues out{.constants = run_.constants};
    out.constants.update(client::settings_of(run_.options, "forward"));
    constexpr const char* kCache = "use_cache";
    const auto cache = out.constants.find(kCache);
    if (cache == out.constants.end() || parts_with(run_.config, kCache).empty()) return out;
    out.config[kCache] = *cache;
    out.constants.erase(cache);
    return out;
  }

  Result<void> sample_inputs() {
    ADAPT_TRY(SampleCode sample, sample_code(run_, call_values().constants, kIndent));
    out_.imports.add("torch");
    if (sample.random) out_.inputs += kSeedLine;
    out_.inputs += sample.lines;
    out_.floating = std::move(sample.floating);
    const SamplePlan plan = plan_of(run_);
    out_.takes_batch_size = plan.one_row && run_.constants.size() == call_values().config.size();
    return {};
  }

  void note_what_stays_behind() {
    for (const client::Option& option : run_.options)
      if (belongs_to_backend(option) && std::ranges::find(place_.held, option.id) == place_.held.end())
        out_.notes.push_back(fmt::format("option {} acts on how {} compiles, not on the model: no loader holds it",
                                         option.id, run_.backend));
  }

  const HandOver& run_;
  const ModelPlace& place_;
  bool is_file_;
  ModelCode out_;
};

}  // namespace

Result<ModelCode> model_code(const HandOver& run, const ModelPlace& place) { return Builder(run, place).build(); }

std::string head_lines(const ModelCode& code) {
  const std::string first = code.environment.empty() ? "" : "import os\n\n" + code.environment + "\n";
  const std::string constants = code.constants.empty() ? "" : "\n" + code.constants;
  return first + code.imports.render() + constants;
}

std::string cast_lines(const ModelCode& code, const std::string& dtype, std::size_t indent) {
  if (code.floating.empty()) return "";
  const std::string blanks(indent, ' ');
  if (!code.is_mapping) return fmt::format("{}inputs = cast(inputs, {})\n", blanks, dtype);
  if (code.floating.size() == 1) {
    const std::string name = python_quoted(code.floating.front());
    return laid_out("", named(fmt::format("inputs[{}] = ", name), call(fmt::format("inputs[{}].to", name), {{dtype}})),
                    indent);
  }
  std::vector<Code> names;
  for (const std::string& name : code.floating) names.push_back({python_quoted(name)});
  std::string loop = laid_out("", named("for name in ", tuple(std::move(names))), indent);
  loop.pop_back();
  return loop + fmt::format(":\n{0}    inputs[name] = inputs[name].to({1})\n", blanks, dtype);
}

std::string cast_function(const ModelCode& code) {
  return code.is_mapping || code.floating.empty() ? "" : std::string(k_form_cast) + "\n\n";
}

}  // namespace adapt::emit::forms
