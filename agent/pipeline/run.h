// One run from its folder: starts what it needs, adapts, records; and finds what a killed run needs to go on.
#pragma once

#include <filesystem>
#include <string>

#include "agent/config/config.h"
#include "agent/pipeline/adapt.h"
#include "agent/pipeline/progress.h"
#include "tools/base/cancel.h"
#include "tools/base/clock.h"

namespace adapt::pipeline {

struct RunContext {
  const config::Config& config;
  const Clock& clock;
  const CancelToken& cancel;
  Progress& progress;
};

// A new, empty run folder below <data folder>/runs.
Result<RunFolder> create_run(const AdaptRequest& request, const config::Config& config, const Clock& clock);
// The folder of `id`; an unknown one is a usage error with the nearest.
Result<RunFolder> find_run(const std::string& id, const config::Config& config);
// What was asked of a run, from its log.
Result<AdaptRequest> recorded_request(const RunFolder& folder);

// Runs to the end, or goes on where the folder's log ends. Writes out/result.json.
Result<domain::RunResult> execute_run(const AdaptRequest& request, const RunFolder& folder, const RunContext& context);

// Where the programs of this installation are, adapt-jail among them.
Result<std::filesystem::path> program_folder();

struct HostWants {
  std::string_view environment = "main";  // whose interpreter
  std::filesystem::path python{};         // another one; empty: that of the environment
  std::filesystem::path scratch;          // private to it
  client::Preload preload{};
  std::vector<std::string> writable{};  // folders that exist
  std::vector<std::string> visible{};   // paths to read, wherever they lie
  std::string host{};                   // machine, as ssh takes it; "": this one
  const RunFolder* folder = nullptr;    // of the run, where there is a host
  bool devices = false;                 // with accelerators, and what decides who has them
};
Result<client::Host> start_host(const config::Config& config, HostWants wants, const CancelToken& cancel);

// The options of a request, from the tables of this installation.
Result<std::vector<client::Option>> given_options(const std::string& backend, const std::vector<std::string>& texts,
                                                  const config::Config& config);

// Where patterns that were learned here are kept: <data folder>/patterns.
Result<std::filesystem::path> own_patterns_folder(const config::Config& config);
// The shipped patterns, those of the configured folders, then the user's own, which win; folders that do not exist are
// left out.
std::vector<std::filesystem::path> pattern_folders(const config::Config& config);
Result<patterns::Library> load_library(const config::Config& config);
// The table alone, for searches that need no pattern of the library.
Result<std::shared_ptr<const patterns::Isomorphisms>> load_isomorphisms(const config::Config& config);

}  // namespace adapt::pipeline
