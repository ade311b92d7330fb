// Regular expressions with bounded work: POSIX extended syntax plus \d \w \s \b and (?:...), no back-references.
// The C library runs them without back-tracking, so a hostile input or expression costs time linear in the input.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tools/base/result.h"

namespace adapt::patterns {

class Regex {
 public:
  static constexpr std::size_t kMaxInput = std::size_t{16} << 10U;  // longer inputs are cut
  static constexpr std::size_t kMaxExpression = 512;

  static Result<Regex> compile(std::string_view expression, bool ignore_case = false);

  bool found_in(std::string_view text) const;     // somewhere in the text
  bool matches_all(std::string_view text) const;  // the whole text
  const std::string& text() const { return text_; }

 private:
  struct Compiled;
  std::string text_;
  std::shared_ptr<const Compiled> compiled_;  // shared: read-only, and regex_t cannot be copied
};

}  // namespace adapt::patterns
