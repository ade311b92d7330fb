// A document as GitHub's Markdown. No text in it can start markup, mention anybody or close an issue.
#pragma once

#include <string>
#include <string_view>

#include "agent/review/document.h"

namespace adapt::review {

std::string render_markdown(const Document& document);

// A text as running text: one line, what Markdown or HTML would read as markup escaped.
std::string escaped_markdown(std::string_view text);
// The same as a code span, whatever backticks it holds.
std::string markdown_code(std::string_view text);

}  // namespace adapt::review
