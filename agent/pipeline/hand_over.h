// What a run leaves for those who hand its result over, and the reading of it.
#pragma once

#include "agent/domain/repair.h"
#include "agent/emit/hand_over.h"
#include "agent/pipeline/baseline.h"
#include "agent/pipeline/run_folder.h"
#include "agent/pipeline/verify.h"
#include "patterns/library.h"

namespace adapt::pipeline {

struct KeptRun {
  const Baseline& baseline;
  const std::vector<client::Option>& given;
  const std::vector<client::Option>& chosen;  // by the repair
  const std::vector<ChangedSource>& changed;
  bool diff_only = false;
  std::string version;  // of the backend
};

// Writes out/hand_over.json.
Result<void> keep_for_hand_over(const KeptRun& kept, const RunFolder& folder);

// A usage error for a run that did not end `adapted` or `works`. `library` must outlive what is returned.
Result<emit::HandOver> read_hand_over(const RunFolder& folder, const patterns::Library& library);

}  // namespace adapt::pipeline
