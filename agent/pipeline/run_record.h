// What a run folder says of its run, for the index.
#pragma once

#include <filesystem>

#include "agent/store/store.h"

namespace adapt::pipeline {

Result<store::RunRecord> run_record(const std::filesystem::path& run_folder);

}  // namespace adapt::pipeline
