#include "patterns/variable.h"

#include <algorithm>

#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

struct KindName {
  std::string_view word;
  VariableKind kind;
};
constexpr KindName kKinds[] = {{"expr", VariableKind::expr},    {"name", VariableKind::name},
                               {"args*", VariableKind::args},   {"stmt", VariableKind::stmt},
                               {"stmts*", VariableKind::stmts}, {"int", VariableKind::integer},
                               {"str", VariableKind::string},   {"op", VariableKind::op}};

}  // namespace

Result<VariableKind> variable_kind(std::string_view word) {
  std::vector<std::string> known;
  for (const auto& [name, kind] : kKinds) {
    if (name == word) return kind;
    known.emplace_back(name);
  }
  return fail(ErrorKind::parse, "unknown kind of variable '{}'{}", word, did_you_mean(word, known));
}

Result<Variable> parse_variable(std::string_view name, std::string_view declaration) {
  Variable variable;
  variable.name = std::string(name);
  declaration = trim(declaration);
  const std::size_t end = std::min(declaration.find_first_of(" \t;{~="), declaration.size());
  ADAPT_TRY(variable.kind, variable_kind(declaration.substr(0, end)));
  declaration = trim(declaration.substr(end));
  if (declaration.starts_with('=')) {
    ADAPT_TRY(variable.computed, parse_computation(declaration.substr(1)));
    return variable;
  }
  ADAPT_TRY(variable.constraints, parse_constraints(declaration));
  if (variable.kind == VariableKind::op &&
      (variable.constraints.size() != 1 || variable.constraints[0].what != Constraint::What::in ||
       variable.constraints[0].negated))
    return fail(ErrorKind::parse, "an operator variable needs its set: 'op in {{<, <=}}'");
  return variable;
}

bool Variable::accepts(const TermTree& tree, TermId id, const Oracle& oracle) const {
  const Term& term = tree.at(id);
  const auto fits = [&] {
    switch (kind) {
      case VariableKind::expr: return is_expression(term);
      case VariableKind::name: return term.kind == "identifier" || term.kind == "label";
      case VariableKind::stmt: return is_statement(term);
      case VariableKind::stmts: return term.kind != "else_clause" && term.kind != "elif_clause";
      case VariableKind::args: return true;
      case VariableKind::integer:
        return term.kind == "integer" || (term.kind == "unary_operator" && tree.children(id).size() == 2 &&
                                          tree.at(tree.children(id)[1]).kind == "integer");
      case VariableKind::string: return term.kind == "string";
      case VariableKind::op: return true;
    }
    return false;
  };
  if (!fits()) return false;
  // A constraint on an argument is one on its value.
  const TermId value = term.kind == "argument" && term.count == 1 ? tree.children(id).front() : id;
  return std::all_of(constraints.begin(), constraints.end(),
                     [&](const Constraint& c) { return c.holds(tree, value, oracle); });
}

}  // namespace adapt::patterns
