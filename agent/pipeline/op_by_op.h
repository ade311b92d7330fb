// tt-torch can try every operator of a model alone: asked where a failure names none, for whoever looks for its cause.
#pragma once

#include "agent/pipeline/baseline.h"
#include "agent/pipeline/services.h"

namespace adapt::pipeline {

// Adds to `failure` what was found: the first operator that fails alone, its place, and all of them in the message.
// Nothing for other backends, and where the depth of compilation was given by the user.
Result<void> find_operator(client::Failure& failure, const std::string& backend, const Baseline& baseline,
                           const RunFolder& folder, Services& services);

}  // namespace adapt::pipeline
