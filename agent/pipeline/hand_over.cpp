#include "agent/pipeline/hand_over.h"

#include <algorithm>
#include <cctype>

#include "agent/domain/result_file.h"
#include "agent/emit/repair_files.h"
#include "agent/events/event_log.h"
#include "agent/pipeline/run_record.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;
using domain::Outcome;

constexpr const char* kArchVariable = "ARCH_NAME";               // in which `tt` is told the architecture
constexpr std::uint64_t kMaxSource = std::uint64_t{4} << 20U;    // bytes of one source
constexpr std::uint64_t kMaxTestFile = std::uint64_t{1} << 30U;  // bytes: weights are among them
constexpr std::uint64_t kMaxArrays = std::uint64_t{64} << 20U;   // bytes of one file of arrays

std::string below(const RunFolder& folder, const std::string& path) {
  return fs::path(path).lexically_relative(folder.root()).generic_string();
}

// "bert/masked_lm" of <checkout>/bert/masked_lm/pytorch; what is above pytorch/ where there is no checkout.
std::string loader_of(const fs::path& pytorch) {
  std::error_code code;
  const fs::path folder = pytorch.parent_path();
  for (fs::path root = folder.parent_path(); root.has_relative_path(); root = root.parent_path())
    if (fs::exists(root / "base.py", code) && fs::exists(root / "config.py", code))
      return folder.lexically_relative(root).generic_string();
  return folder.filename().string();
}

// The one that was named, or that the harness says it took: "loader of ...; variant Base of 2".
std::string variant_of(const client::Model& model, const std::vector<std::string>& notes) {
  if (model.factory) return *model.factory;
  constexpr std::string_view kSaid = "; variant ";
  for (const std::string& note : notes)
    if (const std::size_t at = note.find(kSaid); note.starts_with("loader of ") && at != std::string::npos)
      return note.substr(at + kSaid.size(), note.rfind(" of ") - at - kSaid.size());
  return "";
}

void take_result(emit::HandOver& out, const domain::RunResult& result) {
  out.run = result.run;
  out.model = result.model;
  out.backend = result.backend;
  out.outcome = result.outcome;
  out.level = result.level;
  out.failure = result.failure;
  out.repairs = result.repairs;
  out.concessions = result.concessions;
  out.metrics = result.metrics;
  out.takes_one_row = std::ranges::none_of(
      out.concessions, [](const std::string& text) { return contains(text, "varied as 'batch1'"); });
  const std::string year = out.run.substr(0, 4);
  out.year = std::ranges::all_of(year, [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }) &&
                     year.size() == 4
                 ? year
                 : "2026";
}

// Names and shapes in the order of the output; the file's keys are leaf/0000, leaf/0001, ...
Result<void> take_outputs(emit::HandOver& out, const fs::path& file) {
  ADAPT_TRY(const tensor::ArrayFile arrays, tensor::read_safetensors(file, kMaxArrays));
  const auto text = [&](const char* key) {
    const auto found = arrays.metadata.find(key);
    return found == arrays.metadata.end() ? std::string() : found->second;
  };
  out.output_tree = text("tree");
  ADAPT_TRY(const Json leaves, parse_json(text("leaves").empty() ? "[]" : text("leaves")));
  for (const Json& leaf : leaves) {
    emit::OutputForm form{.path = string_or(leaf, "name", ""), .shape = {}};
    for (const Json& size : member_or_null(leaf, "shape"))
      if (size.is_number_integer()) form.shape.push_back(size.get<std::int64_t>());
    out.outputs.push_back(std::move(form));
  }
  return {};
}

Result<void> take_inputs(emit::HandOver& out, const emit::KeptFacts& facts, const fs::path& file) {
  ADAPT_TRY(tensor::ArrayFile arrays, tensor::read_safetensors(file, kMaxArrays));
  for (const client::InputSpec& input : facts.inputs) {
    const auto array = arrays.arrays.find(input.name);
    if (array == arrays.arrays.end()) return fail(ErrorKind::store, "{} has no input '{}'", file.string(), input.name);
    out.inputs.push_back({input.name, input.dtype, std::move(array->second)});
  }
  return {};
}

Result<void> take_changes(emit::HandOver& out, const emit::KeptFacts& facts, const RunFolder& folder) {
  for (const auto& [module, file] : facts.changes) {
    emit::ModuleChange change{.module = module, .file = file, .before = {}, .after = {}};
    ADAPT_TRY(change.before, read_file(emit::kept_source(folder.out(), "before", file), kMaxSource));
    ADAPT_TRY(change.after, read_file(emit::kept_source(folder.out(), "after", file), kMaxSource));
    out.changes.push_back(std::move(change));
  }
  return {};
}

