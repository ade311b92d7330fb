#include "agent/emit/forms/pattern_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "agent/emit/forms/drawn_input.h"
#include "agent/emit/forms/merged_code.h"
#include "agent/emit/template.h"
#include "form_templates.h"
#include "tools/base/text.h"
#include "tools/pyast/document.h"

namespace adapt::emit::forms {
namespace {

using patterns::Check;
using patterns::CheckInput;
using patterns::Filling;
using patterns::Pattern;

std::string parametrised(const std::string& names, std::vector<Code> rows) {
  return laid_out("", call("@pytest.mark.parametrize", {{python_quoted(names)}, list(std::move(rows))}), 0);
}

// One row for the usual sizes, and one for each other value of a size.
std::string size_rows(const Check& check) {
  std::vector<std::string> names;
  std::vector<std::vector<std::int64_t>> rows(1);
  for (const auto& [name, values] : check.sizes) {
    names.push_back(size_parameter(name, check));
    rows.front().push_back(values.front());
  }
  std::size_t column = 0;
  for (const auto& [name, values] : check.sizes) {
    for (std::size_t i = 1; i < values.size(); ++i) {
      rows.push_back(rows.front());
      rows.back()[column] = values[i];
    }
    ++column;
  }
  std::vector<Code> items;
  for (const std::vector<std::int64_t>& row : rows) {
    std::vector<Code> numbers;
    for (const std::int64_t number : row) numbers.push_back({std::to_string(number)});
    items.push_back(numbers.size() == 1 ? numbers.front() : tuple(std::move(numbers)));
  }
  return parametrised(join(names, ", "), std::move(items));
}

// Names in the module, none of them one that the code under test has.
struct Names {
  DrawNames draw;
  std::string seed = "seed", outcome = "outcome", changes = "changes", expected = "expected", got = "got";
};

struct Versions {
  std::string original, rewritten;  // names of the functions
  const Names& names;
};

bool returns_something(const Check& check) {
  const auto document = pyast::Document::parse(check.code);
  if (!document) return true;
  for (const pyast::Node node : (*document)->nodes_of_kind("return_statement"))
    if (!node.named_children().empty()) return true;
  return false;
}

std::string marks_of(const Check& check, const Names& names, bool random) {
  std::string out;
  if (random) out += parametrised(names.seed, {{"1"}, {"2"}, {"3"}});
  if (!check.sizes.empty()) out += size_rows(check);
  for (const CheckInput& input : check.inputs)
    if (input.fill == Filling::some)
      out += parametrised(input.name + "_fill", {{"\"some\""}, {"\"all\""}, {"\"none\""}});
  return out;
}

std::string arguments_of(const Check& check, const Names& names, bool random) {
  std::vector<std::string> out;
  if (random) out.push_back(names.seed);
  for (const auto& [name, values] : check.sizes) out.push_back(size_parameter(name, check));
  for (const CheckInput& input : check.inputs)
    if (input.fill == Filling::some) out.push_back(input.name + "_fill");
  return join(out, ", ");
}

Code run(const std::string& function, const Check& check) {
  std::vector<Code> arguments;
  for (const CheckInput& input : check.inputs) arguments.push_back({input.name});
  return call(function, std::move(arguments));
}

Code outcome(const std::string& function, const Check& check, const Names& names) {
  Code out = run(returns_something(check) ? names.outcome : names.changes, check);
  out.items.insert(out.items.begin(), Code{function});
  return out;
}

// Lines that make the inputs, and whether chance has a part in it.
struct Draw {
  std::string lines;
  bool random = false;
};

Draw draw_of(const Check& check, const Names& names) {
  Draw out;
  for (const CheckInput& input : check.inputs)
    out.lines += laid_out("", named(input.name + " = ", drawn_input(input, check, names.draw)), 4);
  out.random = contains(out.lines, names.draw.generator);
  if (out.random)
    out.lines =
        fmt::format("    {} = torch.Generator().manual_seed({})\n", names.draw.generator, names.seed) + out.lines;
  return out;
}

constexpr auto kBuiltinExceptions = std::to_array<std::string_view>(
    {"ArithmeticError", "AssertionError", "AttributeError", "IndexError", "KeyError", "NameError",
     "NotImplementedError", "OverflowError", "RuntimeError", "TypeError", "ValueError", "ZeroDivisionError"});

// Checks name an exception by its class alone; one that is not Python's own may come from anywhere.
std::string raising(const std::string& exception, const Code& statement) {
  if (std::ranges::find(kBuiltinExceptions, exception) != kBuiltinExceptions.end())
    return fmt::format("    with pytest.raises({}):\n", exception) + laid_out("", statement, 8);
  return "    with pytest.raises(Exception) as caught:\n" + laid_out("", statement, 8) +
         fmt::format("    assert caught.type.__name__ == {}\n", python_quoted(exception));
}

std::string number(double value) { return fmt::format("{}", value); }

std::string claim_of(const Check& check, const Versions& versions) {
  const Code original = run(versions.original, check), rewritten = run(versions.rewritten, check);
  if (!check.raises.empty()) return raising(check.raises, original) + raising(check.raises, rewritten);
  if (!check.refuses.empty()) return laid_out("", original, 4) + raising(check.refuses, rewritten);
  const Names& names = versions.names;
  const Code compared = call("torch.testing.assert_close", {{names.got},
                                                            {names.expected},
                                                            {"rtol=" + (check.exact ? "0" : number(check.rtol))},
                                                            {"atol=" + (check.exact ? "0" : number(check.atol))},
                                                            {"equal_nan=True"}});
  return laid_out("", named(names.expected + " = ", outcome(versions.original, check, names)), 4) +
         laid_out("", named(names.got + " = ", outcome(versions.rewritten, check, names)), 4) +
         laid_out("", compared, 4);
}

std::string test_of(const Check& check, const Versions& versions) {
  const Draw draw = draw_of(check, versions.names);
  return "\n\n" + marks_of(check, versions.names, draw.random) +
         fmt::format("def test_{}({}):\n", identifier(check.name), arguments_of(check, versions.names, draw.random)) +
         draw.lines + claim_of(check, versions);
}

// The functions of ours that the tests call.
Result<std::string> helpers_of(const Names& names, const std::string& tests) {
  const std::pair<std::string, std::string_view> helpers[] = {{names.draw.mask, k_pattern_test_mask},
                                                              {names.draw.special, k_pattern_test_special},
                                                              {names.outcome, k_pattern_test_outcome},
                                                              {names.changes, k_pattern_test_changes}};
  std::string out;
  for (const auto& [name, text] : helpers) {
    if (!contains(tests, name + "(")) continue;
    ADAPT_TRY(const std::string helper, render(text, {{"name", name}}));
    out += "\n\n" + helper;
  }
  return out;
}

// One after imports, two before a definition.
std::string blank_lines_before(std::string_view body) {
  const bool definition =
      std::ranges::any_of(std::to_array<std::string_view>({"def ", "class ", "@", "async ", "# fmt"}),
                          [&](std::string_view word) { return body.starts_with(word); });
  return definition ? "\n\n" : "\n";
}

Names free_names(const std::string& code, const std::vector<Check>& checks) {
  std::set<std::string> taken;
  if (const auto document = pyast::Document::parse(code))
    for (const pyast::Node word : (*document)->nodes_of_kind("identifier")) taken.emplace(word.text());
  for (const Check& check : checks)
    for (const CheckInput& input : check.inputs) taken.insert(input.name);
  Names names;
  for (std::string* name : {&names.draw.generator, &names.draw.mask, &names.draw.special, &names.seed, &names.outcome,
                            &names.changes, &names.expected, &names.got})
    while (taken.contains(*name)) *name += "_";
  return names;
}

std::string about(const Pattern& pattern) {
  std::string out = join(wrapped(docstring_text(pattern.title) + ": both versions agree on the CPU.", 0), "\n") + "\n";
  if (!pattern.why.empty()) out += "\n" + join(wrapped(docstring_text(pattern.why, 2000), 0), "\n") + "\n";
  return out;
}

}  // namespace

Result<Emitted> pattern_test(const Pattern& pattern, const std::string& year) {
  Emitted out;
  if (pattern.checks.empty()) {
    out.notes.push_back(fmt::format("{} has no check that a test could repeat", pattern.id));
    return out;
  }
  std::vector<CodeVersion> code;
  for (const Check& check : pattern.checks) {
    ADAPT_TRY(patterns::CheckModules modules, patterns::modules_of(pattern, check));
    const std::string suffix = pattern.checks.size() > 1 ? "_" + identifier(check.name) : "";
    code.push_back({std::move(modules.before), "original" + suffix});
    code.push_back({std::move(modules.after), "rewritten" + suffix});
  }
  ADAPT_TRY(MergedCode merged, merge_code(code));
  const Names names = free_names(merged.body, pattern.checks);
  std::string tests;
  for (std::size_t i = 0; i < pattern.checks.size(); ++i)
    tests += test_of(pattern.checks[i], {merged.names[2 * i].at("run"), merged.names[2 * i + 1].at("run"), names});
  if (contains(tests, "pytest.")) merged.imports.add("pytest");
  merged.imports.add("torch");
  ADAPT_TRY(const std::string helpers, helpers_of(names, tests));
  ADAPT_TRY(std::string text,
            render(k_pattern_test, {{"header", spdx_header(year)},
                                    {"about", about(pattern)},
                                    {"imports", merged.imports.render()},
                                    {"code", blank_lines_before(merged.body) + std::string(trim(merged.body))},
                                    {"helpers", helpers},
                                    {"tests", tests}}));
  out.files.push_back(
      {fmt::format("test_{}.py", identifier(pattern.id.substr(pattern.id.rfind('/') + 1))), std::move(text)});
  return out;
}

}  // namespace adapt::emit::forms
