#include "patterns/is_tensor.h"

#include <algorithm>
#include <array>

#include "patterns/assignments.h"
#include "patterns/tensor_functions.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

constexpr unsigned kMaxSteps = 200;  // of one question: chains of assignments are short
constexpr unsigned kMaxDepth = 24;

// Of values and tensors these give no tensor. Sorted.
constexpr auto kPlain = std::to_array<std::string_view>({"allclose",
                                                         "dim",
                                                         "element_size",
                                                         "equal",
                                                         "finfo",
                                                         "getattr",
                                                         "hasattr",
                                                         "iinfo",
                                                         "int",
                                                         "is_available",
                                                         "is_complex",
                                                         "is_contiguous",
                                                         "is_floating_point",
                                                         "is_tensor",
                                                         "isinstance",
                                                         "item",
                                                         "len",
                                                         "ndimension",
                                                         "nelement",
                                                         "numel",
                                                         "range",
                                                         "size",
                                                         "storage_offset",
                                                         "str",
                                                         "stride",
                                                         "tolist"});

class TensorAsker {
 public:
  TensorAsker(const TermTree& tree, const Facts* facts) : tree_(tree), facts_(facts) {}

  std::optional<bool> ask(TermId id, unsigned depth) {
    if (depth > kMaxDepth || ++steps_ > kMaxSteps) return std::nullopt;
    if (const auto said = by_code(id, depth)) return said;
    const Fact* fact = facts_ == nullptr ? nullptr : facts_->of(tree_, id);
    return fact == nullptr ? std::nullopt : std::optional(fact->kind == Fact::Kind::tensor);
  }

 private:
  std::optional<bool> by_code(TermId id, unsigned depth) {
    const Term& term = tree_.at(id);
    const std::string_view kind = term.kind;
    const auto children = tree_.children(id);
    if (kind == "integer" || kind == "float" || kind == "true" || kind == "false" || kind == "none" ||
        kind == "string" || kind == "list" || kind == "tuple" || kind == "dictionary" || kind == "not_operator" ||
        kind == "lambda")
      return false;
    if (kind == "identifier") return term.name.empty() ? variable(id, depth + 1) : std::optional(false);
    if (kind == "unary_operator") return ask(children.back(), depth + 1);
    if (kind == "comparison_operator") return comparison(id, depth + 1);
    if (kind == "binary_operator" && children.size() == 3) return either(children[0], children[2], depth + 1);
    if (kind == "subscript") return subscript(id, depth + 1);
    if (kind == "attribute") return attribute(id, depth + 1);
    if (kind == "call") return call(id, depth + 1);
    return std::nullopt;
  }

  // A tensor on one side makes a tensor.
  std::optional<bool> either(TermId a, TermId b, unsigned depth) {
    const auto left = ask(a, depth), right = ask(b, depth);
    if (left == true || right == true) return true;
    return left && right ? std::optional(false) : std::nullopt;
  }

  std::optional<bool> comparison(TermId id, unsigned depth) {
    const auto parts = tree_.children(id);
    for (const TermId part : parts) {
      const Term& term = tree_.at(part);
      const std::string_view sign = term.node.is_named() ? std::string_view{} : term.node.text();
      if (sign == "in" || sign.starts_with("is") || sign.starts_with("not")) return false;
      if (term.kind == "none" || term.kind == "string" || term.kind == "tuple" || term.kind == "list") return false;
    }
    return parts.size() == 3 ? either(parts.front(), parts.back(), depth) : std::nullopt;
  }

  std::optional<bool> attribute(TermId id, unsigned depth) {
    if (!tree_.at(id).name.empty()) return false;  // of a module: torch.float32, math.pi
    const std::string_view label = tree_.at(tree_.children(id).back()).text;
    if (label == "shape" || label == "ndim" || label == "dtype" || label == "device" || label == "training" ||
        label == "requires_grad" || label == "is_cuda")
      return false;
    if (label == "T" || label == "mT" || label == "data" || label == "real" || label == "imag" || label == "grad")
      return ask(tree_.children(id).front(), depth);
    return std::nullopt;
  }

  std::optional<bool> subscript(TermId id, unsigned depth) {
    const TermId of = tree_.children(id).front();
    const auto value = ask(of, depth);
    return value == true || tree_.at(of).kind == "attribute" ? value : std::nullopt;
  }

  std::optional<bool> call(TermId id, unsigned depth) {
    const TermId callee = tree_.children(id).front();
    const Term& term = tree_.at(callee);
    const std::string_view name = called_name(tree_, id);
    if (std::find(kPlain.begin(), kPlain.end(), name) != kPlain.end()) return false;
    if (!term.name.empty()) {
      if (term.name.starts_with("math.") || term.name.starts_with("numpy.")) return false;
      return term.name.starts_with("torch.") ? std::optional(true) : std::nullopt;
    }
    if (term.kind != "attribute") return std::nullopt;
    const bool tensor_method = tree_.isomorphisms().method(name) != nullptr || gives(name).has_value();
    const auto receiver = ask(tree_.children(callee).front(), depth);
    if (receiver == false) return std::nullopt;
    return tensor_method || receiver == true ? std::optional(true) : std::nullopt;
  }

  std::optional<bool> variable(TermId id, unsigned depth) {
    Agreement<bool> agreement;
    for (const Assigned& assigned : assignments_to(tree_, id))
      agreement.add(assigned.index ? unpacked(assigned.value, depth) : ask(assigned.value, depth));
    if (agreement.any()) return agreement.answer();
    const std::string_view word = annotation_of(tree_, id).text();
    if (contains(word, "Tensor")) return true;
    return word == "int" || word == "float" || word == "bool" || word == "str" ? std::optional(false) : std::nullopt;
  }

  // One of several values at once: sizes of `x.shape`, or what `x.topk(k)` gives.
  std::optional<bool> unpacked(TermId value, unsigned depth) {
    const Term& term = tree_.at(value);
    if (term.kind == "attribute" && ask(value, depth) == false) return false;
    if (term.kind != "call") return std::nullopt;
    const std::string_view name = called_name(tree_, value);
    if (name == "size") return false;
    return gives_pair(name) ? std::optional(true) : std::nullopt;
  }

  const TermTree& tree_;
  const Facts* facts_;
  unsigned steps_ = 0;
};

}  // namespace

std::optional<bool> is_tensor(const TermTree& tree, TermId expression, const Facts* facts) {
  return TensorAsker(tree, facts).ask(expression, 0);
}

}  // namespace adapt::patterns