Result<void> take_tests(emit::HandOver& out, const fs::path& tests) {
  std::error_code code;
  for (fs::directory_iterator at(tests, code), end; !code && at != end; at.increment(code)) {
    std::error_code unknown;
    if (!at->is_regular_file(unknown)) continue;
    ADAPT_TRY(out.test_files[at->path().filename().string()], read_file(at->path(), kMaxTestFile));
  }
  return {};
}

void take_packages(emit::HandOver& out, const RunFolder& folder) {
  const auto log = events::read_log(folder.events());
  if (!log) return;
  for (const events::Event& event : *log)
    if (event.type == "environment")
      for (const auto& [name, version] : member_or_null(event.data, "packages").items())
        if (version.is_string()) out.packages[name] = version.get<std::string>();
}

}  // namespace

Result<void> keep_for_hand_over(const KeptRun& kept, const RunFolder& folder) {
  const client::ReferenceReply& reference = kept.baseline.reference;
  const client::DrawFiles& draw = reference.draws.front();
  emit::KeptFacts facts{.source = kept.baseline.model,
                        .class_name = reference.class_name,
                        .module = reference.module,
                        .config = reference.config,
                        .constants = reference.constants,
                        .inputs = reference.inputs,
                        .inputs_file = below(folder, draw.inputs),
                        .outputs_file = below(folder, draw.fp32),
                        .options = {},
                        .arch = {},
                        .changes = {},
                        .model_text = {},
                        .loader = {},
                        .variant = {},
                        .requirements = reference.requirements,
                        .diff_only = kept.diff_only,
                        .version = kept.version};
  for (const client::Option& option : kept.given) {
    if (option.scope != "env") facts.options.push_back(option);
    if (option.set.contains(kArchVariable)) facts.arch = string_or(option.set, kArchVariable, "");
  }
  facts.options.insert(facts.options.end(), kept.chosen.begin(), kept.chosen.end());
  for (const ChangedSource& changed : kept.changed) facts.changes.emplace_back(changed.module, changed.file);
  if (facts.source.kind == "file") {
    ADAPT_TRY(facts.model_text, read_file(facts.source.name, kMaxSource));
  }
  if (facts.source.kind == "forge") {
    facts.loader = loader_of(facts.source.name);
    facts.variant = variant_of(facts.source, reference.notes);
  }
  ADAPT_TRY_VOID(make_directories(folder.out()));
  return write_file_atomic(folder.out() / "hand_over.json", dump(emit::encode(facts)) + "\n");
}

Result<emit::HandOver> read_hand_over(const RunFolder& folder, const patterns::Library& library) {
  emit::HandOver out;
  const fs::path file = folder.out() / "result.json";
  if (std::error_code code; !fs::exists(file, code))
    return fail(ErrorKind::usage, "{} has not ended: agent runs resume {}", folder.id(), folder.id());
  ADAPT_TRY(const domain::RunResult result, domain::read_result(file));
  take_result(out, result);
  if (out.outcome != Outcome::adapted && out.outcome != Outcome::works)
    return fail(ErrorKind::usage, "{} ended '{}': only a model that is adapted, or works, can be handed over",
                folder.id(), to_string(out.outcome));
  const Result<std::string> kept_text = read_file(folder.out() / "hand_over.json");
  if (!kept_text)
    return fail(ErrorKind::usage, "{} kept nothing to hand over: run agent adapt {} --backend {} again", folder.id(),
                out.model, out.backend);
  ADAPT_TRY(const Json kept, parse_json(*kept_text));
  ADAPT_TRY(const emit::KeptFacts facts, emit::decode_kept_facts(kept));
  out.source = facts.source;
  out.stubs = facts.source.stubs;
  out.class_name = facts.class_name;
  out.module = facts.module;
  out.config = facts.config;
  out.constants = facts.constants;
  out.options = facts.options;
  out.arch = facts.arch;
  out.model_text = facts.model_text;
  out.loader = facts.loader;
  out.variant = facts.variant;
  out.requirements = facts.requirements;
  out.diff_only = facts.diff_only;
  out.version = facts.version;
  ADAPT_TRY_VOID(take_inputs(out, facts, folder.root() / facts.inputs_file));
  ADAPT_TRY_VOID(take_outputs(out, folder.root() / facts.outputs_file));
  ADAPT_TRY_VOID(take_changes(out, facts, folder));
  take_packages(out, folder);
  for (const domain::Repair& repair : out.repairs)
    if (const patterns::Pattern* pattern = library.find(repair.id); pattern != nullptr) out.patterns.push_back(pattern);
  ADAPT_TRY_VOID(take_tests(out, folder.out() / "tests"));
  return out;
}

}  // namespace adapt::pipeline
