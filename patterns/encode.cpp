// Metavariables in pattern text, and text to terms.
#include <algorithm>
#include <cctype>

#include "patterns/pattern_term.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

constexpr std::string_view kPrefix = "_mv_";
constexpr std::string_view kAnonymousName = "_mv__";
constexpr std::string_view kAnonymousSequenceName = "_mvs__";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Where the parser gave up, said with the line of the snippet.
std::string first_error(const pyast::Document& document) {
  pyast::Node at = document.root();
  bool deeper = true;
  while (deeper) {
    deeper = false;
    for (const pyast::Node child : at.children())
      if (child.has_error()) {
        at = child;
        deeper = true;
        break;
      }
  }
  return std::string(trim(document.line_text(document.position(at.span().begin).line)));
}

}  // namespace

Result<Encoded> encode(std::string_view text, std::vector<Variable>& variables) {
  Encoded out;
  if (text.find(kPrefix) != std::string_view::npos || text.find(kAnonymousSequenceName) != std::string_view::npos)
    return fail(ErrorKind::parse, "names that begin with '{}' are reserved for metavariables", kPrefix);
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      out.text += text[i++];
      continue;
    }
    const bool sequence = text.substr(i).starts_with("$$");
    std::size_t begin = i + (sequence ? 2 : 1);
    std::size_t end = begin;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string name(text.substr(begin, end - begin));
    if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0)
      return fail(ErrorKind::parse, "'$' must be followed by a name in '{}'", text.substr(i, 20));
    i = end;
    if (name == "_") {
      out.text += sequence ? kAnonymousSequenceName : kAnonymousName;
      continue;
    }
    auto found = std::find_if(variables.begin(), variables.end(), [&](const Variable& v) { return v.name == name; });
    if (found == variables.end()) {
      Variable variable;
      variable.name = name;
      variable.kind = sequence ? VariableKind::stmts : VariableKind::expr;
      variables.push_back(std::move(variable));
      found = std::prev(variables.end());
    }
    if (sequence && !found->is_sequence())
      return fail(ErrorKind::parse, "$${} is written as a sequence but declared as one term", name);
    if (found->kind == VariableKind::op) {
      out.operators.emplace(static_cast<std::uint32_t>(out.text.size()), static_cast<int>(found - variables.begin()));
      out.text += found->constraints.front().values.front();
      continue;
    }
    out.text.append(kPrefix).append(name);
  }
  return out;
}

int variable_of(std::string_view identifier, const std::vector<Variable>& variables) {
  if (identifier == kAnonymousName) return kAnonymous;
  if (identifier == kAnonymousSequenceName) return kAnonymousSequence;
  if (!identifier.starts_with(kPrefix)) return kNotVariable;
  const std::string_view name = identifier.substr(kPrefix.size());
  for (std::size_t i = 0; i < variables.size(); ++i)
    if (variables[i].name == name) return static_cast<int>(i);
  return kNotVariable;
}

Result<Code> parse_code(std::string_view text, std::vector<Variable>& variables, const Isomorphisms& isomorphisms) {
  Code code;
  code.written = std::string(text);
  ADAPT_TRY(code.encoded, encode(text, variables));
  ADAPT_TRY(code.document, pyast::Document::parse(code.encoded.text));
  if (code.document->error_count() > 0) {
    const std::string near = replace_all(first_error(*code.document), std::string(kPrefix), "$");
    return fail(ErrorKind::parse, "this is not Python: '{}'", near);
  }
  TermTree::Options options;
  options.is_sequence = [&variables](std::string_view word) {
    const int variable = variable_of(word, variables);
    return variable == kAnonymousSequence ||
           (variable >= 0 && variables[static_cast<std::size_t>(variable)].is_sequence());
  };
  options.is_hole = [&variables](std::string_view word) { return variable_of(word, variables) != kNotVariable; };
  code.terms = std::make_shared<const TermTree>(*code.document, isomorphisms, options);
  return code;
}

}  // namespace adapt::patterns
