#include "agent/emit/sample_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "tools/base/text.h"

namespace adapt::emit {
namespace {

using tensor::Array;

constexpr std::size_t kMostLiterals = 1024;  // elements that are written out

struct Values {
  std::vector<double> numbers;
  std::vector<std::int64_t> shape;
  std::string dtype;

  bool floating() const { return dtype.starts_with("float") || dtype.starts_with("bfloat"); }
  bool boolean() const { return dtype == "bool"; }
};

std::string number(double value) {
  if (std::isnan(value)) return "float(\"nan\")";
  if (std::isinf(value)) return value > 0 ? "float(\"inf\")" : "float(\"-inf\")";
  if (value == std::floor(value) && std::fabs(value) < 1e15) return fmt::format("{}", static_cast<std::int64_t>(value));
  return fmt::format("{}", static_cast<float>(value));
}

std::string element(const Values& values, std::size_t at) {
  if (values.boolean()) return values.numbers[at] != 0 ? "True" : "False";
  std::string text = number(values.numbers[at]);
  if (values.floating() && text.find_first_of(".en\"") == std::string::npos) text += ".0";
  return text;
}

Code nested(const Values& values, std::size_t depth, std::size_t& at) {
  if (depth == values.shape.size()) return {element(values, at++)};
  std::vector<Code> items;
  for (std::int64_t i = 0; i < values.shape[depth]; ++i) items.push_back(nested(values, depth + 1, at));
  return list(std::move(items));
}

std::vector<Code> sizes_of(const Values& values) {
  std::vector<Code> out;
  for (const std::int64_t size : values.shape) out.push_back({std::to_string(size)});
  return out;
}

// torch's factories make float32, tensor() and randint() int64 where the values are whole.
std::vector<Code> with_dtype(std::vector<Code> arguments, const Values& values, std::string_view usual) {
  if (values.dtype != usual) arguments.push_back({"dtype=torch." + values.dtype});
  return arguments;
}

Code constant(const Values& values) {
  const double value = values.numbers.empty() ? 0 : values.numbers.front();
  if (value == 0) return call("torch.zeros", with_dtype(sizes_of(values), values, "float32"));
  if (value == 1) return call("torch.ones", with_dtype(sizes_of(values), values, "float32"));
  return call("torch.full", with_dtype({tuple(sizes_of(values)), {element(values, 0)}}, values,
                                       values.floating() ? "float32" : "int64"));
}

bool is_constant(const Values& values) {
  return std::ranges::all_of(values.numbers, [&](double value) { return value == values.numbers.front(); });
}

// 0, 1, 2, ... in every row.
bool is_range(const Values& values) {
  if (values.floating() || values.boolean() || values.shape.empty() || values.shape.back() < 3) return false;
  const auto width = static_cast<std::size_t>(values.shape.back());
  for (std::size_t i = 0; i < values.numbers.size(); ++i)
    if (values.numbers[i] != static_cast<double>(i % width)) return false;
  return true;
}

Code range(const Values& values) {
  std::string made = "torch.arange(" + std::to_string(values.shape.back());
  made += (values.dtype == "int64" ? "" : ", dtype=torch." + values.dtype) + ")";
  if (values.shape.size() == 1) return {made};
  if (values.shape.size() == 2 && values.shape.front() == 1) return {made + ".unsqueeze(0)"};
  return call(made + ".repeat", [&] {
    std::vector<Code> sizes = sizes_of(values);
    sizes.back() = {"1"};
    return sizes;
  }());
}

// Few different numbers, or such that no draw gives: they mean something.
bool is_telling(const Values& values) {
  if (!values.floating()) return true;
  const std::set<double> different(values.numbers.begin(), values.numbers.end());
  return std::ranges::any_of(values.numbers, [](double value) { return !std::isfinite(value); }) ||
         different.size() <= std::min<std::size_t>(4, values.numbers.size() / 2);
}

Code literal(const Values& values) {
  std::size_t at = 0;
  const std::string_view usual = values.boolean() ? "bool" : values.floating() ? "float32" : "int64";
  return call("torch.tensor", with_dtype({nested(values, 0, at)}, values, usual));
}

Code drawn(const Values& values) {
  const auto [least, most] = std::ranges::minmax(values.numbers);
  if (!values.floating())
    return call("torch.randint",
                with_dtype({{number(least)}, {number(most + 1)}, tuple(sizes_of(values))}, values, "int64"));
  const bool unit = least >= 0 && most <= 1;
  return call(unit ? "torch.rand" : "torch.randn",
              with_dtype(values.shape.empty() ? std::vector<Code>{tuple({})} : sizes_of(values), values, "float32"));
}

Result<Values> values_of(const SampleInput& input, bool one_row) {
  if (input.dtype.starts_with("complex"))
    return fail(ErrorKind::usage, "input '{}' is {}: a form for it is not known", input.name, input.dtype);
  Values out{.numbers = input.array.to_doubles(), .shape = input.array.shape, .dtype = input.dtype};
  if (one_row) {
    out.numbers.resize(out.numbers.size() / static_cast<std::size_t>(out.shape.front()));
    out.shape.front() = 1;
  }
  return out;
}

// Rows of numbers that do not fit a line: black would write one number a line.
std::string rows_as_written(const std::string& before, const Values& values, std::size_t indent) {
  const std::string blanks(indent, ' ');
  std::string out = blanks + "# fmt: off\n" + blanks + before + "torch.tensor([\n";
  const auto width = static_cast<std::size_t>(values.shape.back());
  const std::size_t columns = kPythonColumns - indent - 8;
  std::string line;
  const auto flush = [&] {
    if (!line.empty()) out += std::string(indent + 4, ' ') + line + "\n";
    line.clear();
  };
  for (std::size_t i = 0; i < values.numbers.size(); ++i) {
    std::string text = (i % width == 0 ? "[" : "") + element(values, i) + (i % width == width - 1 ? "]," : ",");
    if (line.size() + 1 + text.size() > columns) flush();
    line += (line.empty() ? "" : " ") + text;
    if (i % width == width - 1) flush();
  }
  std::string dtype =
      values.dtype == "int64" || values.boolean() || values.dtype == "float32" ? "" : ", dtype=torch." + values.dtype;
  return out + blanks + "]" + dtype + ")\n" + blanks + "# fmt: on\n";
}

bool is_long(const Values& values) {
  if (values.shape.size() != 2) return false;
  std::size_t widest = 0, width = 0;
  for (std::size_t i = 0; i < values.numbers.size(); ++i) {
    width += element(values, i).size() + 2;
    if ((i + 1) % static_cast<std::size_t>(values.shape.back()) == 0) {
      widest = std::max(widest, width);
      width = 0;
    }
  }
  return widest + 24 > kPythonColumns;
}

}  // namespace

SamplePlan plan_of(const HandOver& run) {
  SamplePlan out;
  if (run.inputs.empty() || run.inputs.front().array.shape.empty()) return out;
  const std::int64_t rows = run.inputs.front().array.shape.front();
  const bool shared = std::ranges::all_of(run.inputs, [&](const SampleInput& input) {
    return !input.array.shape.empty() && input.array.shape.front() == rows;
  });
  if (!shared || rows < 1) return out;
  out.rows = rows;
  out.one_row = run.takes_one_row || rows == 1;
  return out;
}

Result<SampleCode> sample_code(const HandOver& run, const Json& constants, std::size_t indent) {
  SampleCode out;
  const SamplePlan plan = plan_of(run);
  std::vector<Code> entries;
  for (const SampleInput& input : run.inputs) {
    ADAPT_TRY(const Values values, values_of(input, plan.one_row));
    if (values.floating()) out.floating.push_back(input.name);
    Code code;
    if (is_constant(values)) {
      code = constant(values);
    } else if (is_range(values)) {
      code = range(values);
    } else if (is_telling(values) && values.numbers.size() <= kMostLiterals) {
      if (is_long(values)) {
        out.lines += rows_as_written(identifier(input.name) + " = ", values, indent);
        code = {identifier(input.name)};
      } else {
        code = literal(values);
      }
    } else {
      code = drawn(values);
      out.random = true;
    }
    entries.push_back(named(python_quoted(input.name) + ": ", std::move(code)));
  }
  for (const auto& [name, value] : constants.items())
    entries.push_back(named(python_quoted(name) + ": ", code_of(value)));
  out.lines += laid_out("", dictionary(std::move(entries), "inputs = "), indent);
  return out;
}

std::vector<std::int64_t> shape_for(const OutputForm& output, const SamplePlan& plan) {
  std::vector<std::int64_t> out = output.shape;
  if (plan.one_row && !out.empty() && out.front() == plan.rows) out.front() = 1;
  return out;
}

}  // namespace adapt::emit
