// What a run folder says of its run, for the index and as evidence.
#pragma once

#include <filesystem>

#include "agent/pipeline/run_folder.h"
#include "agent/store/store.h"
#include "patterns/evidence/record.h"
#include "tools/base/json.h"

namespace adapt::pipeline {

Result<store::RunRecord> run_record(const std::filesystem::path& run_folder);

// The end of an `adapted` run as evidence, about no pattern yet.
Result<evidence::Record> evidence_of_run(const RunFolder& folder);

// What the repair of an `adapted` run answered: `failure` of its result.json, or, where stubs were put in place of
// absent packages first, how the model failed beside them (null where it did not).
Result<Json> repaired_failure(const RunFolder& folder, const Json& result);

// Those that matter to a verdict, of all versions by name: "torch 2.9.0, transformers 4.57.1".
std::string packages_text(const Json& versions);

}  // namespace adapt::pipeline
