#include "agent/review/markdown.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/review/plain_text.h"

namespace adapt::review {
namespace {

std::size_t longest_run(std::string_view text, char of) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == of ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string rendered(const Line& line, bool in_table) {
  std::string out;
  for (const Span& span : line.spans()) {
    std::string text = span.code ? markdown_code(span.text) : escaped_markdown(span.text);
    // A bar ends a cell even inside a code span, unless it is escaped there too.
    if (in_table && span.code) text = replaced(text, '|', "\\|");
    out += text;
  }
  return out;
}

std::string fenced(std::string_view language, std::string_view text) {
  const std::string fence(std::max<std::size_t>(3, longest_run(text, '`') + 1), '`');
  const std::string body = without_controls(text);
  return fmt::format("{}{}\n{}{}{}\n", fence, language, body, body.empty() || body.ends_with('\n') ? "" : "\n", fence);
}

struct MarkdownRenderer {
  std::string& out;

  void operator()(const Paragraph& block) const { out += rendered(block.line, false) + "\n"; }
  void operator()(const List& block) const {
    for (const Line& item : block.items) out += "- " + rendered(item, false) + "\n";
  }
  void operator()(const Table& block) const {
    std::string under;
    for (const std::string& name : block.head) {
      out += "| " + escaped_markdown(name) + " ";
      under += "|---";
    }
    out += "|\n" + under + "|\n";
    for (const std::vector<Line>& row : block.rows) {
      for (const Line& cell : row) out += "| " + rendered(cell, true) + " ";
      out += "|\n";
    }
  }
  void operator()(const Code& block) const { out += fenced(block.language, block.text); }
  void operator()(const Diff& block) const { out += fenced("diff", block.text); }
};

}  // namespace

std::string escaped_markdown(std::string_view text) {
  std::string out;
  for (const char c : flat(text)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      // As entities, so that neither a mention nor a reference to an issue is found in what they leave.
      case '@': out += "&#64;"; break;
      case '#': out += "&#35;"; break;
      case '\\':
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '|':
      case '~':
      case '!':
        out += '\\';
        out += c;
        break;
      default: out += c;
    }
  }
  // A bare address would become a link, and "1." or "-" at the start of a line a list.
  out = replaced(out, "://", ":&#47;/");
  if (!out.empty() && (out.front() == '-' || out.front() == '+' || out.front() == '=')) out.insert(0, 1, '\\');
  if (const std::size_t end = out.find_first_not_of("0123456789"); end != std::string::npos && end > 0 &&
                                                                   (out[end] == '.' || out[end] == ')') &&
                                                                   (end + 1 == out.size() || out[end + 1] == ' '))
    out.insert(end, 1, '\\');
  return out;
}

std::string markdown_code(std::string_view text) {
  std::string line = one_line(text);
  if (line.empty()) return "";
  const std::string ticks(longest_run(line, '`') + 1, '`');
  // A space at either side is dropped again by the reader; it keeps our backticks and theirs apart.
  const bool pad = line.front() == '`' || line.back() == '`';
  return ticks + (pad ? " " : "") + line + (pad ? " " : "") + ticks;
}

std::string render_markdown(const Document& document) {
  std::string out = "# " + escaped_markdown(document.title) + "\n";
  for (const Section& section : document.sections) {
    if (!section.heading.empty()) out += "\n## " + escaped_markdown(section.heading) + "\n";
    for (const Block& block : section.blocks) {
      out += "\n";
      std::visit(MarkdownRenderer{out}, block);
    }
  }
  return out;
}

}  // namespace adapt::review
