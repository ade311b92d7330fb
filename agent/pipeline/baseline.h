// The reference that everything is measured against, computed from the unmodified source before any patch exists.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/domain/model_id.h"
#include "agent/pipeline/run_folder.h"
#include "agent/pipeline/services.h"

namespace adapt::pipeline {

struct Baseline {
  client::Model model;
  client::ReferenceReply reference;        // as far as it came
  std::optional<client::Failure> failure;  // the model cannot serve as a reference, for this reason
  std::string unsound;                     // why no verdict is possible although it ran ("" when sound)
};

Result<Baseline> compute_baseline(const domain::ModelId& model, const RunFolder& folder, Services& services);

}  // namespace adapt::pipeline
