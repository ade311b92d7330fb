#include "agent/emit/repair_files.h"

#include <algorithm>

#include "agent/domain/forge_folder.h"
#include "agent/domain/model_id.h"
#include "agent/emit/python_layout.h"
#include "agent/emit/template.h"
#include "emit_templates.h"
#include "harness/client/option_table.h"
#include "tools/base/file.h"
#include "tools/base/text.h"
#include "tools/edit/edit_set.h"

namespace adapt::emit {
namespace {

namespace fs = std::filesystem;

// Relative error that two float32 runs of one model may show through different kernels and machines.
constexpr double kTestTolerance = 1e-3;

std::string short_model_name(const domain::RunResult& result) {
  const std::size_t colon = result.model.find(':');
  if (result.model.starts_with("transformers:")) return result.model.substr(colon + 1);
  if (const auto id = domain::parse_model_id(result.model); id && id->kind == domain::ModelKind::forge)
    return domain::forge_model_name(id->name);
  return fs::path(result.model.substr(0, result.model.ends_with(".py") ? std::string::npos : colon)).stem().string();
}

// Of the model as the run met it, and as the repair leaves it.
Json both_sides(const RepairBundle& bundle, std::string_view scope) {
  return Json{{"original", client::settings_of(bundle.given, scope)},
              {"adapted", client::settings_of(bundle.options, scope)}};
}

Json stubs_json(const std::vector<client::Stub>& stubs) {
  Json out = Json::array();
  for (const client::Stub& stub : stubs) out.push_back(client::encode(stub));
  return out;
}

std::vector<std::string> repair_lines(const domain::RunResult& result) {
  std::vector<std::string> lines;
  for (const domain::Repair& repair : result.repairs)
    lines.push_back(fmt::format("{} {}: {}", to_string(repair.kind), repair.id, repair.does));
  return lines;
}

// Texts that tell the recorded failure from another: the operator, or the first words of the message.
Json marks_of(const client::Failure& failure, const std::vector<client::Stub>& stubs) {
  Json marks = Json::array();
  for (const client::Stub& stub : stubs) marks.push_back(fmt::format("No module named '{}", stub.module));
  std::string first_line(split_lines(failure.message).empty() ? std::string_view()
                                                              : split_lines(failure.message).front());
  if (first_line.size() > 80) first_line.resize(80);
  if (!first_line.empty()) marks.push_back(first_line);
  if (failure.op)
    marks.push_back(failure.op->substr(failure.op->rfind(':') == std::string::npos ? 0 : failure.op->rfind(':') + 1));
  if (!failure.exception.empty()) marks.push_back(failure.exception.substr(failure.exception.rfind('.') + 1));
  if (failure.failure_class == client::FailureClass::crash) marks.push_back("the process ended with");
  return marks;
}

std::string assigned(const std::string& name, const Json& value) {
  const std::string line = laid_out("", named(name + " = ", code_of(value)), 0);
  return line.substr(0, line.size() - 1);
}

Result<void> copy_into(const fs::path& from, const fs::path& to) {
  std::error_code code;
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, code);
  if (code) return fail(ErrorKind::store, "cannot copy {} to {}: {}", from.string(), to.string(), code.message());
  return {};
}

Result<void> write_tests(const RepairBundle& bundle, const std::string& name, const std::string& override_name,
                         const fs::path& folder) {
  const domain::RunResult& result = bundle.result;
  const client::Failure& failure = *result.failure;
  const std::string file_name = fmt::format("test_{}.py", name);
  ADAPT_TRY(const std::string text,
            render(k_test_adapted,
                   {{"title", fmt::format("{} on {}: fails as it is, passes adapted.", result.model, result.backend)},
                    {"file_name", file_name},
                    {"requirements", join(bundle.package->requirements, ", ")},
                    {"override_module", override_name.empty() ? "None" : "\"" + override_name + "\""},
                    {"load_options", assigned("LOAD_OPTIONS", both_sides(bundle, "load"))},
                    {"forward_options", assigned("FORWARD_OPTIONS", both_sides(bundle, "forward"))},
                    {"failure", assigned("RECORDED", Json{{"stage", client::to_string(failure.stage)},
                                                          {"class", client::to_string(failure.failure_class)},
                                                          {"marks", marks_of(failure, bundle.stubs)}})},
                    {"tolerance", fmt::format("{}", kTestTolerance)},
                    {"builder", std::string(trim(bundle.package->builder))}}));
  ADAPT_TRY_VOID(make_directories(folder));
  ADAPT_TRY_VOID(write_file_atomic(folder / file_name, text));
  ADAPT_TRY_VOID(write_file_atomic(folder / "compile_original.py", bundle.snippet_original));
  ADAPT_TRY_VOID(write_file_atomic(folder / "compile_adapted.py", bundle.snippet_adapted));
  ADAPT_TRY_VOID(copy_into(bundle.flat_model, folder / "flat_model.py"));
  for (const std::string& file : bundle.package->files)
    ADAPT_TRY_VOID(copy_into(file, folder / fs::path(file).filename()));
  return {};
}

}  // namespace

