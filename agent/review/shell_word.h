// A text as one word of a shell's command line.
#pragma once

#include <string>
#include <string_view>

namespace adapt::review {

// As it is where no shell would read anything into it, else in single quotes. Control characters are left out.
std::string shell_word(std::string_view text);

}  // namespace adapt::review
