#include "agent/review/html.h"

#include <fmt/format.h>

#include "agent/review/diff_rows.h"
#include "agent/review/plain_text.h"
#include "review_style.h"

namespace adapt::review {
namespace {

// Nothing is loaded and nothing runs; the one style sheet is in the page.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

std::string rendered(const Line& line) {
  std::string out;
  for (const Span& span : line.spans())
    out +=
        span.code ? fmt::format("<code>{}</code>", escaped_html(one_line(span.text))) : escaped_html(flat(span.text));
  return out;
}

std::string side(const DiffSide& side, std::string_view sign, std::string_view kind) {
  if (side.line == 0) return fmt::format("<td class=\"n\"></td><td class=\"{} none\"></td>", kind);
  return fmt::format("<td class=\"n\">{}</td><td class=\"{}\"><span class=\"s\">{}</span>{}</td>", side.line, kind,
                     sign, escaped_html(side.text));
}

std::string diff_table(const std::vector<DiffRow>& rows) {
  std::string out = "<table class=\"diff wide\"><colgroup><col class=\"n\"><col><col class=\"n\"><col></colgroup>";
  for (const DiffRow& row : rows) {
    if (row.kind == DiffRow::Kind::file || row.kind == DiffRow::Kind::hunk) {
      out += fmt::format("<tr class=\"{}\"><td colspan=\"4\">{}</td></tr>\n",
                         row.kind == DiffRow::Kind::file ? "file" : "hunk", escaped_html(row.label));
      continue;
    }
    const bool changed = row.kind == DiffRow::Kind::change;
    out += fmt::format("<tr>{}{}</tr>\n", side(row.before, changed ? "-" : " ", changed ? "del" : "ctx"),
                       side(row.after, changed ? "+" : " ", changed ? "add" : "ctx"));
  }
  return out + "</table>\n";
}

std::string diff_lines(std::string_view text) {
  std::string out = "<pre class=\"diff narrow\">";
  const auto line = [&](std::string_view kind, std::string_view content) {
    out += fmt::format("<span class=\"{}\">{}\n</span>", kind, escaped_html(content));
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view one = text.substr(at, end - at);
    const bool head = one.starts_with("+++ ") || one.starts_with("--- ");
    line(head                     ? "file"
         : one.starts_with("@@ ") ? "hunk"
         : one.starts_with('+')   ? "add"
         : one.starts_with('-')   ? "del"
                                  : "ctx",
         one);
    at = end + 1;
  }
  return out + "</pre>\n";
}

struct HtmlRenderer {
  std::string& out;

  void operator()(const Paragraph& block) const { out += fmt::format("<p>{}</p>\n", rendered(block.line)); }
  void operator()(const List& block) const {
    out += "<ul>\n";
    for (const Line& item : block.items) out += fmt::format("<li>{}</li>\n", rendered(item));
    out += "</ul>\n";
  }
  void operator()(const Table& block) const {
    out += "<div class=\"scroll\"><table class=\"facts\"><thead><tr>";
    for (const std::string& name : block.head) out += fmt::format("<th>{}</th>", escaped_html(name));
    out += "</tr></thead><tbody>\n";
    for (const std::vector<Line>& row : block.rows) {
      out += "<tr>";
      for (const Line& cell : row) out += fmt::format("<td>{}</td>", rendered(cell));
      out += "</tr>\n";
    }
    out += "</tbody></table></div>\n";
  }
  void operator()(const Code& block) const {
    out += fmt::format("<pre class=\"code\">{}</pre>\n", escaped_html(without_controls(block.text)));
  }
  // Both forms are in the page; the style shows the one that fits. A diff that cannot be read is shown as it is.
  void operator()(const Diff& block) const {
    const std::string text = without_controls(block.text);
    const std::vector<DiffRow> rows = diff_rows(text);
    if (!rows.empty()) out += diff_table(rows);
    out += rows.empty() ? fmt::format("<pre class=\"code\">{}</pre>\n", escaped_html(text)) : diff_lines(text);
  }
};

}  // namespace

std::string escaped_html(std::string_view text) {
  std::string out;
  for (const char c : without_controls(text)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string render_html(const Document& document) {
  std::string out = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light "
      "dark\">\n<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n",
      kPolicy, escaped_html(one_line(document.title)), k_review_style);
  std::string kind = document.verdict == "adapted" || document.verdict == "works" ? "good" : "bad";
  out += fmt::format("<header><p class=\"verdict {}\">{}</p>\n<h1>{}</h1></header>\n", kind,
                     escaped_html(document.verdict), escaped_html(one_line(document.title)));
  for (const Section& section : document.sections) {
    out += "<section>\n";
    if (!section.heading.empty()) out += fmt::format("<h2>{}</h2>\n", escaped_html(section.heading));
    for (const Block& block : section.blocks) std::visit(HtmlRenderer{out}, block);
    out += "</section>\n";
  }
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace adapt::review
