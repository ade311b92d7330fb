#include "patterns/dtype_of.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

using Class = DtypeClass;
using Answer = std::optional<Class>;

constexpr unsigned kMaxSteps = 200;  // of one question: chains of assignments are short
constexpr unsigned kMaxDepth = 24;

// What a function or method of this name gives. `same`: what its first operand is; `second`: its second operand;
// `counted`: an integer for booleans and integers, else the same; `element`: the first element of its first operand.
enum class Gives : std::uint8_t { boolean, integer, floating, same, second, counted, element };

struct Known {
  std::string_view name;
  Gives gives;
};

// Sorted by name.
constexpr auto kKnown = std::to_array<Known>({
    {"abs", Gives::same},
    {"all", Gives::boolean},
    {"allclose", Gives::boolean},
    {"amax", Gives::same},
    {"amin", Gives::same},
    {"any", Gives::boolean},
    {"argmax", Gives::integer},
    {"argmin", Gives::integer},
    {"argsort", Gives::integer},
    {"as_strided", Gives::same},
    {"bfloat16", Gives::floating},
    {"bincount", Gives::integer},
    {"bitwise_and", Gives::same},
    {"bitwise_not", Gives::same},
    {"bitwise_or", Gives::same},
    {"bmm", Gives::same},
    {"bool", Gives::boolean},
    {"broadcast_to", Gives::same},
    {"bucketize", Gives::integer},
    {"cat", Gives::element},
    {"cdist", Gives::floating},
    {"clamp", Gives::same},
    {"clamp_max", Gives::same},
    {"clamp_min", Gives::same},
    {"clip", Gives::same},
    {"clone", Gives::same},
    {"concat", Gives::element},
    {"contiguous", Gives::same},
    {"conv1d", Gives::same},
    {"conv2d", Gives::same},
    {"cos", Gives::floating},
    {"count_nonzero", Gives::integer},
    {"cpu", Gives::same},
    {"cuda", Gives::same},
    {"cummax", Gives::same},
    {"cumprod", Gives::counted},
    {"cumsum", Gives::counted},
    {"detach", Gives::same},
    {"diff", Gives::same},
    {"dim", Gives::integer},
    {"double", Gives::floating},
    {"dropout", Gives::floating},
    {"eq", Gives::boolean},
    {"equal", Gives::boolean},
    {"exp", Gives::floating},
    {"expand", Gives::same},
    {"expand_as", Gives::same},
    {"flatten", Gives::same},
    {"flip", Gives::same},
    {"float", Gives::floating},
    {"gather", Gives::same},
    {"ge", Gives::boolean},
    {"gelu", Gives::floating},
    {"greater", Gives::boolean},
    {"greater_equal", Gives::boolean},
    {"gt", Gives::boolean},
    {"half", Gives::floating},
    {"index_select", Gives::same},
    {"int", Gives::integer},
    {"isclose", Gives::boolean},
    {"isfinite", Gives::boolean},
    {"isin", Gives::boolean},
    {"isinf", Gives::boolean},
    {"isinstance", Gives::boolean},
    {"isnan", Gives::boolean},
    {"le", Gives::boolean},
    {"len", Gives::integer},
    {"less", Gives::boolean},
    {"less_equal", Gives::boolean},
    {"linspace", Gives::floating},
    {"log", Gives::floating},
    {"log_softmax", Gives::floating},
    {"logical_and", Gives::boolean},
    {"logical_not", Gives::boolean},
    {"logical_or", Gives::boolean},
    {"logical_xor", Gives::boolean},
    {"logsumexp", Gives::floating},
    {"long", Gives::integer},
    {"lt", Gives::boolean},
    {"masked_fill", Gives::same},
    {"masked_scatter", Gives::same},
    {"masked_select", Gives::same},
    {"maximum", Gives::same},
    {"mean", Gives::floating},
    {"minimum", Gives::same},
    {"multinomial", Gives::integer},
    {"narrow", Gives::same},
    {"ne", Gives::boolean},
    {"nonzero", Gives::integer},
    {"norm", Gives::floating},
    {"normalize", Gives::floating},
    {"not_equal", Gives::boolean},
    {"numel", Gives::integer},
    {"one_hot", Gives::integer},
    {"pad", Gives::same},
    {"permute", Gives::same},
    {"rand", Gives::floating},
    {"rand_like", Gives::floating},
    {"randint", Gives::integer},
    {"randn", Gives::floating},
    {"randn_like", Gives::floating},
    {"randperm", Gives::integer},
    {"relu", Gives::same},
    {"repeat", Gives::same},
    {"repeat_interleave", Gives::same},
    {"reshape", Gives::same},
    {"roll", Gives::same},
    {"round", Gives::same},
    {"rsqrt", Gives::floating},
    {"scatter", Gives::same},
    {"scatter_add", Gives::same},
    {"searchsorted", Gives::integer},
    {"select", Gives::same},
    {"sigmoid", Gives::floating},
    {"sin", Gives::floating},
    {"size", Gives::integer},
    {"softmax", Gives::floating},
    {"sqrt", Gives::floating},
    {"squeeze", Gives::same},
    {"stack", Gives::element},
    {"std", Gives::floating},
    {"sum", Gives::counted},
    {"t", Gives::same},
    {"take", Gives::same},
    {"tanh", Gives::floating},
    {"tile", Gives::same},
    {"transpose", Gives::same},
    {"tril", Gives::same},
    {"triu", Gives::same},
    {"type_as", Gives::second},
    {"unsqueeze", Gives::same},
    {"var", Gives::floating},
    {"view", Gives::same},
    {"view_as", Gives::same},
    {"where", Gives::second},
});

