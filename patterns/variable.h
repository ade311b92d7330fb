// A metavariable of a pattern: what kind of code it stands for and what that code must be like.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/computation.h"
#include "patterns/dtype_of.h"
#include "patterns/regex.h"
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

struct Constraint {
  enum class What : std::uint8_t { simple, pure, text, in, kind, imported, dtype, tensor, made_by, number };
  What what = What::simple;
  bool negated = false;
  Regex regex;                      // text
  std::vector<std::string> values;  // in, kind, made-by
  double bound = 0;                 // number
  bool at_most = false;             // number: `<=`, else `>=`
  DtypeClass dtype{};
  bool known = false;  // dtype, tensor: what is not known does not do

  bool holds(const TermTree& tree, TermId term) const;
};

struct Variable {
  std::string name;
  VariableKind kind = VariableKind::expr;
  std::vector<Constraint> constraints;
  std::optional<Computation> computed;  // then it stands in new code only

  bool is_sequence() const { return kind == VariableKind::args || kind == VariableKind::stmts; }
  // Whether it may stand for this one term. Constraints of a sequence are asked of each of its terms.
  bool accepts(const TermTree& tree, TermId term) const;
};

// "expr simple; not text ~ ^self" after the colon of a [vars] line. Constraints are parted by blanks or ';'; the
// expression after `text ~` ends at " ;" or at the end of the line. "name = drop-suffix($F, _)" is computed.
Result<Variable> parse_variable(std::string_view name, std::string_view declaration);
Result<std::vector<Constraint>> parse_constraints(std::string_view text);

// Whether the term is an expression (not a statement, clause, argument or operator token).
bool is_expression(const Term& term);
bool is_statement(const Term& term);

}  // namespace adapt::patterns
