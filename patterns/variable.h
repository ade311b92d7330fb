// A metavariable of a pattern: what kind of code it stands for and what that code must be like.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/computation.h"
#include "patterns/constraint.h"
#include "patterns/syntax.h"
#include "patterns/term.h"

namespace adapt::patterns {

enum class VariableKind : std::uint8_t {
  expr,
  name,   // one identifier
  args,   // any number of arguments, elements or parameters
  stmt,   // one statement
  stmts,  // any number of statements
  integer,
  string,
  op,  // an operator out of a set
};

Result<VariableKind> variable_kind(std::string_view word);

struct Variable {
  std::string name;
  VariableKind kind = VariableKind::expr;
  std::vector<Constraint> constraints;
  std::optional<Computation> computed;  // then it stands in new code only

  bool is_sequence() const { return kind == VariableKind::args || kind == VariableKind::stmts; }
  // Whether it may stand for this one term. Constraints of a sequence are asked of each of its terms.
  bool accepts(const TermTree& tree, TermId term, const Oracle& oracle = {}) const;
};

// "expr simple; not text ~ ^self": what stands after the colon of a [vars] line. "name = drop-suffix($F, _)" is
// computed.
Result<Variable> parse_variable(std::string_view name, std::string_view declaration);

}  // namespace adapt::patterns
