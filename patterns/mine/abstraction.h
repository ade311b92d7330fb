// One fragment to a rule: which of its code becomes variables when there is nothing to compare it with.
#pragma once

#include <optional>

#include "patterns/mine/rule.h"

namespace adapt::patterns::mine {

// What becomes a variable, of the code that the old and the new side share.
enum class Abstraction : std::uint8_t {
  literals,  // as subtrees, and numbers and words that are arguments on both sides
  subtrees,  // the largest pieces: the rule is what changed and nothing else
  chains,    // names and attribute chains: calls and operators around them stay
  names,     // single local variables
  at_hand,   // as subtrees, and the tensor whose device the new code asks for is one at hand, not one of the old code
};

// Names of the API, literals, keywords and callees stay. Nothing when the new code needs a local variable that the old
// code does not hold.
std::optional<Rule> abstract(const Example& example, const Fragment& fragment, Abstraction abstraction);

}  // namespace adapt::patterns::mine
