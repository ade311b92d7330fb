#include "agent/pipeline/emit_forms.h"

#include <algorithm>

#include "agent/emit/forms/tt_xla.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;
using emit::forms::Emitted;
using emit::forms::Form;

constexpr Form kAll[] = {Form::tt_torch, Form::tt_forge_models, Form::tt_xla, Form::pytest};
constexpr std::uint64_t kMaxConfig = std::uint64_t{16} << 20U;  // bytes of a test configuration

struct FormFiles {
  Form form;
  Emitted emitted;
};

// Every form that was asked for, or all that can be had; the others are notes.
Result<std::vector<FormFiles>> collect(const emit::HandOver& run, const std::vector<Form>& asked,
                                       std::vector<std::string>& notes) {
  std::vector<FormFiles> out;
  for (const Form form : asked.empty() ? std::vector<Form>(std::begin(kAll), std::end(kAll)) : asked) {
    Result<Emitted> emitted = emit_form(form, run);
    if (!emitted && !asked.empty())
      return fail(emitted.error().kind, "{}: {}", to_string(form), emitted.error().message);
    if (!emitted) {
      notes.push_back(fmt::format("{}: {}", to_string(form), emitted.error().message));
      continue;
    }
    for (const std::string& note : emitted->notes) notes.push_back(fmt::format("{}: {}", to_string(form), note));
    out.push_back({form, std::move(*emitted)});
  }
  if (out.empty()) return fail(ErrorKind::usage, "{} has no form: {}", run.run, join(notes, "; "));
  return out;
}

// A file to be written; `before` is what is there.
struct Target {
  Form form;
  fs::path path;
  std::string text;
  std::string instead_of;  // what may stand there; see EmittedFile
  bool replaces = false;   // whatever stands there is meant to change
};

bool is_there(const fs::path& path) {
  std::error_code code;
  return fs::exists(path, code);
}

// Where a form belongs in a checkout, or nothing.
std::optional<fs::path> place_in(const fs::path& root, Form form) {
  const fs::path submodule = root / "third_party" / "tt_forge_models";
  const bool is_tt_xla = is_there(root / "tests" / "runner" / "test_config");
  switch (form) {
    case Form::tt_torch:
      return is_there(root / "tt_torch" / "tools") && is_there(root / "tests" / "models") ? std::optional(root)
                                                                                          : std::nullopt;
    case Form::tt_xla: return is_tt_xla ? std::optional(root) : std::nullopt;
    case Form::tt_forge_models:
      if (is_there(root / "base.py") && is_there(root / "config.py")) return root;
      return is_tt_xla && is_there(submodule / "base.py") ? std::optional(submodule) : std::nullopt;
    case Form::pytest: return std::nullopt;
  }
  return std::nullopt;
}

Result<Target> configured(const fs::path& root, const emit::HandOver& run) {
  const emit::forms::ConfigEntry config = emit::forms::config_entry(run);
  const fs::path file = root / config.file;
  ADAPT_TRY(const std::string before, read_file(file, kMaxConfig));
  auto after = emit::forms::configured(before, config);
  if (!after) return fail(after.error().kind, "{}: {}: nothing was written", file.string(), after.error().message);
  return Target{Form::tt_xla, file, std::move(*after), "", true};
}

Result<std::vector<Target>> targets_in(const fs::path& root, const emit::HandOver& run,
                                       const std::vector<FormFiles>& forms, bool asked) {
  std::vector<Target> out;
  for (const FormFiles& form : forms) {
    const std::optional<fs::path> place = place_in(root, form.form);
    if (!place && asked)
      return fail(ErrorKind::usage, "{} is no checkout that {} belongs in", root.string(), to_string(form.form));
    if (!place) continue;
    const std::string config_file = form.form == Form::tt_xla ? emit::forms::config_entry(run).file : "";
    for (const emit::forms::EmittedFile& file : form.emitted.files)
      if (file.path != config_file) out.push_back({form.form, *place / file.path, file.text, file.instead_of, false});
    if (form.form != Form::tt_xla) continue;
    ADAPT_TRY(Target target, configured(*place, run));
    out.push_back(std::move(target));
  }
  if (out.empty())
    return fail(ErrorKind::usage, "{} is a checkout of none of tt-torch, tt-forge-models and tt-xla", root.string());
  return out;
}

// Nothing of somebody else's is overwritten, and a link leads nowhere else.
Result<void> refuse_conflicts(const fs::path& root, const std::vector<Target>& targets) {
  std::vector<std::string> different;
  for (const Target& target : targets) {
    std::error_code code;
    const fs::path place = fs::weakly_canonical(target.path, code);
    if (code || std::ranges::mismatch(root, place).in1 != root.end())
      return fail(ErrorKind::usage, "nothing was written: {} leads out of {}", target.path.string(), root.string());
    if (target.replaces || !is_there(target.path)) continue;
    const Result<std::string> there = read_file(target.path);
    const bool known = there && (*there == target.text || (!target.instead_of.empty() && *there == target.instead_of));
    if (!known) different.push_back(target.path.string());
  }
  if (different.empty()) return {};
  return fail(ErrorKind::usage, "nothing was written: something else is at {}", join(different, ", "));
}

}  // namespace

bool takes_forms(const fs::path& checkout) {
  return std::ranges::any_of(kAll, [&](Form form) { return place_in(checkout, form).has_value(); });
}

Result<EmitReport> emit_run(const emit::HandOver& run, const EmitRequest& request) {
  EmitReport report;
  ADAPT_TRY(const std::vector<FormFiles> forms, collect(run, request.forms, report.notes));
  std::vector<Target> targets;
  if (request.into) {
    ADAPT_TRY(targets, targets_in(*request.into, run, forms, !request.forms.empty()));
    ADAPT_TRY_VOID(refuse_conflicts(*request.into, targets));
  } else {
    for (const FormFiles& form : forms)
      for (const emit::forms::EmittedFile& file : form.emitted.files)
        targets.push_back(
            {form.form, request.out / std::string(to_string(form.form)) / file.path, file.text, "", true});
  }
  for (const Target& target : targets) {
    ADAPT_TRY_VOID(make_directories(target.path.parent_path()));
    ADAPT_TRY_VOID(write_file_atomic(target.path, target.text));
    report.files.push_back({target.form, target.path});
  }
  return report;
}

}  // namespace adapt::pipeline
