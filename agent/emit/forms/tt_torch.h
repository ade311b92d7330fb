// The model test that tt-torch takes: tests/models/<model>/test_<model>.py, with the adaptation beside it.
#pragma once

#include "agent/emit/forms/form.h"
#include "agent/emit/hand_over.h"
#include "tools/base/result.h"

namespace adapt::emit::forms {

// A usage error where the repair has no such form.
Result<Emitted> tt_torch(const HandOver& run);

}  // namespace adapt::emit::forms
