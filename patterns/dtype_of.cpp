#include "patterns/dtype_of.h"

#include <algorithm>
#include <string>
#include <vector>

#include "patterns/assignments.h"
#include "patterns/tensor_functions.h"
#include "patterns/used_as_mask.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

using Class = DtypeClass;
using Answer = std::optional<Class>;

std::string_view last_word(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }

Answer class_of_annotation(std::string_view type) {
  for (const auto& [word, meant] : {std::pair{"BoolTensor", Class::boolean}, std::pair{"LongTensor", Class::integer},
                                    std::pair{"IntTensor", Class::integer}, std::pair{"FloatTensor", Class::floating}})
    if (contains(type, word)) return meant;
  return std::nullopt;
}

class Asker {
 public:
  Asker(const TermTree& tree, const Facts* facts) : tree_(tree), facts_(facts) {}

  Answer ask(TermId id, unsigned depth) {
    if (depth > kMaxFollowDepth || ++steps_ > kMaxFollowSteps) return std::nullopt;
    if (const Answer said = by_code(id, depth)) return said;
    const Fact* fact = facts_ == nullptr ? nullptr : facts_->of(tree_, id);
    Agreement<Class> agreement;
    if (fact != nullptr)
      for (const std::string& dtype : fact->dtypes) agreement.add(class_of_dtype_name(dtype));
    return agreement.answer();
  }

 private:
  Answer by_code(TermId id, unsigned depth) {
    const Term& term = tree_.at(id);
    const std::string_view kind = term.kind;
    if (kind == "integer") return Class::integer;
    if (kind == "float") return Class::floating;
    if (kind == "true" || kind == "false" || kind == "comparison_operator" || kind == "not_operator")
      return Class::boolean;
    if (kind == "identifier") return variable(id, depth + 1);
    if (kind == "unary_operator") {
      const Answer of = ask(tree_.children(id).back(), depth + 1);
      return of || tree_.at(tree_.children(id).front()).text != "~" ? of : Class::boolean;  // `~` of a number is rare
    }
    if (kind == "binary_operator") return operation(id, depth + 1);
    if (kind == "boolean_operator") return both(tree_.children(id).front(), tree_.children(id).back(), depth + 1);
    if (kind == "conditional_expression") return both(tree_.children(id).front(), tree_.children(id).back(), depth + 1);
    if (kind == "subscript") return subscript(id, depth + 1);
    if (kind == "attribute") return attribute(id, depth + 1);
    if (kind == "call") return call(id, depth + 1);
    return std::nullopt;
  }

  Answer both(TermId a, TermId b, unsigned depth) {
    const Answer left = ask(a, depth);
    return left && left == ask(b, depth) ? left : std::nullopt;
  }

  Answer operation(TermId id, unsigned depth) {
    const auto parts = tree_.children(id);
    if (parts.size() != 3) return std::nullopt;
    const std::string_view sign = tree_.at(parts[1]).text;
    if (sign == "&" || sign == "|" || sign == "^") {
      const Answer left = ask(parts[0], depth), right = ask(parts[2], depth);
      return left && right && left != right ? std::nullopt : left ? left : right;
    }
    const Answer a = ask(parts[0], depth), b = ask(parts[2], depth);
    if (sign == "/")
      return a == Class::complex_number || b == Class::complex_number ? Class::complex_number : Class::floating;
    // A float on either side makes a float, whatever the other is, unless that is complex.
    if (a == Class::floating && b != Class::complex_number && b) return a;
    if (b == Class::floating && a != Class::complex_number && a) return b;
    if (!a || !b) return std::nullopt;
    return std::max(*a, *b);
  }

  Answer subscript(TermId id, unsigned depth) {
    const TermId value = tree_.children(id).front();
    const Term& term = tree_.at(value);
    if (term.kind == "attribute" && tree_.at(tree_.children(value).back()).text == "shape") return Class::integer;
    if (term.kind == "call") {
      const std::string_view name = called(value);
      if (gives_pair(name) && tree_.children(id).size() == 2) {
        const std::string_view index = tree_.at(tree_.children(id).back()).text;
        if (index == "1") return Class::integer;
        if (index != "0") return std::nullopt;
        return operand(value, 0, depth);
      }
    }
    return ask(value, depth);
  }

  Answer attribute(TermId id, unsigned depth) {
    const auto parts = tree_.children(id);
    const std::string_view label = tree_.at(parts.back()).text;
    if (label == "T" || label == "mT" || label == "data" || label == "values") return ask(parts.front(), depth);
    if (label == "indices" || label == "ndim") return Class::integer;
    if (label == "real" || label == "imag") return Class::floating;
    return used_as_mask(tree_, id) ? Answer(Class::boolean) : std::nullopt;
  }

  std::string_view called(TermId call) const { return called_name(tree_, call); }

