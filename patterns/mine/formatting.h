// Formatted strings that became f-strings: the new code is computed from the old, so one example says all.
#pragma once

#include <optional>

#include "patterns/mine/rule.h"

namespace adapt::patterns::mine {

// Nothing when the fragment is anything else.
std::optional<Rule> formatting_rule(const Example& example, const Fragment& fragment);

}  // namespace adapt::patterns::mine
