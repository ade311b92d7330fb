#include "patterns/variable.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <unordered_set>

#include "patterns/is_tensor.h"
#include "patterns/made_by.h"
#include "patterns/number_of.h"
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

// The value of a variable may be one of these; everything else in the tree is punctuation or structure.
const std::unordered_set<std::string_view>& expression_kinds() {
  static const std::unordered_set<std::string_view> kinds = {"identifier",
                                                             "attribute",
                                                             "call",
                                                             "subscript",
                                                             "string",
                                                             "concatenated_string",
                                                             "integer",
                                                             "float",
                                                             "true",
                                                             "false",
                                                             "none",
                                                             "ellipsis",
                                                             "list",
                                                             "tuple",
                                                             "dictionary",
                                                             "set",
                                                             "list_comprehension",
                                                             "dictionary_comprehension",
                                                             "set_comprehension",
                                                             "generator_expression",
                                                             "binary_operator",
                                                             "unary_operator",
                                                             "boolean_operator",
                                                             "comparison_operator",
                                                             "not_operator",
                                                             "conditional_expression",
                                                             "lambda",
                                                             "named_expression",
                                                             "await",
                                                             "dotted_name"};
  return kinds;
}

bool is_chain(const TermTree& tree, TermId id) {
  while (tree.at(id).kind == "attribute") {
    const auto children = tree.children(id);
    if (children.empty()) return false;
    id = children.front();
  }
  return tree.at(id).kind == "identifier";
}

bool has_call(const TermTree& tree, TermId id) {
  const std::string_view kind = tree.at(id).kind;
  if (kind == "call" || kind == "await" || kind == "yield" || kind == "named_expression") return true;
  const auto children = tree.children(id);
  return std::any_of(children.begin(), children.end(), [&](TermId child) { return has_call(tree, child); });
}

std::string_view take_word(std::string_view& text) {
  text = trim(text);
  std::size_t end = 0;
  while (end < text.size() && text[end] != ' ' && text[end] != ';' && text[end] != '\t' && text[end] != '{' &&
         text[end] != '~' && text[end] != '=')
    ++end;
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

// "{a, b}" -> a, b. Items may be quoted to hold commas or braces.
Result<std::vector<std::string>> take_set(std::string_view& text) {
  text = trim(text);
  if (!text.starts_with('{')) return fail(ErrorKind::parse, "expected '{{' after 'in', got '{}'", text);
  std::size_t i = 1;
  int depth = 0;
  std::vector<std::string> out;
  std::string item;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '}' && depth == 0) break;
    if (c == '(' || c == '[' || c == '{') ++depth;
    if (c == ')' || c == ']' || c == '}') --depth;
    if (c == ',' && depth == 0) {
      out.emplace_back(trim(item));
      item.clear();
    } else {
      item += c;
    }
  }
  if (i >= text.size()) return fail(ErrorKind::parse, "the set after 'in' is not closed with '}}'");
  if (!trim(item).empty()) out.emplace_back(trim(item));
  if (out.empty()) return fail(ErrorKind::parse, "the set after 'in' is empty");
  text = trim(text.substr(i + 1));
  return out;
}

// "<= -1e4" or ">= 0.5"
Result<void> take_bound(std::string_view& text, Constraint& constraint) {
  text = trim(text);
  constraint.at_most = text.starts_with("<=");
  if (!constraint.at_most && !text.starts_with(">="))
    return fail(ErrorKind::parse, "write 'number <= -1e4' or 'number >= 0.5'");
  text = trim(text.substr(2));
  const std::size_t end = std::min(text.find_first_of(" ;"), text.size());
  const auto [last, error] = std::from_chars(text.data(), text.data() + end, constraint.bound);
  if (error != std::errc{} || last != text.data() + end)
    return fail(ErrorKind::parse, "'{}' is not a number", text.substr(0, end));
  text = trim(text.substr(end));
  return {};
}

