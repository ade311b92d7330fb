// The environment of a process that runs models: built from nothing, so that no secret of ours can be in it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace adapt::sandbox {

struct EnvironmentSpec {
  std::filesystem::path scratch;               // private to the run: home, temporary files, compilers' caches
  std::filesystem::path python;                // the interpreter; its folder leads PATH
  std::filesystem::path harness;               // folder that holds adapt_harness, for PYTHONPATH
  std::filesystem::path hf_home;               // downloaded models, read-only; empty: a place in scratch
  int threads = 1;                             // of OpenMP and of compilers
  std::map<std::string, std::string> extra{};  // wins over the rest; for what a backend needs
};

// "NAME=value", sorted by name.
std::vector<std::string> model_environment(const EnvironmentSpec& spec);

// The folders in `scratch` that the environment names; they must exist before the process starts.
std::vector<std::filesystem::path> environment_folders(const EnvironmentSpec& spec);

}  // namespace adapt::sandbox
