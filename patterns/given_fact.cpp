#include "patterns/given_fact.h"

#include <charconv>

#include "patterns/check.h"
#include "patterns/constraint.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

Result<Shape> shape_in(std::string_view text) {
  Shape shape;
  for (const std::string_view part : split(text, ',')) {
    const std::string_view word = trim(part);
    if (word.empty()) continue;
    std::int64_t size = 0;
    const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), size);
    if (code != std::errc{} || end != word.data() + word.size() || size < 0)
      return fail(ErrorKind::parse, "'{}' is not a size", word);
    shape.emplace_back(size);
  }
  return shape;
}

Result<void> take_type(std::string_view& text, Fact& fact) {
  const std::size_t end = std::min(text.find_first_of(" [;"), text.size());
  const std::string_view word = text.substr(0, end);
  text = trim(text.substr(end));
  Shape shape;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return fail(ErrorKind::parse, "the sizes are not closed with ']'");
    ADAPT_TRY(shape, shape_in(text.substr(1, close - 1)));
    ADAPT_TRY(fact.dtypes.emplace_back(), dtype_named(word));
    text = trim(text.substr(close + 1));
  } else if (word == "int" || word == "float" || word == "bool") {
    fact.kind = Fact::Kind::number;
    fact.dtypes.emplace_back(word);
  } else {
    return fail(ErrorKind::parse, "'{}' is no type of a value; write a tensor, 'f32[2, 6]', or int, float or bool",
                word);
  }
  fact.rank = static_cast<std::int64_t>(shape.size());
  fact.shapes = {std::move(shape)};
  return {};
}

}  // namespace

Result<GivenFact> parse_given_fact(std::string_view text) {
  const std::size_t colon = text.find(':');
  GivenFact out{std::string(trim(text.substr(0, std::min(colon, text.size())))), {}};
  if (colon == std::string_view::npos || out.name.empty())
    return fail(ErrorKind::parse, "expected 'fact NAME: TYPE CONSTRAINTS', got 'fact {}'", text);
  text = trim(text.substr(colon + 1));
  ADAPT_TRY_VOID(take_type(text, out.fact));
  ADAPT_TRY(const std::vector<Constraint> constraints, parse_constraints(text));
  for (const Constraint& constraint : constraints) {
    const bool holds = !constraint.negated;
    switch (constraint.what) {
      case Constraint::What::static_shape: out.fact.is_static = holds; break;
      case Constraint::What::unaliased: out.fact.aliased = !holds; break;
      case Constraint::What::parameter: out.fact.parameter = holds; break;
      case Constraint::What::no_grad_needed: out.fact.gradient = !holds; break;
      default:
        return fail(ErrorKind::parse,
                    "a fact states a type, and any of static-shape, unaliased, parameter and no-grad-needed");
    }
  }
  return out;
}

}  // namespace adapt::patterns
