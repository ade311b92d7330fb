// Re-indents code for its destination.
#pragma once

#include <string>
#include <string_view>

namespace adapt::edit {

// `code` is written with its own base indentation (that of its first non-blank line); every line but the first gets
// `indentation` in place of that base. Lines inside multi-line strings keep their bytes. The first line is left as it
// is: it is pasted after text that is already indented.
std::string reindent(std::string_view code, std::string_view indentation);

// The same, and the first line is indented too.
std::string indent_block(std::string_view code, std::string_view indentation);

}  // namespace adapt::edit