Result<std::vector<std::string>> write_repair(const RepairBundle& bundle, const fs::path& out) {
  std::vector<std::string> notes;
  ADAPT_TRY_VOID(make_directories(out));
  const std::string name =
      fmt::format("{}_{}", identifier(short_model_name(bundle.result)), identifier(bundle.result.backend));
  const std::string patch = patch_of(bundle.changes);
  ADAPT_TRY_VOID(write_file_atomic(out / "patch.diff", patch));
  for (const ModuleChange& change : bundle.changes)  // whole, so that the repair can be learned from later
    for (const auto& [side, text] : {std::pair("before", change.before), std::pair("after", change.after)}) {
      const fs::path file = kept_source(out, side, change.file);
      ADAPT_TRY_VOID(make_directories(file.parent_path()));
      ADAPT_TRY_VOID(write_file_atomic(file, text));
    }
  if (bundle.diff_only) {
    notes.emplace_back("a pattern ships its repair as a diff: apply patch.diff; there is no override and no test");
    if (!bundle.stubs.empty())
      notes.emplace_back("the stubs are not in the diff: they are shipped by an override alone");
    return notes;
  }
  std::string override_name;
  const Json config = client::settings_of(bundle.options, "config");
  if (!bundle.changes.empty() || !config.empty() || !bundle.stubs.empty()) {
    const OverrideHeader header{.model = bundle.result.model,
                                .backend = bundle.result.backend,
                                .repairs = repair_lines(bundle.result),
                                .diff = patch,
                                .config = config,
                                .stubs = stubs_json(bundle.stubs)};
    const Result<std::string> module = override_module(header, bundle.changes);
    if (module) {
      override_name = name + "_override";
      ADAPT_TRY_VOID(make_directories(out / "tests"));
      ADAPT_TRY_VOID(write_file_atomic(out / (override_name + ".py"), *module));
      ADAPT_TRY_VOID(write_file_atomic(out / "tests" / (override_name + ".py"), *module));
    } else {
      notes.push_back("the patch has no override form: " + module.error().message);
    }
  }
  if (bundle.package) ADAPT_TRY_VOID(write_tests(bundle, name, override_name, out / "tests"));
  return notes;
}

std::string patch_of(const std::vector<ModuleChange>& changes) {
  edit::Sources before, after;
  for (const ModuleChange& change : changes) {
    before[change.file] = change.before;
    after[change.file] = change.after;
  }
  return edit::unified_diff(before, after);
}

fs::path kept_source(const fs::path& out, std::string_view side, std::string_view file) {
  fs::path kept = out / "sources" / side;
  for (const fs::path& part : fs::path(file).relative_path())
    if (part != ".." && part != ".") kept /= part;
  return kept;
}

}  // namespace adapt::emit
