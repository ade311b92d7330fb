#include "agent/emit/forms/drawn_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

namespace adapt::emit::forms {
namespace {

using patterns::Check;
using patterns::CheckInput;
using patterns::Filling;

std::string number(double value) {
  return value == std::floor(value) && std::fabs(value) < 1e15 ? fmt::format("{}", static_cast<std::int64_t>(value))
                                                               : fmt::format("{}", value);
}

std::vector<Code> sizes_of(const CheckInput& input, const Check& check) {
  std::vector<Code> out;
  for (const std::string& size : input.shape)
    out.push_back({check.sizes.contains(size) ? size_parameter(size, check) : size});
  return out;
}

bool is_floating(const CheckInput& input) {
  return input.dtype.starts_with("float") || input.dtype.starts_with("bfloat");
}

// Of those that the expression does not already have.
std::vector<Code> dtype_unless(const CheckInput& input, std::string_view usual) {
  return input.dtype == usual ? std::vector<Code>{} : std::vector<Code>{{"dtype=torch." + input.dtype}};
}

std::vector<Code> joined(std::vector<Code> left, const std::vector<Code>& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// The values as nested lists of the shape.
Code nested(const CheckInput& input, const std::vector<std::size_t>& shape, std::size_t depth, std::size_t& at) {
  if (depth == shape.size()) {
    const double value = at < input.values.size() ? input.values[at] : 0.0;
    ++at;
    if (input.dtype == "bool") return {value != 0 ? "True" : "False"};
    std::string text = number(value);
    if (is_floating(input) && text.find_first_of(".en") == std::string::npos) text += ".0";
    return {text};
  }
  std::vector<Code> items;
  for (std::size_t i = 0; i < shape[depth]; ++i) items.push_back(nested(input, shape, depth + 1, at));
  return list(std::move(items));
}

Code given_values(const CheckInput& input) {
  std::vector<std::size_t> shape;
  for (const std::string& size : input.shape) {
    std::size_t number = 0;
    std::from_chars(size.data(), size.data() + size.size(), number);
    shape.push_back(number);
  }
  std::size_t at = 0;
  const std::string usual = input.dtype == "bool" ? "bool" : is_floating(input) ? "float32" : "int64";
  return call("torch.tensor", joined({nested(input, shape, 0, at)}, dtype_unless(input, usual)));
}

// A flat tensor in the input's shape.
Code shaped(Code flat, const CheckInput& input, const Check& check) {
  if (input.shape.size() == 1) return flat;
  return call(laid_out("", flat, 0).substr(0, laid_out("", flat, 0).size() - 1) + ".reshape", sizes_of(input, check));
}

std::string count_of(const CheckInput& input, const Check& check) {
  std::string out;
  for (const Code& size : sizes_of(input, check)) out += (out.empty() ? "" : " * ") + size.text;
  return out.empty() ? "1" : out;
}

Code filled(const CheckInput& input, const Check& check, const DrawNames& names) {
  const Code generator{"generator=" + names.generator};
  const std::vector<Code> sizes = sizes_of(input, check);
  switch (input.fill) {
    case Filling::normal:
      return call("torch.randn", joined(joined(sizes.empty() ? std::vector<Code>{tuple({})} : sizes, {generator}),
                                        dtype_unless(input, "float32")));
    case Filling::uniform: {
      const Code empty = call("torch.empty", joined(sizes, dtype_unless(input, "float32")));
      std::string made = laid_out("", empty, 0);
      made.pop_back();
      return call(made + ".uniform_", {{number(input.low)}, {number(input.high)}, generator});
    }
    case Filling::integers:
      return call("torch.randint", joined({{number(input.low)}, {number(input.high)}, tuple(sizes), generator},
                                          dtype_unless(input, "int64")));
    case Filling::values: return given_values(input);
    case Filling::range:
      return shaped(call("torch.arange", joined({{count_of(input, check)}}, dtype_unless(input, "int64"))), input,
                    check);
    case Filling::distinct:
      return shaped(call("torch.randperm", joined({{count_of(input, check)}, generator}, dtype_unless(input, "int64"))),
                    input, check);
    case Filling::some: return call(names.mask, {tuple(sizes), {names.generator}, {input.name + "_fill"}});
    case Filling::mixed: return call(names.mask, {tuple(sizes), {names.generator}});
    case Filling::all: return call("torch.ones", joined(sizes, {{"dtype=torch.bool"}}));
    case Filling::none: return call("torch.zeros", joined(sizes, {{"dtype=torch.bool"}}));
  }
  return {};
}

}  // namespace

std::string size_parameter(const std::string& name, const Check& check) {
  std::string lower = identifier(name);
  const bool taken = std::ranges::any_of(check.inputs, [&](const CheckInput& input) { return input.name == lower; });
  return taken ? lower + "_size" : lower;
}

Code drawn_input(const CheckInput& input, const Check& check, const DrawNames& names) {
  Code drawn = filled(input, check, names);
  if (!input.nan && !input.inf) return drawn;
  std::vector<Code> special;
  if (input.nan) special.push_back({"float(\"nan\")"});
  if (input.inf) special.insert(special.end(), {{"float(\"inf\")"}, {"float(\"-inf\")"}});
  return call(names.special, {std::move(drawn), {names.generator}, list(std::move(special))});
}

}  // namespace adapt::emit::forms
