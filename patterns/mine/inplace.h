// torch's methods that work in place end in "_": where one became the plain one, one example speaks for all of them.
#pragma once

#include <optional>

#include "patterns/mine/rule.h"

namespace adapt::patterns::mine {

// The rule for any such method. Nothing when the rule is about anything else.
std::optional<Rule> any_inplace_method(const Rule& rule);

}  // namespace adapt::patterns::mine