// Calls that give (values, indices).
constexpr auto kPairs =
    std::to_array<std::string_view>({"cummax", "cummin", "kthvalue", "max", "median", "min", "mode", "sort", "topk"});

std::string_view last_word(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }

Answer class_of_dtype_name(std::string_view name) {
  const std::string_view word = last_word(name);
  if (word == "bool") return Class::boolean;
  if (word == "long" || word == "int" || word == "short" || word.starts_with("int") || word.starts_with("uint"))
    return Class::integer;
  if (word == "half" || word == "double" || word.starts_with("float") || word == "bfloat16") return Class::floating;
  if (word.starts_with("complex") || word == "cfloat") return Class::complex_number;
  return std::nullopt;
}

Answer class_of_annotation(std::string_view type) {
  for (const auto& [word, meant] : {std::pair{"BoolTensor", Class::boolean}, std::pair{"LongTensor", Class::integer},
                                    std::pair{"IntTensor", Class::integer}, std::pair{"FloatTensor", Class::floating}})
    if (contains(type, word)) return meant;
  return std::nullopt;
}

std::string_view called_name(const TermTree& tree, TermId call) {
  const TermId callee = tree.children(call).front();
  const Term& term = tree.at(callee);
  if (!term.name.empty()) return last_word(term.name);
  return term.kind == "attribute" ? tree.at(tree.children(callee).back()).text : term.text;
}

bool mentions(const TermTree& tree, TermId id, std::string_view name) {
  const Term& term = tree.at(id);
  if (term.kind == "identifier" && term.text == name) return true;
  const auto children = tree.children(id);
  return std::any_of(children.begin(), children.end(), [&](TermId child) { return mentions(tree, child, name); });
}

pyast::Node function_around(pyast::Node node) {
  while (node && node.kind() != "function_definition" && node.kind() != "module") node = node.parent();
  return node;
}

