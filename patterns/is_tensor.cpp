#include "patterns/is_tensor.h"

#include <algorithm>
#include <array>

#include "patterns/assignments.h"
#include "patterns/tensor_functions.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

// Of values and tensors these give no tensor. Sorted.
constexpr auto kPlain = std::to_array<std::string_view>({"allclose",
                                                         "dim",
                                                         "element_size",
                                                         "equal",
                                                         "finfo",
                                                         "get_default_dtype",
                                                         "get_device",
                                                         "getattr",
                                                         "hasattr",
                                                         "iinfo",
                                                         "initial_seed",
                                                         "int",
                                                         "is_available",
                                                         "is_complex",
                                                         "is_contiguous",
                                                         "is_floating_point",
                                                         "is_grad_enabled",
                                                         "is_tensor",
                                                         "isinstance",
                                                         "item",
                                                         "len",
                                                         "manual_seed",
                                                         "ndimension",
                                                         "nelement",
                                                         "numel",
                                                         "range",
                                                         "seed",
                                                         "size",
                                                         "storage_offset",
                                                         "str",
                                                         "stride",
                                                         "tolist"});

// Reductions that tensors have as methods besides those in the table of functions.
constexpr auto kReductions =
    std::to_array<std::string_view>({"max", "mean", "median", "min", "norm", "prod", "std", "sum", "var"});

class TensorAsker {
 public:
  TensorAsker(const TermTree& tree, const Facts* facts) : tree_(tree), facts_(facts) {}

  std::optional<bool> ask(TermId id, unsigned depth) {
    if (depth > kMaxFollowDepth || ++steps_ > kMaxFollowSteps) return std::nullopt;
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
    if (kind == "boolean_operator" && children.size() == 3) return both(children[0], children[2], depth + 1);
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

  // `a or b` is one of the two.
  std::optional<bool> both(TermId a, TermId b, unsigned depth) {
    Agreement<bool> agreement;
    agreement.add(ask(a, depth));
    agreement.add(ask(b, depth));
    return agreement.answer();
  }

  std::optional<bool> comparison(TermId id, unsigned depth) {
    const auto parts = tree_.children(id);
    for (const TermId part : parts) {
      const Term& term = tree_.at(part);
      const std::string_view sign = term.node.is_named() ? std::string_view{} : term.node.text();
      if (sign == "in" || sign.starts_with("is") || sign.starts_with("not")) return false;
      if (term.kind == "none" || term.kind == "string" || term.kind == "tuple" || term.kind == "list") return false;
    }
    if (parts.size() != 3) return std::nullopt;
    // Sizes are compared with numbers.
    if (is_size(parts.front()) || is_size(parts.back())) return false;
    return either(parts.front(), parts.back(), depth);
  }

  // `x.shape[0]`, `x.size(0)`, `len(x)`
  bool is_size(TermId id) const {
    const Term& term = tree_.at(id);
    if (term.kind == "subscript") return is_shape(tree_.children(id).front());
    if (term.kind != "call" || term.count == 0) return false;
    const std::string_view name = called_name(tree_, id);
    return name == "size" || name == "len" || name == "numel" || name == "dim";
  }

  bool is_shape(TermId id) const {
    return tree_.at(id).kind == "attribute" && tree_.at(id).count > 0 &&
           tree_.at(tree_.children(id).back()).text == "shape";
  }

  std::optional<bool> attribute(TermId id, unsigned depth) {
    if (!tree_.at(id).name.empty()) return false;  // of a module: torch.float32, math.pi
    const std::string_view label = tree_.at(tree_.children(id).back()).text;
    if (label == "shape" || label == "ndim" || label == "dtype" || label == "device" || label == "training" ||
        label == "requires_grad" || label == "is_cuda")
      return false;
    if (label == "T" || label == "mT" || label == "data" || label == "real" || label == "imag" || label == "grad")
      return ask(tree_.children(id).front(), depth);
    const TermId of = tree_.children(id).front();
    if ((label == "values" || label == "indices") && tree_.at(of).kind == "call")
      return gives_pair(called_name(tree_, of)) ? std::optional(true) : std::nullopt;
    return tree_.at(of).text == "self" ? member(id, label, depth) : std::nullopt;
  }

  // `self.x`: a buffer, or what the methods of the file assign to it.
  std::optional<bool> member(TermId id, std::string_view label, unsigned depth) {
    for (const TermId call : tree_.of_kind("call")) {
      if (tree_.at(call).count < 2 || !called_name(tree_, call).starts_with("register_")) continue;
      const TermId first = tree_.children(call)[1];
      const Term& name = tree_.at(tree_.at(first).kind == "argument" ? tree_.children(first).front() : first);
      if (name.kind == "string" && name.text.substr(name.text.find(':') + 1) == label) return true;
    }
    Agreement<bool> agreement;
    for (const TermId value : values_assigned(tree_, id, false)) agreement.add(ask(value, depth + 1));
    return agreement.any() ? agreement.answer() : std::nullopt;
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
      if (term.name.starts_with("math.")) return false;
      if (term.name.starts_with("numpy.")) return of_numpy(id, depth);
      return of_torch(term.name);
    }
    if (term.kind != "attribute") return std::nullopt;
    const bool tensor_method = tree_.isomorphisms().method(name) != nullptr || gives(name).has_value() ||
                               std::find(kReductions.begin(), kReductions.end(), name) != kReductions.end();
    const auto receiver = ask(tree_.children(callee).front(), depth);
    if (receiver == false) return std::nullopt;
    return tensor_method || receiver == true ? std::optional(true) : std::nullopt;
  }

  // An array, but of a tensor it is what a tensor makes of itself.
  std::optional<bool> of_numpy(TermId call, unsigned depth) {
    const TermId first = operand_of(tree_, call, 0);
    return first != kNoTerm && ask(first, depth) == true;
  }

  // Functions give tensors, classes make modules and what belongs to them.
  static std::optional<bool> of_torch(std::string_view name) {
    if (!name.starts_with("torch.")) return std::nullopt;
    for (const std::string_view package : {"torch.nn.functional.", "torch.linalg.", "torch.fft.", "torch.special."})
      if (name.starts_with(package)) return true;
    const std::string_view last = name.substr(name.rfind('.') + 1);
    if (last.ends_with("Tensor") || last == "Parameter" || last == "Buffer") return true;
    if (last.front() >= 'A' && last.front() <= 'Z') return false;
    return std::count(name.begin(), name.end(), '.') == 1 ? std::optional(true) : std::nullopt;
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
