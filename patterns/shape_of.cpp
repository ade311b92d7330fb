#include "patterns/shape_of.h"

#include <algorithm>
#include <array>

#include "patterns/assignments.h"

namespace adapt::patterns {
namespace {

using Answer = std::optional<Shape>;

// One number from all elements, when called without further arguments. Sorted.
constexpr auto kReductions = std::to_array<std::string_view>(
    {"all",    "amax", "amin",    "any",    "argmax", "argmin", "count_nonzero", "item", "max", "mean",
     "median", "min",  "nanmean", "nansum", "norm",   "numel",  "prod",          "std",  "sum", "var"});

// As large as the first operand. Sorted.
constexpr auto kElementwise = std::to_array<std::string_view>(
    {"abs",        "bfloat16", "bool",  "clone",       "contiguous",  "cos",       "cumsum", "detach",    "double",
     "empty_like", "erf",      "exp",   "float",       "full_like",   "gelu",      "half",   "int",       "isfinite",
     "isinf",      "isnan",    "log",   "log_softmax", "logical_not", "long",      "neg",    "ones_like", "rand_like",
     "randn_like", "relu",     "round", "rsqrt",       "sigmoid",     "sign",      "silu",   "sin",       "softmax",
     "sqrt",       "square",   "tanh",  "to",          "type_as",     "zeros_like"});

static_assert(std::is_sorted(kReductions.begin(), kReductions.end()));
static_assert(std::is_sorted(kElementwise.begin(), kElementwise.end()));

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& sorted, std::string_view word) {
  return std::binary_search(sorted.begin(), sorted.end(), word);
}

// Sizes that cannot be broadcast give nothing: such code raises.
Answer broadcast(const Shape& a, const Shape& b) {
  const Shape& longer = a.size() >= b.size() ? a : b;
  const Shape& shorter = a.size() >= b.size() ? b : a;
  Shape out = longer;
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    auto& size = out[longer.size() - shorter.size() + i];
    const auto& other = shorter[i];
    if (other == 1) continue;
    const bool unlike = size && size != 1 && other && size != other;
    if (unlike) return std::nullopt;
    if (!size || size == 1) size = other;  // what is known is more than one, so both have it
  }
  return out;
}

class ShapeAsker {
 public:
  ShapeAsker(const TermTree& tree, const Facts* facts, std::size_t draw) : tree_(tree), facts_(facts), draw_(draw) {}

  Answer ask(TermId id, unsigned depth) {
    if (id == kNoTerm || depth > kMaxFollowDepth || ++steps_ > kMaxFollowSteps) return std::nullopt;
    const std::string_view kind = tree_.at(id).kind;
    const auto parts = tree_.children(id);
    if (kind == "integer" || kind == "float" || kind == "true" || kind == "false" || kind == "not_operator")
      return Shape{};
    if (kind == "identifier" || kind == "attribute") return told(id);
    if (kind == "unary_operator") return ask(parts.back(), depth + 1);
    if (kind == "binary_operator" || kind == "comparison_operator") return operation(id, depth + 1);
    if (kind == "subscript") return subscript(id, depth + 1);
    if (kind == "call") return call(id, depth + 1);
    return std::nullopt;
  }

 private:
  Answer told(TermId id) const {
    const Fact* fact = facts_ == nullptr ? nullptr : facts_->of(tree_, id);
    if (fact == nullptr || fact->kind == Fact::Kind::other) return std::nullopt;
    if (draw_ < fact->shapes.size() && fact->shapes[draw_]) return fact->shapes[draw_];
    return fact->rank ? std::optional(Shape(static_cast<std::size_t>(*fact->rank))) : std::nullopt;
  }

  Answer operation(TermId id, unsigned depth) {
    const auto parts = tree_.children(id);
    if (parts.size() != 3) return std::nullopt;
    const std::string_view sign = tree_.at(parts[1]).node.text();
    if (sign == "@") return std::nullopt;
    if (sign.starts_with("is") || sign.starts_with("not") || sign == "in") return Shape{};
    const Answer left = ask(parts.front(), depth), right = ask(parts.back(), depth);
    return left && right ? broadcast(*left, *right) : std::nullopt;
  }

  // Numbers take a dimension away, slices keep one, None adds one; masks and lists of indices are not followed.
  Answer subscript(TermId id, unsigned depth) {
    const auto parts = tree_.children(id);
    const Answer of = ask(parts.front(), depth);
    if (!of) return std::nullopt;
    Shape out;
    std::size_t next = 0;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      const Term& index = tree_.at(parts[i]);
      if (index.kind == "none") {
        out.emplace_back(1);
        continue;
      }
      if (next == of->size()) return std::nullopt;
      if (index.kind == "slice")
        out.push_back(index.node.text() == ":" ? (*of)[next] : std::nullopt);
      else if (!is_number(parts[i]))
        return std::nullopt;
      ++next;
    }
    out.insert(out.end(), of->begin() + static_cast<std::ptrdiff_t>(next), of->end());
    return out;
  }

  bool is_number(TermId id) const {
    const Term& term = tree_.at(id);
    if (term.kind == "integer") return true;
    if (term.kind == "unary_operator") return tree_.at(tree_.children(id).back()).kind == "integer";
    const Fact* fact = facts_ == nullptr ? nullptr : facts_->of(tree_, id);
    return fact != nullptr && fact->kind == Fact::Kind::number && fact->dtypes == std::vector<std::string>{"int"};
  }

  Answer call(TermId id, unsigned depth) {
    const auto parts = tree_.children(id);
    const Term& callee = tree_.at(parts.front());
    const std::string_view name = called_name(tree_, id);
    const bool of_python = callee.kind == "identifier" && callee.name.empty();
    if (of_python)
      return name == "int" || name == "float" || name == "bool" || name == "len" ? Answer(Shape{}) : std::nullopt;
    const bool of_torch = callee.name.starts_with("torch.");
    if (!of_torch && !callee.name.empty()) return std::nullopt;
    if (is_one_of(kReductions, name) && parts.size() == (of_torch ? 2U : 1U)) return Shape{};
    if (is_one_of(kElementwise, name)) return ask(operand_of(tree_, id, 0), depth);
    return std::nullopt;
  }

  const TermTree& tree_;
  const Facts* facts_;
  std::size_t draw_;
  unsigned steps_ = 0;
};

}  // namespace

std::optional<Shape> shape_of(const TermTree& tree, TermId expression, const Facts* facts, std::size_t draw) {
  return ShapeAsker(tree, facts, draw).ask(expression, 0);
}

bool is_whole(const Shape& shape) {
  return std::all_of(shape.begin(), shape.end(), [](const auto& size) { return size.has_value(); });
}

}  // namespace adapt::patterns
