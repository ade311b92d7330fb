// The unit test of a pattern: what it rewrites and what it writes compute the same on the CPU, over a sweep of inputs.
#pragma once

#include "agent/emit/forms/form.h"
#include "patterns/pattern.h"
#include "tools/base/result.h"

namespace adapt::emit::forms {

// test_<pattern>.py; no file, and a note that says why, for a pattern without a check.
Result<Emitted> pattern_test(const patterns::Pattern& pattern, const std::string& year);

}  // namespace adapt::emit::forms