// Calls `take(value, index)` for each assignment to the variable in its function; `index` is its place in a tuple of
// targets, or -1. Those that only make the variable anew from itself, as in x = x.view(..), are left out.
template <class Take>
void each_assignment(const TermTree& tree, TermId variable, Take take) {
  const std::string_view name = tree.at(variable).text;
  const pyast::Span around = function_around(tree.at(variable).node).span();
  for (const TermId assignment : tree.of_kind("assignment")) {
    if (!around.contains(tree.at(assignment).span())) continue;
    const auto parts = tree.children(assignment);
    if (parts.size() < 2) continue;
    const Term& left = tree.at(parts.front());
    if (left.kind == "identifier" && left.text == name) {
      if (!mentions(tree, parts.back(), name)) take(parts.back(), -1);
    } else if (left.kind == "tuple") {
      const auto targets = tree.children(parts.front());
      for (std::size_t i = 0; i < targets.size(); ++i)
        if (tree.at(targets[i]).text == name) take(parts.back(), static_cast<int>(i));
    }
  }
}

// What all answers say, or nothing.
template <class T>
class Agreement {
 public:
  void add(const std::optional<T>& answer) {
    if (any_ && answer != agreed_) agreed_.reset();
    if (!any_) agreed_ = answer;
    any_ = true;
  }
  bool any() const { return any_; }
  const std::optional<T>& answer() const { return agreed_; }

 private:
  std::optional<T> agreed_;
  bool any_ = false;
};

pyast::Node annotation_of(pyast::Node function, std::string_view name) {
  const pyast::Node parameters = function.child_by_field("parameters");
  if (!parameters) return {};
  for (const pyast::Node parameter : parameters.named_children()) {
    const auto parts = parameter.named_children();
    if (!parts.empty() && parts.front().text() == name) return parameter.child_by_field("type");
  }
  return {};
}

class Asker {
 public:
  explicit Asker(const TermTree& tree) : tree_(tree) {}

  Answer ask(TermId id, unsigned depth) {
    if (depth > kMaxDepth || ++steps_ > kMaxSteps) return std::nullopt;
    const Term& term = tree_.at(id);
    const std::string_view kind = term.kind;
    if (kind == "integer") return Class::integer;
    if (kind == "float") return Class::floating;
    if (kind == "true" || kind == "false" || kind == "comparison_operator" || kind == "not_operator")
      return Class::boolean;
    if (kind == "identifier") return variable(id, depth + 1);
    if (kind == "unary_operator") return ask(tree_.children(id).back(), depth + 1);
    if (kind == "binary_operator") return operation(id, depth + 1);
    if (kind == "boolean_operator") return both(tree_.children(id).front(), tree_.children(id).back(), depth + 1);
    if (kind == "conditional_expression") return both(tree_.children(id).front(), tree_.children(id).back(), depth + 1);
    if (kind == "subscript") return subscript(id, depth + 1);
    if (kind == "attribute") return attribute(id, depth + 1);
    if (kind == "call") return call(id, depth + 1);
    return std::nullopt;
  }

 private:
  Answer both(TermId a, TermId b, unsigned depth) {
    const Answer left = ask(a, depth);
    return left && left == ask(b, depth) ? left : std::nullopt;
  }

