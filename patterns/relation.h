// A condition on what two metavariables stand for: `@where same-shape($V, $X)`.
#pragma once

#include <string_view>
#include <vector>

#include "patterns/facts.h"
#include "patterns/match.h"
#include "patterns/variable.h"

namespace adapt::patterns {

struct Relation {
  enum class What : std::uint8_t { same_shape, same_dtype };
  What what = What::same_shape;
  bool negated = false;
  bool known = false;         // what is not known does not do
  int left = -1, right = -1;  // variables

  bool holds(const Captures& captures, const Oracle& oracle) const;
};

// Whether the text behind `@where` speaks of two variables: it has the form NAME(...).
bool is_relation(std::string_view text);
Result<Relation> parse_relation(std::string_view text, const std::vector<Variable>& variables);

}  // namespace adapt::patterns
