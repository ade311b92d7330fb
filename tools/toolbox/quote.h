// Untrusted text as data for a language model: source code, messages and logs may hold anything, also words that are
// meant for the model. What is said here is a hedge and no proof; nothing that matters depends on it.
#pragma once

#include <string>
#include <string_view>

namespace adapt::toolbox {

// Well-formed UTF-8 that looks to a reader like what it is: no terminal sequences, control characters, invisible or
// direction-changing ones; "\n" ends lines, and a byte that is no character is U+FFFD.
std::string visible(std::string_view text);

// The same, and what chat templates and our own plain-text protocol give a meaning to ("<|im_start|>", "<system>",
// "[INST]", "::" at the start of a line) gets a space that takes the meaning away and leaves it readable.
std::string clean(std::string_view text);

// At most `max_bytes`: the head, how much is left out, the tail. No character is cut.
std::string capped(std::string_view text, std::size_t max_bytes);

// clean() and capped(), between marks that the text cannot close: the id is made from what stands between them.
//   <data source=NAME id=0123456789abcdef>
//   ...
//   </data 0123456789abcdef>
std::string quote(std::string_view source, std::string_view text, std::size_t max_bytes);

// Bytes that the marks of quote() take at most.
inline constexpr std::size_t kMaxMarks = 300;

// Compilers advise to switch the compiler off, which is what a repair must not do. Sentences that say so, and the code
// that they introduce, become "[advice removed]".
std::string without_bad_advice(std::string_view text);

}  // namespace adapt::toolbox
