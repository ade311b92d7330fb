#include "patterns/scope.h"

#include <algorithm>

#include "patterns/computed.h"
#include "patterns/edit_body.h"
#include "patterns/traced.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

struct KindWord {
  std::string_view word;
  std::string_view kinds;  // of the syntax tree, parted by blanks
};
constexpr KindWord kKindWords[] = {
    {"if", "if_statement"},
    {"for", "for_statement"},
    {"while", "while_statement"},
    {"loop", "for_statement while_statement"},
    {"with", "with_statement"},
    {"try", "try_statement"},
    {"lambda", "lambda"},
    {"comprehension", "list_comprehension set_comprehension dictionary_comprehension generator_expression"},
    {"call", "call"},
    {"assert", "assert_statement"},
    {"return", "return_statement"},
    {"annotation", "type"}};

std::string_view take(std::string_view& text) {
  text = trim(text);
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  return word;
}

Result<ScopeLine> parse_in(std::string_view rest, ScopeLine line) {
  const std::string_view word = take(rest);
  using What = ScopeLine::What;
  if (word == "frame") {
    line.what = What::in_frame;
  } else if (word == "traced") {
    line.what = What::in_traced;
  } else if (word == "def" || word == "class" || word == "module") {
    line.what = word == "def" ? What::in_def : word == "class" ? What::in_class : What::in_module;
    if (rest.empty()) return fail(ErrorKind::parse, "'@in {}' needs a name", word);
    ADAPT_TRY(line.regex, Regex::compile(rest));
    return line;
  } else {
    line.what = What::in_kind;
    std::vector<std::string> known = {"def", "class", "module", "frame", "traced"};
    for (const auto& [name, kinds] : kKindWords) {
      known.emplace_back(name);
      if (name != word) continue;
      for (const std::string_view kind : split(kinds, ' ')) line.kinds.emplace_back(kind);
    }
    if (line.kinds.empty())
      return fail(ErrorKind::parse, "unknown place '{}' after '@in'{}", word, did_you_mean(word, known));
  }
  if (!rest.empty()) return fail(ErrorKind::parse, "'{}' is left over after '@in {}'", rest, word);
  return line;
}

std::string_view name_of(pyast::Node definition) {
  const pyast::Node name = definition.child_by_field("name");
  return name ? name.text() : std::string_view{};
}

bool inside_named(const Match& match, std::string_view kind, const Regex& regex) {
  for (pyast::Node at = match.tree->at(match.roots.front()).node; at; at = at.parent())
    if (at.kind() == kind && regex.matches_all(name_of(at))) return true;
  return false;
}

// The span of code that `where` names around the match.
pyast::Span region(ScopeLine::Where where, const Match& match) {
  const pyast::Node node = match.tree->at(match.roots.front()).node;
  switch (where) {
    case ScopeLine::Where::match: return match.span();
    case ScopeLine::Where::function:
      if (const pyast::Node found = enclosing(node, "function_definition")) return found.span();
      break;
    case ScopeLine::Where::class_:
      if (const pyast::Node found = enclosing(node, "class_definition")) return found.span();
      break;
    case ScopeLine::Where::file: break;
  }
  return match.tree->document().root().span();
}

Result<bool> contains_code(const Edit& edit, const ScopeLine& line, const Match& match, const Oracle& oracle) {
  MatchOptions options;
  options.oracle = oracle;
  options.bound = match.captures;
  options.inside = region(line.where, match);
  options.max_matches = 1;
  ADAPT_TRY(const auto found, find_matches(line.code, edit.variables, *match.tree, options));
  return !found.empty();
}

// Whether the code that the variable stands for is read again in the function, behind the match.
bool is_used_after(const ScopeLine& line, const Match& match) {
  const auto& capture = match.captures[static_cast<std::size_t>(line.variable)];
  if (!capture || capture->terms.size() != 1) return false;
  const std::uint64_t hash = capture->tree->at(capture->terms.front()).hash;
  const pyast::Span around = region(ScopeLine::Where::function, match);
  const std::uint32_t end = match.span().end;
  const TermTree& tree = *match.tree;
  for (TermId id = match.roots.back() + 1; id < tree.size(); ++id) {
    const Term& term = tree.at(id);
    if (term.span().begin >= around.end) break;
    if (term.hash == hash && term.span().begin >= end && term.node.field_name() != "left") return true;
  }
  return false;
}

// The failure's own place counts as its innermost frame.
template <class Test>
bool any_frame(const Signature& signature, const SourceFile& file, Test test) {
  if (same_file(signature.file, file.file) && test(signature.line)) return true;
  return std::any_of(signature.frames.begin(), signature.frames.end(),
                     [&](const Frame& frame) { return same_file(frame.file, file.file) && test(frame.line); });
}

