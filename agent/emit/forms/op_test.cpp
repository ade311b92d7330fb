#include "agent/emit/forms/op_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "agent/emit/forms/about.h"
#include "agent/emit/forms/drawn_input.h"
#include "agent/emit/forms/merged_code.h"
#include "agent/emit/python_layout.h"
#include "agent/emit/template.h"
#include "form_templates.h"
#include "tools/base/text.h"

namespace adapt::emit::forms {
namespace {

using patterns::Check;
using patterns::CheckInput;

// "unfold" of "aten.unfold.default", "torch.aten.unfold", "aten::unfold"; "" for what is no operator of torch.
std::string operator_of(const HandOver& run) {
  if (!run.failure || !run.failure->op) return "";
  std::string name = replace_all(*run.failure->op, "::", ".");
  for (const std::string_view head : {"torch.", "ops.", "aten.", "prims."})
    if (name.starts_with(head)) name.erase(0, head.size());
  name = name.substr(0, name.find('.'));
  const std::string plain = identifier(name);
  return is_dotted_name(name) && !plain.empty() ? plain : "";
}

struct Sanity {
  const patterns::Pattern* pattern = nullptr;
  const Check* check = nullptr;
};

// A check that computes something with the operator, of the first pattern that has one.
Sanity sanity_of(const HandOver& run, const std::string& op) {
  for (const patterns::Pattern* pattern : run.patterns)
    for (const Check& check : pattern->checks)
      if (check.raises.empty() && check.refuses.empty() && contains(check.code, op)) return {pattern, &check};
  return {};
}

std::string camel(std::string_view text) {
  std::string out;
  for (const std::string_view part : split(text, '_')) {
    const std::size_t at = out.size();
    out += part;
    if (at < out.size()) out[at] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[at])));
  }
  return out;
}

// The usual size in place of its name: one case is enough for an operator.
Check with_usual_sizes(const Check& check) {
  Check out = check;
  for (CheckInput& input : out.inputs) {
    for (std::string& size : input.shape)
      if (const auto named = check.sizes.find(size); named != check.sizes.end())
        size = std::to_string(named->second.front());
    input.nan = input.inf = false;  // comparison by correlation has no answer to them
    if (input.fill == patterns::Filling::some) input.fill = patterns::Filling::mixed;
  }
  out.sizes.clear();
  return out;
}

}  // namespace

Result<Emitted> op_test(const HandOver& run) {
  Emitted out;
  const std::string op = operator_of(run);
  if (op.empty()) {
    out.notes.emplace_back("no test of an operator: the failure names none");
    return out;
  }
  const Sanity sanity = sanity_of(run, op);
  if (sanity.check == nullptr) {
    out.notes.push_back(fmt::format("no test of operator {}: no pattern of the repair has a check that uses it", op));
    return out;
  }
  const Check check = with_usual_sizes(*sanity.check);
  ADAPT_TRY(const patterns::CheckModules modules, patterns::modules_of(*sanity.pattern, *sanity.check));
  ADAPT_TRY(MergedCode code, merge_code({{modules.before, "run"}}));
  code.imports.add("pytest");
  code.imports.add("torch");
  code.imports.add("infra", "Framework");
  code.imports.add("infra", "run_op_test");
  code.imports.add("utils", "Category");
  std::string inputs;
  std::vector<std::string> names;
  for (const CheckInput& input : check.inputs) {
    inputs += laid_out("", named(input.name + " = ", drawn_input(input, check)), 4);
    names.push_back(input.name);
  }
  if (contains(inputs, "generator")) inputs = "    generator = torch.Generator().manual_seed(0)\n" + inputs;
  std::string helpers;
  if (contains(inputs, "drawn_mask(")) {
    ADAPT_TRY(helpers, render(k_pattern_test_mask, {{"name", "drawn_mask"}}));
    helpers = "\n\n" + helpers;
  }
  const std::vector<std::string> about{fmt::format("Sanity test of {}: {} {}.{}", op, run.class_name,
                                                   failure_sentence(run),
                                                   run.backend == "tt" ? "" : " Not run on Tenstorrent hardware yet.")};
  ADAPT_TRY(std::string text, render(k_tt_xla_op_test, {{"header", spdx_header(run.year)},
                                                        {"about", docstring_of(about, 0)},
                                                        {"imports", code.imports.render()},
                                                        {"code", std::string(trim(code.body))},
                                                        {"helpers", helpers},
                                                        {"class", camel(op)},
                                                        {"op", op},
                                                        {"arguments", join(names, ", ")},
                                                        {"parameters", names.empty() ? "" : ", " + join(names, ", ")},
                                                        {"inputs", inputs}}));
  out.files.push_back({fmt::format("tests/torch/ops/test_{}.py", op), std::move(text)});
  return out;
}

}  // namespace adapt::emit::forms
