#include "sandbox/environment.h"

namespace adapt::sandbox {
namespace {

// Variables that name a folder below scratch.
struct ScratchRow {
  const char* name;
  const char* folder;
};
constexpr ScratchRow kScratchRows[] = {
    {"HOME", "home"},
    {"TMPDIR", "tmp"},
    {"XDG_CACHE_HOME", "cache"},
    {"HF_MODULES_CACHE", "cache/hf_modules"},
    {"TORCHINDUCTOR_CACHE_DIR", "cache/inductor"},
    {"TORCH_EXTENSIONS_DIR", "cache/torch_extensions"},
    {"TRITON_CACHE_DIR", "cache/triton"},
    {"CUDA_CACHE_PATH", "cache/cuda"},
    {"MPLCONFIGDIR", "cache/matplotlib"},
};

struct FixedRow {
  const char* name;
  const char* value;
};
constexpr FixedRow kFixedRows[] = {
    {"LANG", "C.UTF-8"},
    {"LC_ALL", "C.UTF-8"},
    {"TZ", "UTC"},
    // Models come from local folders; fetching is another process with other rights.
    {"HF_HUB_OFFLINE", "1"},
    {"TRANSFORMERS_OFFLINE", "1"},
    {"HF_DATASETS_OFFLINE", "1"},
    {"HF_HUB_DISABLE_TELEMETRY", "1"},
    {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"},
    {"HF_HUB_DISABLE_PROGRESS_BARS", "1"},
    {"TOKENIZERS_PARALLELISM", "false"},
    {"PYTHONDONTWRITEBYTECODE", "1"},
    {"PYTHONHASHSEED", "0"},
    {"PYTHONNOUSERSITE", "1"},
    // A file in the working folder must not stand in for a module of the same name.
    {"PYTHONSAFEPATH", "1"},
};

}  // namespace

std::vector<std::string> model_environment(const EnvironmentSpec& spec) {
  std::map<std::string, std::string> variables;
  for (const FixedRow& row : kFixedRows) variables[row.name] = row.value;
  for (const ScratchRow& row : kScratchRows) variables[row.name] = (spec.scratch / row.folder).string();
  const std::string threads = std::to_string(spec.threads);
  for (const char* name : {"OMP_NUM_THREADS", "MKL_NUM_THREADS", "TORCHINDUCTOR_COMPILE_THREADS"})
    variables[name] = threads;
  // Inductor calls the system's C++ compiler.
  variables["PATH"] =
      spec.python.has_parent_path() ? spec.python.parent_path().string() + ":/usr/bin:/bin" : "/usr/bin:/bin";
  if (!spec.harness.empty()) variables["PYTHONPATH"] = spec.harness.string();
  variables["HF_HOME"] = spec.hf_home.empty() ? (spec.scratch / "cache/huggingface").string() : spec.hf_home.string();
  for (const auto& [name, value] : spec.extra) variables[name] = value;

  std::vector<std::string> out;
  out.reserve(variables.size());
  for (const auto& [name, value] : variables) out.push_back(name + "=" + value);
  return out;
}

std::vector<std::filesystem::path> environment_folders(const EnvironmentSpec& spec) {
  std::vector<std::filesystem::path> out;
  for (const ScratchRow& row : kScratchRows) out.push_back(spec.scratch / row.folder);
  return out;
}

}  // namespace adapt::sandbox
