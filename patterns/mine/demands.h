// What functions of torch ask of their arguments: a rule whose new code gives a variable to one of them holds only
// where the variable stands for such a value.
#pragma once

#include "patterns/mine/rule.h"

namespace adapt::patterns::mine {

enum class Certainty : std::uint8_t {
  known,     // the code says that the value is of that sort
  possible,  // the code says nothing else
};

// Adds the constraints. False when the new code asks for nothing that the old code did not ask for.
bool add_demands(Rule& rule, Certainty certainty);

}  // namespace adapt::patterns::mine
