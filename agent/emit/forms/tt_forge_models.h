// The loader that tt-forge-models takes: <model>/[<task>/]pytorch/, with the adaptation applied inside load_model.
#pragma once

#include "agent/emit/forms/form.h"
#include "agent/emit/hand_over.h"
#include "tools/base/result.h"

namespace adapt::emit::forms {

// A usage error where the repair has no such form.
Result<Emitted> tt_forge_models(const HandOver& run);

}  // namespace adapt::emit::forms
