// Which kinds of code there are, as patterns see them.
#pragma once

#include <string>
#include <vector>

#include "patterns/term.h"

namespace adapt::patterns {

// Whether the term is an expression (not a statement, clause, argument or operator token).
bool is_expression(const Term& term);
bool is_statement(const Term& term);
bool is_expression_kind(std::string_view kind);
std::vector<std::string> expression_kind_names();

// A name, or attributes of one: `self.config.size`.
bool is_chain(const TermTree& tree, TermId id);
bool has_call(const TermTree& tree, TermId id);

}  // namespace adapt::patterns