  Answer operand(TermId call, std::size_t n, unsigned depth) {
    const TermId id = operand_of(tree_, call, n);
    return id == kNoTerm ? std::nullopt : ask(id, depth);
  }

  Answer dtype_argument(TermId call) const {
    for (const TermId child : tree_.children(call).subspan(1)) {
      const Term& argument = tree_.at(child);
      if (argument.kind != "argument") continue;
      const Term& value = tree_.at(tree_.children(child).front());
      if (argument.text == "dtype" || value.name.starts_with("torch."))
        if (const Answer found = class_of_dtype_name(value.name.empty() ? value.node.text() : value.name)) return found;
    }
    return std::nullopt;
  }

  bool has_dtype(TermId call) const {
    const auto parts = tree_.children(call).subspan(1);
    return std::any_of(parts.begin(), parts.end(), [&](TermId id) { return tree_.at(id).text == "dtype"; });
  }

  Answer call(TermId id, unsigned depth) {
    if (const Answer said = dtype_argument(id)) return said;
    if (has_dtype(id)) return std::nullopt;
    const std::string_view name = called(id);
    if (name == "zeros" || name == "ones" || name == "empty") return Class::floating;
    if (name == "full") return operand(id, 1, depth);
    if (name.ends_with("_like")) return operand(id, 0, depth);
    if (name == "tensor") return element(operand_of(tree_, id, 0), depth);
    if (name == "arange" || name == "range") return arange(id, depth);
    const auto known = gives(name);
    if (!known) return std::nullopt;
    switch (*known) {
      case Gives::boolean: return Class::boolean;
      case Gives::integer: return Class::integer;
      case Gives::floating: return Class::floating;
      case Gives::same: return operand(id, 0, depth);
      case Gives::second: return operand(id, 1, depth);
      case Gives::element: return element(operand_of(tree_, id, 0), depth);
      case Gives::counted: {
        const Answer of = operand(id, 0, depth);
        return of == Class::boolean ? Class::integer : of;
      }
    }
    return std::nullopt;
  }

  Answer element(TermId id, unsigned depth) {
    if (id == kNoTerm) return std::nullopt;
    const Term& term = tree_.at(id);
    const bool list = (term.kind == "list" || term.kind == "tuple") && term.count > 0;
    return list ? element(tree_.children(id).front(), depth + 1) : ask(id, depth);
  }

  Answer arange(TermId id, unsigned depth) {
    for (const TermId child : tree_.children(id).subspan(1))
      if (tree_.at(child).kind == "argument" && ask(tree_.children(child).front(), depth) == Class::floating)
        return Class::floating;
    return Class::integer;
  }

  Answer variable(TermId id, unsigned depth) {
    Agreement<Class> agreement;
    for (const Assigned& assigned : assignments_to(tree_, id))
      agreement.add(assigned.index ? unpacked(assigned.value, *assigned.index, depth) : ask(assigned.value, depth));
    if (agreement.any()) return agreement.answer();
    const pyast::Node type = annotation_of(tree_, id);
    if (const Answer said = type ? class_of_annotation(type.text()) : std::nullopt) return said;
    return used_as_mask(tree_, id) ? Answer(Class::boolean) : std::nullopt;
  }

  Answer unpacked(TermId value, std::size_t index, unsigned depth) {
    const Term& term = tree_.at(value);
    if (term.kind == "tuple" && index < term.count) return ask(tree_.children(value)[index], depth);
    if (term.kind != "call") return std::nullopt;
    const std::string_view name = called(value);
    if (!gives_pair(name)) return std::nullopt;
    return index == 1 ? Answer(Class::integer) : operand(value, 0, depth);
  }

  const TermTree& tree_;
  const Facts* facts_;
  unsigned steps_ = 0;
};

}  // namespace

Result<DtypeClass> parse_dtype_class(std::string_view word) {
  static const std::vector<std::string> words = {"bool", "int", "float", "complex"};
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end())
    return fail(ErrorKind::parse, "unknown dtype '{}'{}; one of bool, int, float, complex", word,
                did_you_mean(word, words));
  return static_cast<DtypeClass>(found - words.begin());
}

std::optional<DtypeClass> class_of_dtype_name(std::string_view name) {
  const std::string_view word = last_word(name);
  if (word == "bool") return Class::boolean;
  if (word == "long" || word == "int" || word == "short" || word.starts_with("int") || word.starts_with("uint"))
    return Class::integer;
  if (word == "half" || word == "double" || word.starts_with("float") || word == "bfloat16") return Class::floating;
  if (word.starts_with("complex") || word == "cfloat") return Class::complex_number;
  return std::nullopt;
}

std::optional<DtypeClass> dtype_of(const TermTree& tree, TermId expression, const Facts* facts) {
  return Asker(tree, facts).ask(expression, 0);
}

}  // namespace adapt::patterns
