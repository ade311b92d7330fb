// What tt-xla takes of a model that tt-forge-models loads: the entry of its test, and a sanity test of the operator.
#pragma once

#include "agent/emit/forms/form.h"
#include "agent/emit/hand_over.h"
#include "agent/forge/test_config.h"
#include "tools/base/result.h"

namespace adapt::emit::forms {

struct ConfigEntry {
  std::string file;  // of the configuration, from the root of tt-xla
  forge::TestEntry entry;
};

// A status is claimed only for what ran on the hardware; everything else waits for it, and says what is known.
ConfigEntry config_entry(const HandOver& run);

// The entry as a configuration of its own, and the test of the operator.
Result<Emitted> tt_xla(const HandOver& run);

}  // namespace adapt::emit::forms
