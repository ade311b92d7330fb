#include "patterns/constraint.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "patterns/is_tensor.h"
#include "patterns/made_by.h"
#include "patterns/number_of.h"
#include "patterns/oracle.h"
#include "patterns/read_by.h"
#include "patterns/syntax.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

using What = Constraint::What;

struct ConstraintWord {
  std::string_view word;
  What what;
};
constexpr ConstraintWord kConstraintWords[] = {{"simple", What::simple},
                                               {"pure", What::pure},
                                               {"text", What::text},
                                               {"in", What::in},
                                               {"kind", What::kind},
                                               {"imported", What::imported},
                                               {"made-by", What::made_by},
                                               {"read-by", What::read_by},
                                               {"number", What::number},
                                               {"dtype", What::dtype},
                                               {"tensor", What::tensor},
                                               {"rank", What::rank},
                                               {"static-shape", What::static_shape},
                                               {"unaliased", What::unaliased},
                                               {"parameter", What::parameter},
                                               {"no-grad-needed", What::no_grad_needed}};

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

// What stands behind '='; `how` says what to write.
Result<std::string_view> take_value(std::string_view& text, std::string_view how) {
  if (!text.starts_with('=')) return fail(ErrorKind::parse, "write '{}'", how);
  text = trim(text.substr(1));
  return take_word(text);
}

bool may_be_unknown(What what) { return what == What::dtype || what == What::tensor || needs_a_run(what); }

Result<What> what_of(std::string_view word) {
  std::vector<std::string> known = {"known", "not"};
  for (const auto& [name, what] : kConstraintWords) {
    if (name == word) return what;
    known.emplace_back(name);
  }
  return fail(ErrorKind::parse, "unknown constraint '{}'{}", word, did_you_mean(word, known));
}

Result<std::int64_t> rank_in(std::string_view word) {
  std::int64_t rank = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), rank);
  if (code != std::errc{} || end != word.data() + word.size() || rank < 0)
    return fail(ErrorKind::parse, "'{}' is not a rank; write 'rank=2'", word);
  return rank;
}

Result<Constraint> take_constraint(std::string_view& text) {
  Constraint constraint;
  std::string_view word = take_word(text);
  if (word == "not") {
    constraint.negated = true;
    word = take_word(text);
  }
  if (word == "known") {
    constraint.known = true;
    word = take_word(text);
  }
  ADAPT_TRY(constraint.what, what_of(word));
  if (constraint.known && !may_be_unknown(constraint.what))
    return fail(ErrorKind::parse, "'known' is said of what a run may tell, as in 'known dtype=bool', not of '{}'",
                word);
  switch (constraint.what) {
    case What::dtype: {
      ADAPT_TRY(const std::string_view value, take_value(text, "dtype=bool', int, float or 'complex"));
      ADAPT_TRY(constraint.dtype, parse_dtype_class(value));
      break;
    }
    case What::rank: {
      ADAPT_TRY(const std::string_view value, take_value(text, "rank=2"));
      ADAPT_TRY(constraint.rank, rank_in(value));
      break;
    }
    case What::in:
    case What::made_by:
    case What::read_by: {
      ADAPT_TRY(constraint.values, take_set(text));
      break;
    }
    case What::number: {
      ADAPT_TRY_VOID(take_bound(text, constraint));
      break;
    }
    case What::kind: {
      ADAPT_TRY(const std::string_view value, take_value(text, "kind = a|b"));
      for (const std::string_view kind : split(value, '|')) constraint.values.emplace_back(trim(kind));
      for (const std::string& kind : constraint.values)
        if (!is_expression_kind(kind))
          return fail(ErrorKind::parse, "unknown kind of code '{}'{}", kind,
                      did_you_mean(kind, expression_kind_names()));
      break;
    }
    case What::text: {
      if (!text.starts_with('~')) return fail(ErrorKind::parse, "write 'text ~ EXPRESSION'");
      text = trim(text.substr(1));
      const std::size_t end = std::min(text.find(" ;"), text.size());
      ADAPT_TRY(constraint.regex, Regex::compile(trim(text.substr(0, end))));
      text = text.substr(end);
      break;
    }
    default: break;
  }
  return constraint;
}

// Nothing when neither the code nor the run says.
std::optional<bool> answer(const Constraint& constraint, const TermTree& tree, TermId id, const Facts* facts) {
  const Term& term = tree.at(id);
  switch (constraint.what) {
    case What::imported: return !term.name.empty();
    case What::simple: return is_chain(tree, id);
    case What::pure: return !has_call(tree, id);
    case What::text: return constraint.regex.found_in(term.node.text());
    case What::in:
      return std::any_of(constraint.values.begin(), constraint.values.end(), [&](const std::string& value) {
        return term.node.text() == value || (!term.name.empty() && term.name == value);
      });
    case What::kind:
      return std::find(constraint.values.begin(), constraint.values.end(), term.kind) != constraint.values.end();
    case What::made_by: {
      const std::set<std::string> makers = makers_of(tree, id);
      return !makers.empty() && std::ranges::all_of(makers, [&](const std::string& maker) {
        return std::ranges::find(constraint.values, maker) != constraint.values.end();
      });
    }
    case What::read_by: {
      const std::set<std::string> readers = readers_of(tree, id);
      return std::ranges::any_of(constraint.values, [&](const std::string& name) { return readers.contains(name); });
    }
    case What::number: {
      const auto value = number_of(tree, id);
      return value && (constraint.at_most ? *value <= constraint.bound : *value >= constraint.bound);
    }
    case What::tensor: return is_tensor(tree, id, facts);
    case What::dtype: return has_dtype(tree, id, facts, constraint.dtype);
    case What::rank: return has_rank(tree, id, facts, constraint.rank);
    case What::static_shape: return has_static_shape(tree, id, facts);
    case What::unaliased: return is_unaliased(tree, id, facts);
    case What::parameter: return is_parameter(tree, id, facts);
    case What::no_grad_needed: return needs_no_gradient(tree, id, facts);
  }
  return std::nullopt;
}

}  // namespace

bool needs_a_run(What what) {
  return what == What::rank || what == What::static_shape || what == What::unaliased || what == What::parameter ||
         what == What::no_grad_needed;
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

bool Constraint::holds(const TermTree& tree, TermId id, const Oracle& oracle) const {
  if (const auto found = answer(*this, tree, id, oracle.facts)) return *found != negated;
  return oracle.unknown(tree, id) || !known;
}

}  // namespace adapt::patterns