Result<Constraint> take_constraint(std::string_view& text) {
  static const std::vector<std::string> words = {"simple", "pure",   "text",  "in",  "kind",    "imported",
                                                 "dtype",  "tensor", "known", "not", "made-by", "number"};
  Constraint constraint;
  std::string_view word = take_word(text);
  if (word == "not") {
    constraint.negated = true;
    word = take_word(text);
  }
  if (word == "known") {
    constraint.known = true;
    word = take_word(text);
    if (word != "dtype" && word != "tensor")
      return fail(ErrorKind::parse, "'known' is said of a dtype or of 'tensor': 'known dtype=bool'");
  }
  if (word == "tensor") {
    constraint.what = Constraint::What::tensor;
  } else if (word == "dtype") {
    constraint.what = Constraint::What::dtype;
    if (!text.starts_with('=')) return fail(ErrorKind::parse, "write 'dtype=bool', int, float or complex");
    text = trim(text.substr(1));
    ADAPT_TRY(constraint.dtype, parse_dtype_class(take_word(text)));
  } else if (word == "made-by") {
    constraint.what = Constraint::What::made_by;
    ADAPT_TRY(constraint.values, take_set(text));
  } else if (word == "number") {
    constraint.what = Constraint::What::number;
    ADAPT_TRY_VOID(take_bound(text, constraint));
  } else if (word == "simple") {
    constraint.what = Constraint::What::simple;
  } else if (word == "imported") {
    constraint.what = Constraint::What::imported;
  } else if (word == "pure") {
    constraint.what = Constraint::What::pure;
  } else if (word == "in") {
    constraint.what = Constraint::What::in;
    ADAPT_TRY(constraint.values, take_set(text));
  } else if (word == "kind") {
    constraint.what = Constraint::What::kind;
    if (!text.starts_with('=')) return fail(ErrorKind::parse, "write 'kind = a|b'");
    text = trim(text.substr(1));
    for (const std::string_view kind : split(take_word(text), '|')) constraint.values.emplace_back(trim(kind));
    for (const std::string& kind : constraint.values)
      if (!expression_kinds().contains(kind)) {
        std::vector<std::string> known(expression_kinds().begin(), expression_kinds().end());
        return fail(ErrorKind::parse, "unknown kind of code '{}'{}", kind, did_you_mean(kind, known));
      }
  } else if (word == "text") {
    constraint.what = Constraint::What::text;
    if (!text.starts_with('~')) return fail(ErrorKind::parse, "write 'text ~ EXPRESSION'");
    text = trim(text.substr(1));
    const std::size_t end = std::min(text.find(" ;"), text.size());
    ADAPT_TRY(constraint.regex, Regex::compile(trim(text.substr(0, end))));
    text = text.substr(end);
  } else {
    return fail(ErrorKind::parse, "unknown constraint '{}'{}", word, did_you_mean(word, words));
  }
  return constraint;
}

}  // namespace

bool is_expression(const Term& term) { return expression_kinds().contains(term.kind); }

bool is_statement(const Term& term) { return term.kind.ends_with("_statement") || term.kind.ends_with("_definition"); }

Result<VariableKind> variable_kind(std::string_view word) {
  std::vector<std::string> known;
  for (const auto& [name, kind] : kKinds) {
    if (name == word) return kind;
    known.emplace_back(name);
  }
  return fail(ErrorKind::parse, "unknown kind of variable '{}'{}", word, did_you_mean(word, known));
}

Result<std::vector<Constraint>> parse_constraints(std::string_view text) {
  std::vector<Constraint> out;
  for (text = trim(text); !text.empty(); text = trim(text)) {
    if (text.front() == ';' || text.front() == ',') {
      text.remove_prefix(1);
      continue;
    }
    ADAPT_TRY(out.emplace_back(), take_constraint(text));
  }
  return out;
}

Result<Variable> parse_variable(std::string_view name, std::string_view declaration) {
  Variable variable;
  variable.name = std::string(name);
  ADAPT_TRY(variable.kind, variable_kind(take_word(declaration)));
  if (trim(declaration).starts_with('=')) {
    ADAPT_TRY(variable.computed, parse_computation(trim(declaration).substr(1)));
    return variable;
  }
  ADAPT_TRY(variable.constraints, parse_constraints(declaration));
  if (variable.kind == VariableKind::op &&
      (variable.constraints.size() != 1 || variable.constraints[0].what != Constraint::What::in ||
       variable.constraints[0].negated))
    return fail(ErrorKind::parse, "an operator variable needs its set: 'op in {{<, <=}}'");
  return variable;
}

bool Constraint::holds(const TermTree& tree, TermId id) const {
  const Term& term = tree.at(id);
  bool result = false;
  switch (what) {
    case What::imported: result = !term.name.empty(); break;
    case What::tensor: {
      const auto found = is_tensor(tree, id);
      if (!found) return !known;
      result = *found;
      break;
    }
    case What::dtype: {
      const auto found = dtype_of(tree, id);
      if (!found) return !known;  // what is not known is neither refused nor, where it must be known, taken
      result = *found == dtype;
      break;
    }
    case What::simple: result = is_chain(tree, id); break;
    case What::pure: result = !has_call(tree, id); break;
    case What::text: result = regex.found_in(term.node.text()); break;
    case What::in:
      result = std::any_of(values.begin(), values.end(), [&](const std::string& value) {
        return term.node.text() == value || (!term.name.empty() && term.name == value);
      });
      break;
    case What::made_by: {
      const std::set<std::string> makers = makers_of(tree, id);
      result = !makers.empty() && std::all_of(makers.begin(), makers.end(), [&](const std::string& maker) {
        return std::find(values.begin(), values.end(), maker) != values.end();
      });
      break;
    }
    case What::number: {
      const auto value = number_of(tree, id);
      result = value && (at_most ? *value <= bound : *value >= bound);
      break;
    }
    case What::kind: result = std::find(values.begin(), values.end(), term.kind) != values.end(); break;
  }
  return result != negated;
}

bool Variable::accepts(const TermTree& tree, TermId id) const {
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
  return std::all_of(constraints.begin(), constraints.end(), [&](const Constraint& c) { return c.holds(tree, value); });
}

}  // namespace adapt::patterns
