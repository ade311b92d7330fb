// The sanity test of one operator that tt-xla takes: what a pattern replaces, alone, on the inputs of its check.
#pragma once

#include "agent/emit/forms/form.h"
#include "agent/emit/hand_over.h"
#include "tools/base/result.h"

namespace adapt::emit::forms {

// tests/torch/ops/test_<op>.py; no file, and a note, where the failure names no operator or no pattern has a check.
Result<Emitted> op_test(const HandOver& run);

}  // namespace adapt::emit::forms
