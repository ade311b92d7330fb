// Code that a model wrote, made ready for its place in a file.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/pyast/document.h"
#include "tools/toolbox/session.h"

namespace adapt::toolbox {

struct Code {
  std::string text;  // without a Markdown fence, blank lines around it and carriage returns
  std::shared_ptr<const pyast::Document> document;  // of the text alone

  std::vector<pyast::Node> statements() const { return document->root().named_children(); }
  // May stand on one line with others: `a = 1`, also in several lines within brackets; not `if a: ...` or a comment.
  bool is_simple() const;
};

Result<Code> read_code(std::string_view text);

struct Place {
  std::string_view indentation;  // of the line it is put in
  std::string_view line_end;
  std::string_view body{};  // indentation of the block that the old code opens, "" where it opens none
};

// The code for a place whose first line is indented already. Code whose first line stands at the left margin and whose
// body has the indentation of the file was copied without the blanks before its first line; it is left as it is.
std::string placed(const Code& code, const Place& place);

// The file's own indentation of the first block within the node, "" where it has none on lines of its own.
std::string_view body_indentation(pyast::Node node);

bool is_compound(pyast::Node statement);

}  // namespace adapt::toolbox
