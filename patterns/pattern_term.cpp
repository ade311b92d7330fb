#include "patterns/pattern_term.h"

#include <algorithm>
#include <functional>
#include <optional>

#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

using Role = PatternTerm::Role;

// Terms of parsed pattern code to pattern terms.
class Builder {
 public:
  Builder(const Code& code, const std::vector<Variable>& variables) : code_(code), variables_(variables) {}

  Result<PatternTerm> build(TermId id) const {
    const TermTree& tree = *code_.terms;
    const Term& term = tree.at(id);
    PatternTerm out;
    out.kind = std::string(term.kind);
    out.text = std::string(term.text);
    out.name = std::string(term.name);
    out.span = term.span();
    if (const auto found = code_.encoded.operators.find(term.span().begin);
        found != code_.encoded.operators.end() && term.count == 0 && !term.node.is_named()) {
      out.role = Role::variable;
      out.variable = found->second;
      return out;
    }
    if (const int variable = wrapped_variable(id); variable != kNotVariable)
      return as_variable(std::move(out), variable);
    if (term.kind == "identifier" || term.kind == "label")
      if (const int variable = variable_of(term.text, variables_); variable != kNotVariable)
        return as_variable(std::move(out), variable);
    if (term.kind == "argument" && variable_of(term.text, variables_) != kNotVariable)
      return fail(ErrorKind::parse, "the name of a keyword argument cannot be a metavariable; use an args* variable");
    if (term.kind == "string" && contains(term.text, "_mv_"))
      return fail(ErrorKind::parse,
                  "a metavariable inside a string stands for nothing; use a str variable for the whole string");
    for (const TermId child : tree.children(id)) {
      ADAPT_TRY(out.children.emplace_back(), build(child));
    }
    return out;
  }

 private:
  // `$X` alone as an argument or statement: the wrapper belongs to the variable when that stands for such things.
  int wrapped_variable(TermId id) const {
    const TermTree& tree = *code_.terms;
    const Term& term = tree.at(id);
    const bool argument = term.kind == "argument" && term.positional;
    const bool statement = term.kind == "expression_statement";
    if ((!argument && !statement) || term.count != 1) return kNotVariable;
    const Term& child = tree.at(tree.children(id).front());
    if (child.kind != "identifier") return kNotVariable;
    const int variable = variable_of(child.text, variables_);
    if (variable == kAnonymousSequence) return variable;
    if (variable < 0) return kNotVariable;
    const VariableKind kind = variables_[static_cast<std::size_t>(variable)].kind;
    const bool belongs =
        argument ? kind == VariableKind::args : kind == VariableKind::stmts || kind == VariableKind::stmt;
    return belongs ? variable : kNotVariable;
  }

  Result<PatternTerm> as_variable(PatternTerm term, int variable) const {
    term.text.clear();
    term.name.clear();
    term.role = Role::variable;
    if (variable == kAnonymousSequence) {
      term.role = Role::sequence;
      variable = -1;
    } else if (variable >= 0 && variables_[static_cast<std::size_t>(variable)].is_sequence()) {
      term.role = Role::sequence;
    }
    term.variable = std::max(variable, -1);
    return term;
  }

  const Code& code_;
  const std::vector<Variable>& variables_;
};

PatternTerm node(std::string_view kind, std::vector<PatternTerm> children, std::string_view text = {}) {
  PatternTerm out;
  out.kind = std::string(kind);
  out.text = std::string(text);
  out.children = std::move(children);
  return out;
}

PatternTerm named(std::string_view dotted) {
  PatternTerm out = node("attribute", {});
  out.name = std::string(dotted);
  return out;
}

// Adds the other ways to write a term, from the inside out.
class Expander {
 public:
  explicit Expander(const Isomorphisms& isomorphisms) : isomorphisms_(isomorphisms) {}

