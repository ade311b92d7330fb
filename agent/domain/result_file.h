// result.json back as the value that was written, bounded: a run folder may come from anywhere.
#pragma once

#include <filesystem>

#include "agent/domain/run_result.h"

namespace adapt::domain {

Result<RunResult> read_result(const std::filesystem::path& file);

}  // namespace adapt::domain
