#include "patterns/tensor_at_hand.h"

#include <algorithm>

#include "patterns/assignments.h"
#include "patterns/is_tensor.h"
#include "patterns/tensor_functions.h"

namespace adapt::patterns {
namespace {

constexpr unsigned kMaxDepth = 12;    // of names assigned from names
constexpr unsigned kMaxAliases = 2;   // in a row
constexpr unsigned kMaxSteps = 2000;  // of one question: code can assign a name any number of times

class Finder {
 public:
  explicit Finder(const TermTree& tree) : tree_(tree) {}

  std::optional<TermId> run(std::span<const TermId> code) {
    if (code.empty()) return std::nullopt;
    for (const TermId id : code)
      if (const auto found = by_sizes(id, 0)) return found;
    if (const auto found = by_company(code.front())) return found;
    const pyast::Node function = function_around(tree_.at(code.front()).node);
    // What is made in __init__ moves with its module.
    if (function.kind() != "function_definition" || function.child_by_field("name").text() == "__init__")
      return std::nullopt;
    if (const auto found = by_parameters(function)) return found;
    return by_members(function);
  }

 private:
  // `x`, `self.x`: what code elsewhere in the function may say too.
  std::optional<TermId> owner(TermId id) const {
    while (true) {
      const Term& term = tree_.at(id);
      if (!term.name.empty()) return std::nullopt;
      if (term.kind == "identifier")
        return term.text == "self" || term.text == "cls" ? std::nullopt : std::optional(id);
      if (term.count == 0) return std::nullopt;
      const TermId first = tree_.children(id).front();
      if (term.kind == "attribute" && tree_.at(first).text == "self") return id;
      if (term.kind != "attribute" && term.kind != "call" && term.kind != "subscript") return std::nullopt;
      id = first;
    }
  }

  std::optional<TermId> tensor_owner(TermId id) {
    const auto found = owner(id);
    const auto said = found ? is_tensor(tree_, *found) : std::optional(false);
    if (said == false) return std::nullopt;
    return said == true || tree_.at(*found).kind != "identifier" ||
                   used_as_tensor(*found, function_around(tree_.at(*found).node))
               ? found
               : std::nullopt;
  }

  std::optional<TermId> by_sizes(TermId id, unsigned depth) {
    if (depth > kMaxDepth || ++steps_ > kMaxSteps) return std::nullopt;
    const Term& term = tree_.at(id);
    if (term.kind == "attribute" && term.count > 0 && tree_.at(tree_.children(id).back()).text == "shape")
      return tensor_owner(tree_.children(id).front());
    if (term.kind == "call" && term.count > 0) {
      const std::string_view name = called_name(tree_, id);
      if (name == "size" || name == "numel" || name == "len" || name == "dim")
        if (const TermId of = operand_of(tree_, id, 0); of != kNoTerm)
          if (const auto found = tensor_owner(of)) return found;
    }
    if (term.kind == "identifier" && term.name.empty())
      for (const Assigned& assigned : assignments_to(tree_, id))
        if (const auto found = by_sizes(assigned.value, depth + 1)) return found;
    for (const TermId child : tree_.children(id))
      if (const auto found = by_sizes(child, depth + 1)) return found;
    return std::nullopt;
  }

  // The other operand, another argument, the receiver: of the smallest code around it that has one.
  std::optional<TermId> by_company(TermId id) const {
    for (TermId at = id; tree_.at(at).parent != kNoTerm; at = tree_.at(at).parent) {
      const TermId around = tree_.at(at).parent;
      const Term& term = tree_.at(around);
      if (term.kind.ends_with("_statement") || term.kind == "block") return std::nullopt;
      if (term.kind != "binary_operator" && term.kind != "comparison_operator" && term.kind != "call") continue;
      for (const TermId other : tree_.children(around)) {
        if (other == at) continue;
        const TermId value = tree_.at(other).kind == "argument" ? tree_.children(other).front() : other;
        if (is_tensor(tree_, value) != true) continue;
        if (const auto found = owner(value)) return found;
      }
    }
    return std::nullopt;
  }

  std::optional<TermId> by_parameters(pyast::Node function) {
    for (const TermId parameters : tree_.of_kind("parameters")) {
      if (tree_.at(parameters).node.parent() != function) continue;
      for (const TermId parameter : tree_.children(parameters)) {
        TermId name = parameter;
        while (tree_.at(name).kind != "identifier" && tree_.at(name).count > 0) name = tree_.children(name).front();
        if (tree_.at(name).kind != "identifier" || tree_.at(name).text == "self" || tree_.at(name).text == "cls")
          continue;
        const auto said = is_tensor(tree_, name);
        if (said == true || (said != false && used_as_tensor(name, function))) return name;
      }
    }
    return std::nullopt;
  }

  bool used_as_tensor(TermId name, pyast::Node function, unsigned depth = 0) {
    const auto places = tree_.with_word(tree_.at(name).text);
    return std::any_of(places.begin(), places.end(), [&](TermId place) {
      return tree_.at(place).kind == "identifier" && tree_.at(place).parent != kNoTerm &&
             function.span().contains(tree_.at(place).span()) && is_tensor_use(place, function, depth);
    });
  }

  // `x.shape`, `x.sum(..)`, `x[:, None]`, an operand of a function of torch, or what is that under another name.
  bool is_tensor_use(TermId place, pyast::Node function, unsigned depth) {
    if (++steps_ > kMaxSteps) return false;
    const TermId around = tree_.at(place).parent;
    const Term& term = tree_.at(around);
    const auto children = tree_.children(around);
    if (term.kind == "argument") return is_operand(around);
    if (children.front() != place)
      return term.kind == "assignment" && children.size() == 2 && children.back() == place && depth < kMaxAliases &&
             tree_.at(children.front()).kind == "identifier" && used_as_tensor(children.front(), function, depth + 1);
    if (term.kind == "subscript")
      return children.size() > 2 || (children.size() == 2 && tree_.at(children.back()).kind == "none");
    if (term.kind != "attribute") return false;
    const std::string_view label = tree_.at(children.back()).text;
    return label == "shape" || label == "dtype" || label == "device" || label == "ndim" || label == "tolist" ||
           gives(label).has_value() || tree_.isomorphisms().method(label) != nullptr;
  }

  bool is_operand(TermId argument) const {
    const std::string_view label = tree_.at(argument).text;
    return label == "input" || label == "other" || label == "condition" || label == "mask" || label == "query";
  }

  std::optional<TermId> by_members(pyast::Node function) const {
    for (const TermId attribute : tree_.of_kind("attribute")) {
      if (!function.span().contains(tree_.at(attribute).span()) || tree_.at(attribute).count == 0) continue;
      if (tree_.at(tree_.children(attribute).front()).text == "self" && is_tensor(tree_, attribute) == true)
        return attribute;
    }
    return std::nullopt;
  }

  const TermTree& tree_;
  unsigned steps_ = 0;
};

}  // namespace

std::optional<TermId> tensor_at_hand(const TermTree& tree, std::span<const TermId> code) {
  return Finder(tree).run(code);
}

}  // namespace adapt::patterns
