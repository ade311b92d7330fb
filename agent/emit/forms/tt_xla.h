// What tt-xla takes of a model that tt-forge-models loads: the entry of its test, and a sanity test of the operator.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/emit/forms/form.h"
#include "agent/emit/hand_over.h"
#include "agent/forge/results.h"
#include "agent/forge/test_config.h"
#include "tools/base/result.h"

namespace adapt::emit::forms {

struct ConfigEntry {
  std::string file;  // of the configuration, from the root of tt-xla
  forge::TestEntry entry;
  std::optional<forge::TestResult> result{};  // on the card that the run named
  std::vector<std::string> notes{};           // options that no entry holds
};

// A status is claimed only for the architecture that the model ran on; everything else waits, and says what is known.
ConfigEntry config_entry(const HandOver& run);

// The text of a configuration with the entry in it. Where the test has an entry, the result on the run's architecture
// is added to what that says; a usage error where it says something else, or there is no result.
Result<std::string> configured(std::string_view text, const ConfigEntry& config);

// The entry as a configuration of its own, and the test of the operator.
Result<Emitted> tt_xla(const HandOver& run);

}  // namespace adapt::emit::forms
