// A document as one HTML page that needs nothing else: no script, no address, a policy that forbids both.
#pragma once

#include <string>
#include <string_view>

#include "agent/review/document.h"

namespace adapt::review {

std::string render_html(const Document& document);

// A text that is text wherever it stands in a page, in an attribute too.
std::string escaped_html(std::string_view text);

}  // namespace adapt::review
