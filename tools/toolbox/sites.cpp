// Which functions a draft has changed.
#include <set>

#include "tools/edit/line_diff.h"
#include "tools/toolbox/session.h"
#include "tools/toolbox/toolbox.h"

namespace adapt::toolbox {

std::vector<Toolbox::Site> Session::sites() {
  std::vector<Toolbox::Site> out;
  const auto known = sources();
  if (!known) return out;
  for (const Source& source : **known) {
    const std::string& text = text_of(source);
    if (text == source.text) continue;
    const auto parsed = module(source);
    if (!parsed) continue;
    const pyast::Document& document = *(*parsed)->document;
    const auto lines = edit::lines_with_ends(text);
    std::set<std::string> seen;
    for (const edit::Hunk& hunk : edit::diff_lines(edit::lines_with_ends(source.text), lines)) {
      // Where lines only went away, the line that stands there now says where that is.
      for (std::size_t i = hunk.new_begin; i < std::max(hunk.new_end, hunk.new_begin + 1); ++i) {
        const auto line = static_cast<std::uint32_t>(i + 1);
        const std::uint32_t start = document.line_start(line);
        const std::string_view blanks = document.indentation_at(start);
        const bool blank = document.line_text(line).size() == blanks.size();
        if (blank && hunk.new_end > hunk.new_begin) continue;
        const auto at = static_cast<std::uint32_t>(start + blanks.size());
        const Symbol* symbol = innermost((*parsed)->symbols, {at, at});
        const std::string function = symbol == nullptr ? "" : symbol->name;
        if (seen.insert(function).second) out.push_back({source.module, source.file, function, line});
      }
    }
  }
  return out;
}

}  // namespace adapt::toolbox
