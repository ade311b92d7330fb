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

// A host with the interpreter of this environment, or with `python` where one is named; its scratch is `scratch`.
Result<client::Host> start_host(const config::Config& config, std::string_view environment,
                                const std::filesystem::path& scratch, const std::vector<std::string>& preload,
                                const std::vector<std::string>& writable, const std::vector<std::string>& visible,
                                const CancelToken& cancel, const std::filesystem::path& python = {});

// Where patterns that were learned here are kept: <data folder>/patterns.
Result<std::filesystem::path> own_patterns_folder(const config::Config& config);
// The shipped patterns, those of the configured folders, then the user's own, which win; folders that do not exist are
// left out.
std::vector<std::filesystem::path> pattern_folders(const config::Config& config);
Result<patterns::Library> load_library(const config::Config& config);
// The table alone, for searches that need no pattern of the library.
Result<std::shared_ptr<const patterns::Isomorphisms>> load_isomorphisms(const config::Config& config);

}  // namespace adapt::pipeline
