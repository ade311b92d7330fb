// The reference that everything is measured against, computed from the unmodified source before any patch exists.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/pipeline/run_folder.h"
#include "agent/pipeline/services.h"

namespace adapt::pipeline {

struct Baseline {
  client::Model model;
  client::ReferenceReply reference;        // as far as it came
  std::optional<client::Failure> failure;  // the model cannot serve as a reference, for this reason
  std::string unsound;                     // why no verdict is possible although it ran ("" when sound)
  double seconds = 0;                      // that it took
};

// The model's stubs, where it has any, are part of everything that is measured against this reference.
Result<Baseline> compute_baseline(const client::Model& model, const RunFolder& folder, Services& services);

}  // namespace adapt::pipeline
