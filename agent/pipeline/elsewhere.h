// A run whose Python side is on another machine, reached by ssh: everything else stays here.
#pragma once

#include <string>
#include <string_view>

#include "agent/config/config.h"
#include "agent/pipeline/run_folder.h"
#include "harness/client/host.h"

namespace adapt::pipeline {

// A host as ssh takes it, and nothing that ssh could take for anything else. Error: usage.
Result<std::string> parse_machine(std::string_view text);

// The host that `options` starts takes its requests to `machine`.
Result<void> send_elsewhere(const std::string& machine, const RunFolder& folder, const config::Config& config,
                            client::HostOptions& options);

}  // namespace adapt::pipeline
