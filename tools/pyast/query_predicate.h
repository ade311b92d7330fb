// The predicates of a query, checked when the query is compiled and evaluated on each match. Inside tools/pyast only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt::pyast {

// One argument as written: `@name` with its number, or a string.
struct PredicateArgument {
  bool is_capture = false;
  std::uint32_t capture = 0;
  std::string text;
};

// A search with a POSIX extended expression.
class TextSearch {
 public:
  static Result<TextSearch> compile(const std::string& expression);
  bool found_in(std::string_view text) const;

 private:
  struct Expression;
  std::shared_ptr<const Expression> expression_;  // shared: immutable, and a regex_t cannot be copied
};

// The texts of the nodes that one match has for a capture.
using CaptureTexts = std::vector<std::vector<std::string_view>>;

class Predicate {
 public:
  // `name` with its question mark: "eq?".
  static Result<Predicate> compile(std::string_view name, std::span<const PredicateArgument> arguments);

  bool holds(const CaptureTexts& captures) const;  // indexed by capture number

 private:
  enum class Kind : std::uint8_t { equal, any_of, search };
  Kind kind_ = Kind::equal;
  bool negated_ = false;
  std::uint32_t subject_ = 0;
  std::vector<PredicateArgument> objects_;
  TextSearch search_;
};

}  // namespace adapt::pyast
