// Result<T>: a value or an Error. Outcomes the product is about (a model that crashed) are values, not errors.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "tools/base/error.h"

namespace adapt {

template <class T>
using Result = tl::expected<T, Error>;

// return fail(ErrorKind::parse, "unknown key '{}'", key);
template <class... Args>
[[nodiscard]] tl::unexpected<Error> fail(ErrorKind kind, fmt::format_string<Args...> format, Args&&... args) {
  return tl::unexpected<Error>(Error{kind, fmt::format(format, std::forward<Args>(args)...)});
}

// Hands on an error of another Result, with one line of context.
[[nodiscard]] inline tl::unexpected<Error> fail(const Error& error, std::string_view context) {
  return tl::unexpected<Error>(error.with_context(context));
}

namespace detail {
[[noreturn]] inline void check_failed(const char* file, int line, const char* what) {
  std::fprintf(stderr, "%s:%d: bug: %s\n", file, line, what);
  std::abort();
}
}  // namespace detail

}  // namespace adapt

#define ADAPT_CONCAT_INNER(a, b) a##b
#define ADAPT_CONCAT(a, b) ADAPT_CONCAT_INNER(a, b)

// ADAPT_TRY(const std::string text, read_file(path)); returns the error to the caller, else declares the value.
#define ADAPT_TRY(declaration, expression) \
  ADAPT_TRY_IMPL(ADAPT_CONCAT(adapt_try_, __COUNTER__), declaration, expression)
#define ADAPT_TRY_IMPL(name, declaration, expression)                                    \
  auto name = (expression);                                                              \
  if (!name.has_value()) return tl::unexpected<::adapt::Error>(std::move(name).error()); \
  declaration = std::move(name).value()

// For Result<void>.
#define ADAPT_TRY_VOID(expression)                                                \
  do {                                                                            \
    if (auto adapt_try_result = (expression); !adapt_try_result.has_value())      \
      return tl::unexpected<::adapt::Error>(std::move(adapt_try_result).error()); \
  } while (false)

// An invariant of ours: its failure is a bug, never an outcome.
#define ADAPT_CHECK(condition, what) \
  ((condition) ? static_cast<void>(0) : ::adapt::detail::check_failed(__FILE__, __LINE__, what))
