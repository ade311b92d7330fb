// Plain tests that need no device: the stand-alone test of the adapted model, and one for each pattern that repaired
// it.
#pragma once

#include "agent/emit/forms/form.h"
#include "agent/emit/hand_over.h"
#include "tools/base/result.h"

namespace adapt::emit::forms {

// A usage error for a run that repaired nothing: there is nothing to show.
Result<Emitted> adapted_pytest(const HandOver& run);

}  // namespace adapt::emit::forms
