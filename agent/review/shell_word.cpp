#include "agent/review/shell_word.h"

#include <algorithm>
#include <cctype>

#include "agent/review/plain_text.h"

namespace adapt::review {

std::string shell_word(std::string_view text) {
  const std::string plain = one_line(text);
  const bool harmless = !plain.empty() && plain.front() != '-' && std::ranges::all_of(plain, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("_./:@%+,=-").find(c) != std::string_view::npos;
  });
  return harmless ? plain : "'" + replaced(plain, '\'', "'\\''") + "'";
}

}  // namespace adapt::review
