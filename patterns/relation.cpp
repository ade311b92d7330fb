#include "patterns/relation.h"

#include <algorithm>

#include "patterns/oracle.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

struct RelationWord {
  std::string_view word;
  Relation::What what;
};
constexpr RelationWord kRelationWords[] = {{"same-shape", Relation::What::same_shape},
                                           {"same-dtype", Relation::What::same_dtype}};

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text = trim(text.substr(prefix.size()));
  return true;
}

Result<int> variable_named(std::string_view text, const std::vector<Variable>& variables) {
  const std::string_view name = text.starts_with('$') ? text.substr(1) : text;
  std::vector<std::string> known;
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (variables[i].name == name && !variables[i].is_sequence()) return static_cast<int>(i);
    known.push_back(variables[i].name);
  }
  return fail(ErrorKind::parse, "'{}' is no single variable of the pattern{}", text, did_you_mean(name, known));
}

// The value of what was captured, where it is code of one place in this tree.
TermId captured(const Captures& captures, int variable) {
  const auto& capture = captures[static_cast<std::size_t>(variable)];
  if (!capture || capture->terms.size() != 1) return kNoTerm;
  const TermId id = capture->terms.front();
  const Term& term = capture->tree->at(id);
  return term.kind == "argument" && term.count == 1 ? capture->tree->children(id).front() : id;
}

}  // namespace

bool is_relation(std::string_view text) {
  text = trim(text);
  take_prefix(text, "not ");
  take_prefix(text, "known ");
  const std::size_t end = std::min(text.find_first_of(" ("), text.size());
  return trim(text.substr(end)).starts_with('(');
}

Result<Relation> parse_relation(std::string_view text, const std::vector<Variable>& variables) {
  Relation relation;
  text = trim(text);
  relation.negated = take_prefix(text, "not ");
  relation.known = take_prefix(text, "known ");
  const std::size_t open = text.find('(');
  const std::string_view word = trim(text.substr(0, open));
  const auto row = std::find_if(std::begin(kRelationWords), std::end(kRelationWords),
                                [&](const RelationWord& w) { return w.word == word; });
  if (row == std::end(kRelationWords))
    return fail(ErrorKind::parse, "unknown relation '{}'{}", word,
                did_you_mean(word, {std::string(kRelationWords[0].word), std::string(kRelationWords[1].word)}));
  relation.what = row->what;
  const std::vector<std::string_view> names =
      text.ends_with(')') ? split(text.substr(open + 1, text.size() - open - 2), ',') : std::vector<std::string_view>{};
  if (names.size() != 2) return fail(ErrorKind::parse, "expected '{}($A, $B)', got '{}'", word, text);
  ADAPT_TRY(relation.left, variable_named(trim(names[0]), variables));
  ADAPT_TRY(relation.right, variable_named(trim(names[1]), variables));
  return relation;
}

bool Relation::holds(const Captures& captures, const Oracle& oracle) const {
  const TermId a = captured(captures, left), b = captured(captures, right);
  if (a == kNoTerm || b == kNoTerm) return !known;
  const TermTree& tree = *captures[static_cast<std::size_t>(left)]->tree;
  if (captures[static_cast<std::size_t>(right)]->tree != &tree) return !known;  // another file: other facts
  const auto answer =
      what == What::same_shape ? have_same_shape(tree, a, b, oracle.facts) : have_same_dtype(tree, a, b, oracle.facts);
  if (answer) return *answer != negated;
  const bool survey = oracle.unknown(tree, a);
  return oracle.unknown(tree, b) || survey || !known;
}

}  // namespace adapt::patterns
