// What code must be like for a metavariable to stand for it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/dtype_of.h"
#include "patterns/facts.h"
#include "patterns/regex.h"
#include "patterns/term.h"

namespace adapt::patterns {

struct Constraint {
  enum class What : std::uint8_t {
    // The code itself tells.
    simple,
    pure,
    text,
    in,
    kind,
    imported,
    made_by,
    read_by,
    number,
    // The code may tell, or a run.
    dtype,
    tensor,
    rank,
    static_shape,
    unaliased,
    parameter,
    no_grad_needed,
  };
  What what = What::simple;
  bool negated = false;
  Regex regex;                      // text
  std::vector<std::string> values;  // in, kind, made-by, read-by
  double bound = 0;                 // number
  bool at_most = false;             // number: `<=`, else `>=`
  DtypeClass dtype{};
  std::int64_t rank = 0;
  bool known = false;  // what is not known does not do

  bool holds(const TermTree& tree, TermId term, const Oracle& oracle = {}) const;
};

// Whether only a run can tell, as a rule: such a constraint stands in patterns whose checks run.
bool needs_a_run(Constraint::What what);

// Parted by blanks or ';'; the expression after `text ~` ends at " ;" or at the end of the line.
Result<std::vector<Constraint>> parse_constraints(std::string_view text);

}  // namespace adapt::patterns
