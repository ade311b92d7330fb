// What language models tried in vain, by failure: shown to those that meet it later. Notes, not knowledge: nothing in
// it was verified, and nothing acts on it.
#pragma once

#include <string>
#include <vector>

#include "agent/config/config.h"
#include "agent/loop/watch.h"
#include "harness/client/messages.h"
#include "tools/base/result.h"

namespace adapt::pipeline {

// Lines about failures with this fingerprint on this backend, the newest last, at most ten; "" when there are none.
std::string recall(const client::Failure& failure, const std::string& backend, const config::Config& config);

// Appends what failed. Never fails a run: what cannot be written is one warning.
void remember(const client::Failure& failure, const std::string& backend, const std::string& author,
              const std::vector<loop::Tried>& tried, const config::Config& config);

}  // namespace adapt::pipeline