  void expand(PatternTerm& term) const {
    for (PatternTerm& child : term.children) expand(child);
    if (term.role != Role::node) return;
    std::vector<PatternTerm> spellings = {term};
    for (const auto& members : isomorphisms_.equal()) add_equal(members, term, spellings);
    for (std::size_t i = 0, count = spellings.size(); i < count; ++i)
      if (auto other = other_call_form(spellings[i])) spellings.push_back(std::move(*other));
    if (spellings.size() == 1) return;
    PatternTerm choice;
    choice.role = Role::any_of;
    choice.span = term.span;
    choice.children = std::move(spellings);
    term = std::move(choice);
  }

 private:
  using Bindings = std::map<int, PatternTerm>;

  static bool unify(const PatternTerm& general, const PatternTerm& special, Bindings& bindings) {
    if (general.role == Role::variable) {
      if (special.role == Role::sequence || special.kind == "argument") return false;
      const auto [found, fresh] = bindings.try_emplace(general.variable, special);
      return fresh || found->second == special;
    }
    if (special.role == Role::any_of) return unify(general, special.children.front(), bindings);
    if (special.role != Role::node) return false;
    if (!general.name.empty() || !special.name.empty()) return general.name == special.name;
    if (general.kind != special.kind || general.text != special.text ||
        general.children.size() != special.children.size())
      return false;
    for (std::size_t i = 0; i < general.children.size(); ++i)
      if (!unify(general.children[i], special.children[i], bindings)) return false;
    return true;
  }

  static PatternTerm instantiate(const PatternTerm& general, const Bindings& bindings) {
    if (general.role == Role::variable) {
      const auto found = bindings.find(general.variable);
      return found == bindings.end() ? general : found->second;
    }
    PatternTerm out = general;
    out.span = {};
    for (PatternTerm& child : out.children) child = instantiate(child, bindings);
    return out;
  }

  static void add_equal(const std::vector<PatternTerm>& members, const PatternTerm& term,
                        std::vector<PatternTerm>& into) {
    for (std::size_t i = 0; i < members.size(); ++i) {
      Bindings bindings;
      if (!unify(members[i], term, bindings)) continue;
      for (std::size_t k = 0; k < members.size(); ++k)
        if (k != i) into.push_back(instantiate(members[k], bindings));
      return;
    }
  }

  // x.f(a) <-> torch.f(x, a)
  std::optional<PatternTerm> other_call_form(const PatternTerm& term) const {
    if (term.role != Role::node || term.kind != "call" || term.children.empty()) return std::nullopt;
    PatternTerm callee = term.children.front();
    if (callee.role == Role::any_of) callee = callee.children.front();
    if (callee.role != Role::node) return std::nullopt;
    if (callee.name.empty()) {
      if (callee.kind != "attribute" || callee.children.size() < 2) return std::nullopt;
      const PatternTerm& method = callee.children.back();
      const std::string* function = method.role == Role::node ? isomorphisms_.function_of_method(method.text) : nullptr;
      if (function == nullptr) return std::nullopt;
      const Parameters& parameters = *isomorphisms_.function(*function);
      std::vector<PatternTerm> children = {named(*function),
                                           node("argument", {callee.children.front()}, parameters.front())};
      children.insert(children.end(), term.children.begin() + 1, term.children.end());
      return node("call", std::move(children));
    }
    if (!isomorphisms_.has_method_form(callee.name)) return std::nullopt;
    const Parameters& parameters = *isomorphisms_.function(callee.name);
    const auto receiver =
        std::find_if(term.children.begin() + 1, term.children.end(), [&](const PatternTerm& argument) {
          return argument.role == Role::node && argument.kind == "argument" && argument.text == parameters.front();
        });
    if (receiver == term.children.end()) return std::nullopt;
    const std::string method = callee.name.substr(callee.name.rfind('.') + 1);
    std::vector<PatternTerm> children = {
        node("attribute", {receiver->children.front(), node(".", {}, "."), node("label", {}, method)})};
    for (auto argument = term.children.begin() + 1; argument != term.children.end(); ++argument)
      if (argument != receiver) children.push_back(*argument);
    return node("call", std::move(children));
  }