  Answer operation(TermId id, unsigned depth) {
    const auto parts = tree_.children(id);
    if (parts.size() != 3) return std::nullopt;
    const std::string_view sign = tree_.at(parts[1]).text;
    if (sign == "&" || sign == "|" || sign == "^") return both(parts[0], parts[2], depth);
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
      if (std::find(kPairs.begin(), kPairs.end(), name) != kPairs.end() && tree_.children(id).size() == 2) {
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
    return std::nullopt;
  }

  std::string_view called(TermId call) const { return called_name(tree_, call); }

  bool is_method(TermId call) const {
    const Term& callee = tree_.at(tree_.children(call).front());
    return callee.name.empty() && callee.kind == "attribute";
  }

  // The n-th operand: of a method the receiver is the first.
  TermId operand_of(TermId call, std::size_t n) const {
    const auto parts = tree_.children(call);
    if (is_method(call)) {
      if (n == 0) return tree_.children(parts.front()).front();
      --n;
    }
    if (n + 1 >= parts.size() || tree_.at(parts[n + 1]).kind != "argument") return kNoTerm;
    return tree_.children(parts[n + 1]).front();
  }

  Answer operand(TermId call, std::size_t n, unsigned depth) {
    const TermId id = operand_of(call, n);
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
    if (name == "tensor") return element(operand_of(id, 0), depth);
    if (name == "arange" || name == "range") return arange(id, depth);
    const auto known = std::lower_bound(kKnown.begin(), kKnown.end(), name,
                                        [](const Known& row, std::string_view word) { return row.name < word; });
    if (known == kKnown.end() || known->name != name) return std::nullopt;
    switch (known->gives) {
      case Gives::boolean: return Class::boolean;
      case Gives::integer: return Class::integer;
      case Gives::floating: return Class::floating;
      case Gives::same: return operand(id, 0, depth);
      case Gives::second: return operand(id, 1, depth);
      case Gives::element: return element(operand_of(id, 0), depth);
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
    each_assignment(tree_, id, [&](TermId value, int index) {
      agreement.add(index < 0 ? ask(value, depth) : unpacked(value, static_cast<std::size_t>(index), depth));
    });
    if (agreement.any()) return agreement.answer();
    const pyast::Node type = annotation_of(function_around(tree_.at(id).node), tree_.at(id).text);
    return type ? class_of_annotation(type.text()) : std::nullopt;
  }

  Answer unpacked(TermId value, std::size_t index, unsigned depth) {
    const Term& term = tree_.at(value);
    if (term.kind == "tuple" && index < term.count) return ask(tree_.children(value)[index], depth);
    if (term.kind != "call") return std::nullopt;
    const std::string_view name = called(value);
    if (std::find(kPairs.begin(), kPairs.end(), name) == kPairs.end()) return std::nullopt;
    return index == 1 ? Answer(Class::integer) : operand(value, 0, depth);
  }

  const TermTree& tree_;
  unsigned steps_ = 0;
};

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
  explicit TensorAsker(const TermTree& tree) : tree_(tree) {}

  std::optional<bool> ask(TermId id, unsigned depth) {
    if (depth > kMaxDepth || ++steps_ > kMaxSteps) return std::nullopt;
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

 private:
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
    const bool tensor_method = tree_.isomorphisms().method(name) != nullptr || is_in_table(name);
    const auto receiver = ask(tree_.children(callee).front(), depth);
    if (receiver == false) return std::nullopt;
    return tensor_method || receiver == true ? std::optional(true) : std::nullopt;
  }

  static bool is_in_table(std::string_view name) {
    return std::binary_search(kKnown.begin(), kKnown.end(), Known{name, Gives::same},
                              [](const Known& a, const Known& b) { return a.name < b.name; });
  }

  std::optional<bool> variable(TermId id, unsigned depth) {
    Agreement<bool> agreement;
    each_assignment(tree_, id, [&](TermId value, int index) {
      agreement.add(index < 0 ? ask(value, depth) : unpacked(value, depth));
    });
    if (agreement.any()) return agreement.answer();
    const pyast::Node type = annotation_of(function_around(tree_.at(id).node), tree_.at(id).text);
    const std::string_view word = type.text();
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
    return std::find(kPairs.begin(), kPairs.end(), name) != kPairs.end() ? std::optional(true) : std::nullopt;
  }

  const TermTree& tree_;
  unsigned steps_ = 0;
};

}  // namespace

std::optional<bool> is_tensor(const TermTree& tree, TermId expression) { return TensorAsker(tree).ask(expression, 0); }

Result<DtypeClass> parse_dtype_class(std::string_view word) {
  static const std::vector<std::string> words = {"bool", "int", "float", "complex"};
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end())
    return fail(ErrorKind::parse, "unknown dtype '{}'{}; one of bool, int, float, complex", word,
                did_you_mean(word, words));
  return static_cast<DtypeClass>(found - words.begin());
}

std::optional<DtypeClass> dtype_of(const TermTree& tree, TermId expression) { return Asker(tree).ask(expression, 0); }

}  // namespace adapt::patterns
