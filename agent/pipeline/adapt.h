// `agent adapt`: one model through the fixed series of typed values.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "agent/domain/model_id.h"
#include "agent/domain/run_result.h"
#include "agent/pipeline/run_folder.h"
#include "agent/pipeline/services.h"

namespace adapt::pipeline {

struct AdaptRequest {
  domain::ModelId model;
  std::string backend;
  // A patch that somebody brings: full new text of the model's own file (or of `patched_module`). It is verified as
  // it is; nothing is searched.
  std::optional<std::filesystem::path> patched{};
  std::string patched_module{};
  std::string patch{};                // unified diff that the search tries first; "" when there is none
  bool install_requirements = false;  // of a loader, into an environment of its own
  std::string llm{};                  // endpoint to ask when options and patterns do not suffice; "" for none
  std::int64_t seed = 0;              // of random weights
  std::int64_t seeds = 3;             // drawn inputs that the verdict compares, beside the varied ones
};

// Ends with an outcome whenever the question could be put; an Error means that it could not (no environment, a full
// disk, interrupted). Run again on the same folder it goes on where it was.
Result<domain::RunResult> adapt_model(const AdaptRequest& request, const client::BackendProbe& probe,
                                      const RunFolder& folder, Services& services);

}  // namespace adapt::pipeline