bool lines_hold(const pyast::Document& document, pyast::Span span, std::uint32_t line) {
  return document.position(span.begin).line <= line && line <= document.position(span.end).line;
}

}  // namespace

std::vector<std::string> place_words() {
  std::vector<std::string> out;
  for (const auto& [name, kinds] : kKindWords) out.emplace_back(name);
  return out;
}

bool same_file(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return false;
  const std::string_view longer = a.size() >= b.size() ? a : b;
  const std::string_view shorter = a.size() >= b.size() ? b : a;
  return longer == shorter || (longer.ends_with(shorter) && longer[longer.size() - shorter.size() - 1] == '/');
}

pyast::Node enclosing(pyast::Node node, std::string_view kind) {
  while (node && node.kind() != kind) node = node.parent();
  return node;
}

bool at_frame(FrameRule rule, const Match& match, const SourceFile& file, const Signature& signature) {
  if (rule == FrameRule::any) return true;
  const pyast::Document& document = match.tree->document();
  pyast::Span span = document.root().span();
  if (rule == FrameRule::in_match) span = match.span();
  if (rule == FrameRule::same_function) span = region(ScopeLine::Where::function, match);
  return any_frame(signature, file, [&](std::uint32_t line) {
    return rule == FrameRule::same_file || lines_hold(document, span, line);
  });
}

Result<bool> in_scope(const Edit& edit, const Match& match, const SourceFile& file, const Signature* signature,
                      const Oracle& oracle) {
  for (const int index : edit.computed)
    if (!compute(edit.variables[static_cast<std::size_t>(index)], edit.variables, match.captures)) return false;
  for (const ScopeLine& line : edit.scope_lines) {
    bool holds = false;
    switch (line.what) {
      case ScopeLine::What::in_def: holds = inside_named(match, "function_definition", line.regex); break;
      case ScopeLine::What::in_class: holds = inside_named(match, "class_definition", line.regex); break;
      case ScopeLine::What::in_module: holds = line.regex.matches_all(file.module); break;
      case ScopeLine::What::in_frame:
        if (signature == nullptr) continue;
        holds = at_frame(FrameRule::same_function, match, file, *signature);
        break;
      case ScopeLine::What::in_traced: holds = is_traced(*match.tree, match.tree->at(match.roots.front()).node); break;
      case ScopeLine::What::in_kind:
        for (pyast::Node at = match.tree->at(match.roots.front()).node.parent(); at && !holds; at = at.parent())
          holds = std::find(line.kinds.begin(), line.kinds.end(), at.kind()) != line.kinds.end();
        break;
      case ScopeLine::What::contains: {
        ADAPT_TRY(holds, contains_code(edit, line, match, oracle));
        break;
      }
      case ScopeLine::What::used_after: holds = is_used_after(line, match); break;
    }
    if (holds == line.negated) return false;
  }
  return std::all_of(edit.relations.begin(), edit.relations.end(),
                     [&](const Relation& relation) { return relation.holds(match.captures, oracle); });
}

Result<ScopeLine> parse_scope_line(std::string_view text, std::vector<Variable>& variables,
                                   const Isomorphisms& isomorphisms) {
  ScopeLine line;
  std::string_view rest = text;
  std::string_view word = take(rest);
  if (word == "not") {
    line.negated = true;
    word = take(rest);
  }
  if (word == "in") return parse_in(rest, std::move(line));
  if (word == "used-after") {
    line.what = ScopeLine::What::used_after;
    if (!rest.empty() && rest.front() == '$') rest.remove_prefix(1);
    for (std::size_t i = 0; i < variables.size(); ++i)
      if (variables[i].name == rest) line.variable = static_cast<int>(i);
    if (line.variable < 0)
      return fail(ErrorKind::parse, "'@used-after' needs a variable of the pattern, got '{}'", rest);
    return line;
  }
  using Where = ScopeLine::Where;
  if (word == "function" || word == "class" || word == "file" || word == "match") {
    line.where = word == "function" ? Where::function
                 : word == "class"  ? Where::class_
                 : word == "file"   ? Where::file
                                    : Where::match;
    word = take(rest);
  }
  static const std::vector<std::string> known = {"in",  "contains", "used-after", "where", "fresh",
                                                 "not", "function", "class",      "file"};
  if (word != "contains") return fail(ErrorKind::parse, "unknown scope line '@{}'{}", text, did_you_mean(word, known));
  line.what = ScopeLine::What::contains;
  ADAPT_TRY(const Code code, parse_code(rest, variables, isomorphisms));
  ADAPT_TRY(line.code, compile(code, variables, isomorphisms, false));
  return line;
}

}  // namespace adapt::patterns