  const Isomorphisms& isomorphisms_;
};

using Clauses = std::vector<index::WordClause>;

std::string last_word(std::string_view dotted) { return std::string(dotted.substr(dotted.rfind('.') + 1)); }

// Where a term stands in what is looked for.
struct Standing {
  bool called = false;         // it is what a call calls
  std::uint32_t brackets = 0;  // that may stand around it

  Standing of_child(const PatternTerm& parent, std::size_t index) const {
    const bool callee = parent.kind == "call" && index == 0;
    if (callee) return {true, brackets};
    if (parent.kind == "attribute") return {called && index + 1 == parent.children.size(), brackets};
    return {false, brackets + (parent.kind == "argument" ? 0 : 1)};  // those of a call are counted with its arguments
  }
};

// Words of the file, wherever they stand: also those in strings, which no file can spell differently.
Clauses clauses_of(const PatternTerm& term, Standing standing, const Isomorphisms& isomorphisms) {
  Clauses out;
  if (term.role == Role::any_of) {
    // One clause of each spelling makes a clause; spellings name their words in much the same order.
    for (std::size_t i = 0; const PatternTerm& spelling : term.children) {
      Clauses inner = clauses_of(spelling, standing, isomorphisms);
      if (i++ == 0) {
        out = std::move(inner);
        continue;
      }
      if (inner.size() < out.size()) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(inner.size()));
      for (std::size_t k = 1; k <= out.size(); ++k) {
        index::WordClause& clause = out[out.size() - k];
        const index::WordClause& other = inner[inner.size() - k];
        clause.words.insert(clause.words.end(), other.words.begin(), other.words.end());
        clause.in_code = clause.in_code && other.in_code;
        clause.called = clause.called && other.called;
        clause.brackets = std::max(clause.brackets, other.brackets);
      }
    }
    return out;
  }
  if (term.role != Role::node) return {};
  const auto [called, brackets] = standing;
  if (!term.name.empty()) return {{isomorphisms.spellings(last_word(term.name)), true, called, brackets}};
  if (term.kind == "identifier") return {{isomorphisms.spellings(term.text), true, called, brackets}};
  if (term.kind == "label") return {{{term.text}, true, called, brackets}};
  if (term.kind == "string") {
    const std::string_view content = std::string_view(term.text).substr(term.text.find(':') + 1);
    index::for_each_word(content, [&](std::size_t begin, std::size_t end, index::WordHash) {
      out.push_back({{std::string(content.substr(begin, end - begin))}, false, false, standing.brackets});
    });
  }
  for (std::size_t i = 0; i < term.children.size(); ++i) {
    Clauses inner = clauses_of(term.children[i], standing.of_child(term, i), isomorphisms);
    out.insert(out.end(), std::make_move_iterator(inner.begin()), std::make_move_iterator(inner.end()));
  }
  return out;
}

using Anchors = std::vector<std::vector<Anchor>>;

// Spellings of one place may differ in shape, so each brings its own depth. Names are normal in the tree already.
Anchors anchors_of(const PatternTerm& term, std::uint32_t depth) {
  Anchors out;
  if (term.role == Role::any_of) {
    for (std::size_t i = 0; const PatternTerm& spelling : term.children) {
      Anchors inner = anchors_of(spelling, depth);
      if (i++ == 0) {
        out = std::move(inner);
        continue;
      }
      if (inner.size() < out.size()) out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(inner.size()));
      for (std::size_t k = 1; k <= out.size(); ++k) {
        const auto& other = inner[inner.size() - k];
        out[out.size() - k].insert(out[out.size() - k].end(), other.begin(), other.end());
      }
    }
    return out;
  }
  if (term.role != Role::node) return {};
  if (!term.name.empty()) return {{{last_word(term.name), depth}}};
  if (term.kind == "identifier" || term.kind == "label") return {{{term.text, depth}}};
  for (const PatternTerm& child : term.children) {
    Anchors inner = anchors_of(child, depth + 1);
    out.insert(out.end(), std::make_move_iterator(inner.begin()), std::make_move_iterator(inner.end()));
  }
  return out;
}

