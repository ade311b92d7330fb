// What a repair is handed over as: the diff, the override module, and a test folder that stands by itself.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/domain/repair.h"
#include "agent/domain/run_result.h"
#include "agent/emit/override_module.h"
#include "harness/client/messages.h"

namespace adapt::emit {

struct RepairBundle {
  const domain::RunResult& result;        // of a repaired model
  std::vector<client::Option> given{};    // by the user: the recorded failure was seen with them
  std::vector<client::Option> options{};  // of the repaired model: those given, and those of the repair
  std::vector<ModuleChange> changes{};
  std::optional<client::PackageReply> package{};  // builder, weights, inputs and expected outputs for the test
  std::vector<client::Stub> stubs{};              // modules that stand in for absent packages
  bool diff_only = false;                         // no override and so no test: a pattern's carrier is the source
  std::string snippet_original{};                 // stand-alone text that defines compile_and_run(module, inputs)
  std::string snippet_adapted{};
  std::filesystem::path flat_model{};  // the harness's calling convention, copied beside the test
};

// Writes patch.diff, the changed sources, <slug>_override.py and tests/ into `out`. A change that has no override form
// leaves the diff alone, a model that could not be packaged has no tests; both are said in the returned notes.
Result<std::vector<std::string>> write_repair(const RepairBundle& bundle, const std::filesystem::path& out);

// The changes as one unified diff.
std::string patch_of(const std::vector<ModuleChange>& changes);

// Where write_repair keeps a changed source, whole: <out>/sources/<before|after>/<file>. The name comes from a worker,
// so parts that lead out of the folder are left out.
std::filesystem::path kept_source(const std::filesystem::path& out, std::string_view side, std::string_view file);

}  // namespace adapt::emit
