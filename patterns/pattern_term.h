// The left side of an edit, ready to be matched: terms with variables, wildcards and alternatives.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/index/words.h"
#include "patterns/term.h"
#include "patterns/variable.h"

namespace adapt::patterns {

struct PatternTerm {
  enum class Role : std::uint8_t {
    node,      // this kind, text or name, and children
    variable,  // one term that the variable accepts
    sequence,  // any number of siblings
    any_of,    // one of the children: spellings that mean the same
  };
  Role role = Role::node;
  std::string kind, text, name;
  int variable = -1;  // index into the variables; -1: anonymous
  std::vector<PatternTerm> children;
  pyast::Span span;  // in the text it was written in; empty for terms made from the table
  int id = 0;        // 0..count-1 in one pattern

  bool operator==(const PatternTerm& other) const {  // as code: places do not count
    return role == other.role && kind == other.kind && text == other.text && name == other.name &&
           variable == other.variable && children == other.children;
  }
};

// Source with metavariables as legal Python: "$X" becomes an identifier, an operator variable one of its operators.
struct Encoded {
  std::string text;
  std::map<std::uint32_t, int> operators;  // offset of an operator -> variable
};

// Undeclared metavariables are added to `variables`: "$X" as expr, "$$X" as stmts*. `$_` and `$$_` are anonymous.
Result<Encoded> encode(std::string_view text, std::vector<Variable>& variables);

// The variable that an identifier stands for in encoded text: its index, kAnonymous..., or kNotVariable.
inline constexpr int kNotVariable = -3;
inline constexpr int kAnonymousSequence = -2;
inline constexpr int kAnonymous = -1;
int variable_of(std::string_view identifier, const std::vector<Variable>& variables);

// One parsed side of an edit.
struct Code {
  std::string written;  // as in the pattern file
  Encoded encoded;
  std::shared_ptr<const pyast::Document> document;
  std::shared_ptr<const TermTree> terms;
};
// Fails on text that is not Python.
Result<Code> parse_code(std::string_view text, std::vector<Variable>& variables, const Isomorphisms& isomorphisms);

// A word that the pattern cannot do without, and its depth below the root.
struct Anchor {
  std::string word;
  std::uint32_t depth = 0;
};

struct Compiled {
  std::vector<PatternTerm> roots;  // one expression, or consecutive statements
  bool is_expression = false;
  int term_count = 0;
  std::set<int> repeated;  // variables that occur more than once
  // Words that a file must hold, and the same again for whoever has their hashes.
  std::vector<index::WordClause> clauses;
  index::WordFilter filter;
  // Of each clause, one word stands exactly so deep below what the first root matches.
  std::vector<std::vector<Anchor>> anchors;
};
// `as_statements` keeps a lone expression a statement. Fails on patterns that would match everything.
Result<Compiled> compile(const Code& code, const std::vector<Variable>& variables, const Isomorphisms& isomorphisms,
                         bool as_statements);

// One expression of the table's [equal] section.
Result<PatternTerm> compile_member(std::string_view text, const Isomorphisms& isomorphisms);

}  // namespace adapt::patterns