void number(PatternTerm& term, int& next) {
  term.id = next++;
  for (PatternTerm& child : term.children) number(child, next);
}

void count_variables(const PatternTerm& term, std::map<int, int>& counts) {
  if ((term.role == Role::variable || term.role == Role::sequence) && term.variable >= 0) ++counts[term.variable];
  if (term.role == Role::any_of) return count_variables(term.children.front(), counts);
  for (const PatternTerm& child : term.children) count_variables(child, counts);
}

bool says_nothing(const PatternTerm& term) {
  if (term.role == Role::variable || term.role == Role::sequence) return true;
  return term.kind == "expression_statement" && term.children.size() == 1 && says_nothing(term.children.front());
}

}  // namespace

Result<Compiled> compile(const Code& code, const std::vector<Variable>& variables, const Isomorphisms& isomorphisms,
                         bool as_statements) {
  const TermTree& tree = *code.terms;
  std::vector<TermId> roots(tree.children(tree.root()).begin(), tree.children(tree.root()).end());
  if (roots.empty()) return fail(ErrorKind::parse, "there is no code to look for");
  Compiled out;
  if (roots.size() == 1 && tree.at(roots[0]).kind == "expression_statement" && tree.at(roots[0]).count == 1 &&
      !as_statements) {
    const TermId inner = tree.children(roots[0]).front();
    if (is_expression(tree.at(inner))) {
      roots = {inner};
      out.is_expression = true;
    }
  }
  const Builder builder(code, variables);
  const Expander expander(isomorphisms);
  std::map<int, int> counts;
  for (const TermId root : roots) {
    ADAPT_TRY(PatternTerm term, builder.build(root));
    expander.expand(term);
    number(term, out.term_count);
    count_variables(term, counts);
    Clauses inner = clauses_of(term, {}, isomorphisms);
    if (out.roots.empty()) out.anchors = anchors_of(term, 0);
    out.clauses.insert(out.clauses.end(), inner.begin(), inner.end());
    out.roots.push_back(std::move(term));
  }
  out.filter = index::WordFilter(out.clauses);
  for (const auto& [variable, count] : counts)
    if (count > 1) out.repeated.insert(variable);
  if (out.roots.front().role == Role::sequence || out.roots.back().role == Role::sequence)
    return fail(ErrorKind::parse, "a pattern cannot begin or end with a sequence: it would match at every place");
  if (std::all_of(out.roots.begin(), out.roots.end(), says_nothing))
    return fail(ErrorKind::parse, "the pattern is only a metavariable: it would match all code");
  return out;
}

Result<PatternTerm> compile_member(std::string_view text, const Isomorphisms& isomorphisms) {
  // X, Y, Z, I first, so that a letter is the same variable in all members.
  std::vector<Variable> variables;
  for (const char* name : {"X", "Y", "Z", "I"}) {
    ADAPT_TRY(variables.emplace_back(), parse_variable(name, "expr"));
  }
  ADAPT_TRY(const Code code, parse_code(text, variables, isomorphisms));
  if (variables.size() != 4) return fail(ErrorKind::parse, "only $X, $Y, $Z and $I may be used in '{}'", text);
  const TermTree& tree = *code.terms;
  const auto roots = tree.children(tree.root());
  if (roots.size() != 1 || tree.at(roots[0]).kind != "expression_statement" || tree.at(roots[0]).count != 1)
    return fail(ErrorKind::parse, "'{}' is not one expression", text);
  ADAPT_TRY(PatternTerm term, Builder(code, variables).build(tree.children(roots[0]).front()));
  if (says_nothing(term)) return fail(ErrorKind::parse, "'{}' is only a metavariable", text);
  return term;
}

}  // namespace adapt::patterns
