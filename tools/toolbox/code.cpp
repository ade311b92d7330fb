#include "tools/toolbox/code.h"

#include <algorithm>

#include "tools/base/text.h"
#include "tools/edit/indent.h"

namespace adapt::toolbox {
namespace {

using pyast::Node;

constexpr std::string_view kCompound[] = {"class_definition",    "decorated_definition", "for_statement",
                                          "function_definition", "if_statement",         "match_statement",
                                          "try_statement",       "while_statement",      "with_statement"};

// Python cannot begin with three backquotes, so they are a fence and no code.
std::string_view without_fence(std::string_view text) {
  const std::string_view inner = trim(text);
  const std::size_t first_line = inner.find('\n');
  if (!inner.starts_with("```") || !inner.ends_with("```") || first_line == std::string_view::npos) return text;
  return inner.substr(first_line + 1, inner.size() - 3 - (first_line + 1));
}

std::string_view without_blank_lines(std::string_view text) {
  for (std::size_t end = text.find('\n'); end != std::string_view::npos && trim(text.substr(0, end)).empty();
       end = text.find('\n'))
    text.remove_prefix(end + 1);
  const std::size_t last = text.find_last_not_of(" \t\f\n");
  return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

}  // namespace

bool is_compound(Node statement) {
  return std::find(std::begin(kCompound), std::end(kCompound), statement.kind()) != std::end(kCompound);
}

bool Code::is_simple() const {
  const std::vector<Node> all = statements();
  const bool compound = std::any_of(all.begin(), all.end(), is_compound);
  return !compound && document->nodes_of_kind("comment").empty() && (all.size() == 1 || !contains(text, "\n"));
}

Result<Code> read_code(std::string_view text) {
  const std::string plain = replace_all(replace_all(std::string(text), "\r\n", "\n"), "\r", "\n");
  Code code;
  code.text = without_blank_lines(without_fence(plain));
  if (code.text.empty()) return fail(ErrorKind::usage, "code is empty");
  // It would take in the line behind it.
  if (code.text.ends_with('\\')) return fail(ErrorKind::usage, "code ends in a backslash");
  // At the left margin, or its first line would be an error.
  ADAPT_TRY(code.document, pyast::Document::parse(edit::indent_block(code.text, "")));
  return code;
}

std::string placed(const Code& code, const Place& place) {
  const bool at_margin = code.document->source() == code.text;
  const bool as_in_file = at_margin && !place.indentation.empty() && !place.body.empty() &&
                          body_indentation(code.document->root()) == place.body;
  // reindent() leaves the first line as it is, and it stands behind the indentation of its place.
  std::string text = as_in_file ? code.text : edit::reindent(code.text, place.indentation);
  text.erase(0, std::min(text.find_first_not_of(" \t\f"), text.size()));
  return place.line_end == "\n" ? text : replace_all(std::move(text), "\n", place.line_end);
}

std::string_view body_indentation(Node node) {
  const std::vector<Node> blocks = node.document().nodes_of_kind("block", node);
  if (blocks.empty()) return {};
  const Node block = blocks.front();
  const std::string_view indentation = node.document().indentation_at(block.span().begin);
  const bool own_line = block.start().column == indentation.size() && block.start().line > node.start().line;
  return own_line ? indentation : std::string_view();
}

}  // namespace adapt::toolbox
