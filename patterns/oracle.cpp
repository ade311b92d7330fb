#include "patterns/oracle.h"

#include <algorithm>

#include "patterns/assignments.h"
#include "patterns/shape_of.h"
#include "patterns/syntax.h"

namespace adapt::patterns {
namespace {

using Answer = std::optional<bool>;

const Fact* fact_of(const TermTree& tree, TermId id, const Facts* facts) {
  return facts == nullptr ? nullptr : facts->of(tree, id);
}

std::size_t draws_of(const Facts* facts) { return facts == nullptr ? 1 : std::max<std::size_t>(facts->draws(), 1); }

bool is_literal(const Term& term) {
  return term.kind == "integer" || term.kind == "float" || term.kind == "true" || term.kind == "false" ||
         term.kind == "none" || term.kind == "string";
}

// Names and attribute chains in the expression, but those that are called.
void collect_variables(const TermTree& tree, TermId id, std::vector<TermId>& out, unsigned depth = 0) {
  if (depth > kMaxFollowDepth) return;
  const Term& term = tree.at(id);
  if (is_chain(tree, id)) {
    if (term.name.empty()) out.push_back(id);
    return;
  }
  auto parts = tree.children(id);
  if (term.kind == "call" && !parts.empty()) {
    const TermId callee = parts.front();
    if (tree.at(callee).kind == "attribute" && tree.at(callee).name.empty())
      collect_variables(tree, tree.children(callee).front(), out, depth + 1);
    parts = parts.subspan(1);
  }
  for (const TermId part : parts) collect_variables(tree, part, out, depth + 1);
}

// The dtype as torch spells it, where an expression has exactly that of its tensors.
std::optional<std::string> exact_dtype(const TermTree& tree, TermId id, const Facts* facts, unsigned depth) {
  if (depth > kMaxFollowDepth) return std::nullopt;
  const Term& term = tree.at(id);
  const auto parts = tree.children(id);
  if (term.kind == "comparison_operator") return "bool";
  if (term.kind == "unary_operator") return exact_dtype(tree, parts.back(), facts, depth + 1);
  if (term.kind == "binary_operator" && parts.size() == 3) {
    auto left = exact_dtype(tree, parts.front(), facts, depth + 1);
    auto right = exact_dtype(tree, parts.back(), facts, depth + 1);
    if (left && left == right && tree.at(parts[1]).text != "/") return left;
    // A number adapts to a floating tensor.
    const auto& tensor = left ? left : right;
    const TermId number = left ? parts.back() : parts.front();
    const bool adapts = tree.at(number).kind == "integer" || tree.at(number).kind == "float";
    if (tensor && adapts && class_of_dtype_name(*tensor) == DtypeClass::floating) return tensor;
    return std::nullopt;
  }
  const Fact* fact = fact_of(tree, id, facts);
  if (fact == nullptr || fact->kind != Fact::Kind::tensor || fact->dtypes.size() != 1) return std::nullopt;
  return fact->dtypes.front();
}

}  // namespace

Answer has_dtype(const TermTree& tree, TermId id, const Facts* facts, DtypeClass dtype) {
  if (const auto found = dtype_of(tree, id, facts)) return *found == dtype;
  const Fact* fact = fact_of(tree, id, facts);  // no number at all, or several dtypes
  return fact == nullptr ? std::nullopt : Answer(false);
}

Answer has_rank(const TermTree& tree, TermId id, const Facts* facts, std::int64_t rank) {
  Agreement<std::size_t> agreement;
  for (std::size_t draw = 0; draw < draws_of(facts); ++draw) {
    const auto shape = shape_of(tree, id, facts, draw);
    agreement.add(shape ? std::optional(shape->size()) : std::nullopt);
  }
  if (agreement.answer()) return *agreement.answer() == static_cast<std::size_t>(rank);
  const Fact* fact = fact_of(tree, id, facts);  // no number at all, or several ranks
  return fact == nullptr ? std::nullopt : Answer(false);
}

Answer has_static_shape(const TermTree& tree, TermId id, const Facts* facts) {
  if (const Fact* fact = fact_of(tree, id, facts)) return fact->is_static;
  if (is_literal(tree.at(id))) return true;
  std::optional<Shape> first;
  for (std::size_t draw = 0; draw < draws_of(facts); ++draw) {
    auto shape = shape_of(tree, id, facts, draw);
    if (!shape || !is_whole(*shape)) return std::nullopt;
    if (first && *first != *shape) return false;
    first = std::move(shape);
  }
  if (first->empty()) return true;
  std::vector<TermId> variables;
  collect_variables(tree, id, variables);
  const bool all = std::all_of(variables.begin(), variables.end(), [&](TermId variable) {
    const Fact* fact = fact_of(tree, variable, facts);
    return fact != nullptr && fact->is_static == true;
  });
  return all ? Answer(true) : std::nullopt;
}

Answer is_unaliased(const TermTree& tree, TermId id, const Facts* facts) {
  const Fact* fact = fact_of(tree, id, facts);
  return fact == nullptr || !fact->aliased ? std::nullopt : Answer(!*fact->aliased);
}

Answer is_parameter(const TermTree& tree, TermId id, const Facts* facts) {
  if (is_literal(tree.at(id))) return false;
  const Fact* fact = fact_of(tree, id, facts);
  return fact == nullptr ? std::nullopt : fact->parameter;
}

Answer needs_no_gradient(const TermTree& tree, TermId id, const Facts* facts) {
  if (is_literal(tree.at(id))) return true;
  const auto dtype = dtype_of(tree, id, facts);
  if (dtype == DtypeClass::boolean || dtype == DtypeClass::integer) return true;
  if (const Fact* fact = fact_of(tree, id, facts)) {
    if (fact->kind == Fact::Kind::tensor) return fact->gradient ? Answer(!*fact->gradient) : std::nullopt;
    return fact->kind == Fact::Kind::number ? Answer(true) : std::nullopt;
  }
  const Term& term = tree.at(id);
  const auto parts = tree.children(id);
  if (term.kind == "unary_operator") return needs_no_gradient(tree, parts.back(), facts);
  if (term.kind != "binary_operator" || parts.size() != 3) return std::nullopt;
  const Answer left = needs_no_gradient(tree, parts.front(), facts);
  const Answer right = needs_no_gradient(tree, parts.back(), facts);
  if (left == false || right == false) return false;
  return left && right ? Answer(true) : std::nullopt;
}

Answer have_same_shape(const TermTree& tree, TermId a, TermId b, const Facts* facts) {
  bool certain = true;
  for (std::size_t draw = 0; draw < draws_of(facts); ++draw) {
    const auto left = shape_of(tree, a, facts, draw), right = shape_of(tree, b, facts, draw);
    if (!left || !right) return std::nullopt;
    if (left->size() != right->size()) return false;
    for (std::size_t i = 0; i < left->size(); ++i)
      if ((*left)[i] && (*right)[i] && (*left)[i] != (*right)[i]) return false;
    certain = certain && is_whole(*left) && is_whole(*right);
  }
  return certain ? Answer(true) : std::nullopt;
}

Answer have_same_dtype(const TermTree& tree, TermId a, TermId b, const Facts* facts) {
  const auto left = exact_dtype(tree, a, facts, 0), right = exact_dtype(tree, b, facts, 0);
  if (left && right) return *left == *right;
  const auto left_class = dtype_of(tree, a, facts), right_class = dtype_of(tree, b, facts);
  return left_class && right_class && *left_class != *right_class ? Answer(false) : std::nullopt;
}

}  // namespace adapt::patterns
