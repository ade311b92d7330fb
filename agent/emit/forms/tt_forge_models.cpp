#include "agent/emit/forms/tt_forge_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "agent/emit/forms/about.h"
#include "agent/emit/forms/model_code.h"
#include "agent/emit/model_names.h"
#include "agent/emit/python_layout.h"
#include "agent/emit/template.h"
#include "form_templates.h"
#include "tools/base/text.h"

namespace adapt::emit::forms {
namespace {

const ModelPlace kPlace{.package = ".src",
                        .folder = " / \"src\"",
                        .prefix = "",
                        .takes_kwargs = true,
                        .checkpoint = "self._variant_config.pretrained_model_name"};

// "bert/masked_lm" is two folders deep, and pytorch/ one more: the root's modules are four dots away.
std::string dots(const ModelNames& names) {
  return std::string(static_cast<std::size_t>(std::ranges::count(names.folder, '/')) + 3, '.');
}

// What the hub calls a checkpoint that was downloaded; else the folder that it was loaded from.
std::string checkpoint_of(const HandOver& run, const ModelNames& names) {
  if (run.source.kind != "folder") return fmt::format("{}-{}", names.slug, identifier(names.variant));
  const std::string known = string_or(run.config, "_name_or_path", "");
  return known.empty() || known.starts_with('/') || known.starts_with('.') ? run.source.name : known;
}

std::string purpose(const ModelNames& names) { return names.purpose.empty() ? "" : " for " + names.purpose; }

std::string origin_of(const HandOver& run, const ModelNames& names) {
  if (run.source.kind == "folder") return "The checkpoint's weights are loaded.";
  if (run.source.kind == "file")
    return "The model is the one of src/modeling.py, with weights drawn from a fixed seed.";
  return fmt::format(
      "The model has the configuration of src/config.json ({} size) and random weights from a fixed seed.",
      run.source.size.empty() ? identifier(names.variant) : run.source.size);
}

std::string inputs_doc(const ModelCode& code) {
  std::string out = "\n        Args:\n            dtype_override: ";
  out += code.floating.empty() ? "Not used, as no input is floating-point.\n"
                               : "Optional torch.dtype of the floating-point inputs.\n";
  if (code.takes_batch_size) out += "            batch_size: Number of rows. Defaults to 1.\n";
  return out;
}

std::string inputs_signature(const ModelCode& code) {
  std::string out = "self, dtype_override=None";  // the contract's: whoever calls a loader passes it
  if (code.takes_batch_size) out += ", batch_size=1";
  return out;
}

std::string inputs_body(const ModelCode& code) {
  std::string out = code.inputs;
  if (code.takes_batch_size)
    out +=
        "        for name in inputs:\n"
        "            inputs[name] = inputs[name].repeat_interleave(batch_size, dim=0)\n";
  if (const std::string cast = cast_lines(code, "dtype_override", 12); !cast.empty())
    out += "        if dtype_override is not None:\n" + cast;
  return out;
}

std::string load_body(const ModelCode& code) {
  return code.load + (code.has_dtype
                          ? ""
                          : "        if dtype_override is not None:\n            model = model.to(dtype_override)\n");
}

Result<std::string> loader(const HandOver& run, const ModelNames& names, ModelCode& code) {
  const std::string root = dots(names);
  for (const char* name :
       {"Framework", "ModelConfig", "ModelGroup", "ModelInfo", "ModelSource", "ModelTask", "StrEnum"})
    code.imports.add(root + "config", name);
  code.imports.add(root + "base", "ForgeModel");
  std::vector<std::string> about{names.name + " model loader implementation" + purpose(names) + "."};
  std::ranges::copy(paragraphs_of(run), std::back_inserter(about));
  const std::string checkpoint =
      laid_out("",
               named(fmt::format("ModelVariant.{}: ", names.member),
                     call("ModelConfig", {{"pretrained_model_name=" + python_quoted(checkpoint_of(run, names))}})),
               8);
  return render(k_tt_forge_models_loader,
                {{"header", spdx_header(run.year)},
                 {"about", docstring_of(about, 0)},
                 {"imports", head_lines(code)},
                 {"cast", cast_function(code)},
                 {"model", names.name},
                 {"adapted", run.repairs.empty() ? "" : " with the adaptation applied"},
                 {"purpose", purpose(names)},
                 {"member", names.member},
                 {"variant", names.variant},
                 {"variants", checkpoint.substr(0, checkpoint.size() - 1)},
                 {"task", names.task},
                 {"source", names.source},
                 {"origin", docstring_of({origin_of(run, names)}, 8)},
                 {"load", load_body(code)},
                 {"inputs_signature", inputs_signature(code)},
                 {"inputs_doc", inputs_doc(code)},
                 {"inputs_returns", code.is_mapping ? "dict: Input tensors by the name of the argument."
                                                    : "The arguments of the model's forward."},
                 {"inputs", inputs_body(code)}});
}

// tt-xla has these for every model, in versions of its own.
constexpr std::string_view kInstalled[] = {"numpy",      "safetensors", "torch",
                                           "torchaudio", "torchvision", "transformers"};

// Of requirements.txt beside the loader: "" where the model needs no more than every model has.
std::string requirement_lines(const std::vector<std::string>& requirements) {
  std::string out;
  for (const std::string& one : requirements)
    if (std::ranges::find(kInstalled, one.substr(0, one.find('='))) == std::end(kInstalled)) out += one + "\n";
  return out;
}

// A loader that is there already: its own files, with the repair in them.
Result<Emitted> changed_loader(const HandOver& run) {
  Emitted out;
  for (const ModuleChange& change : run.changes) {
    if (!change.file.starts_with(run.loader + "/"))
      return fail(ErrorKind::usage, "the repair changes {}, which is no file of the loader", change.file);
    out.files.push_back({change.file, change.after, change.before});
  }
  for (const client::Option& option : run.options)
    out.notes.push_back(fmt::format("option {} is left to whoever edits the loader: {}", option.id, option.does));
  if (out.files.empty()) return fail(ErrorKind::usage, "no file of the loader {} changes", run.loader);
  return out;
}

}  // namespace

Result<Emitted> tt_forge_models(const HandOver& run) {
  if (run.source.kind == "forge") return changed_loader(run);
  const ModelNames names = names_of(run);
  ADAPT_TRY(ModelCode code, model_code(run, kPlace));
  ADAPT_TRY(std::string text, loader(run, names, code));
  const std::string folder = names.folder + "/pytorch/";
  const std::string header = spdx_header(run.year);
  Emitted out;
  out.notes = code.notes;
  out.files.push_back(
      {folder + "__init__.py",
       fmt::format(
           "{}\"\"\"\n{} PyTorch model implementation{}.\n\"\"\"\n\nfrom .loader import ModelLoader, ModelVariant\n",
           header, names.name, purpose(names))});
  out.files.push_back({folder + "loader.py", std::move(text)});
  if (std::string lines = requirement_lines(run.requirements); !lines.empty())
    out.files.push_back({folder + "requirements.txt", std::move(lines)});
  if (!code.beside.empty()) out.files.push_back({folder + "src/__init__.py", header});
  for (EmittedFile& file : code.beside) out.files.push_back({folder + "src/" + file.path, std::move(file.text)});
  return out;
}

}  // namespace adapt::emit::forms
