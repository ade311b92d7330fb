#include "agent/emit/forms/about.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "agent/emit/python_layout.h"
#include "tools/base/text.h"

namespace adapt::emit::forms {
namespace {

std::string sentence(std::string text) {
  while (text.ends_with(' ') || text.ends_with('.')) text.pop_back();
  return text.empty() ? text : text + ".";
}

// The part of a path that means something on another machine.
std::string place_of(const client::Failure& failure) {
  if (!failure.file || failure.file->starts_with('/')) return "";
  return fmt::format(", {}{}", *failure.file, failure.line ? fmt::format(":{}", *failure.line) : "");
}

std::string backend_of(const HandOver& run) {
  return run.version.empty() ? run.backend : run.backend + " " + run.version;
}

bool acts_on_compilation(const HandOver& run, const domain::Repair& repair) {
  return repair.kind == domain::RepairKind::option &&
         std::ranges::any_of(run.options, [&](const client::Option& option) {
           return option.id == repair.id && belongs_to_backend(option);
         });
}

std::string cure_of(const HandOver& run, const domain::Repair& repair) {
  const auto pattern =
      std::ranges::find_if(run.patterns, [&](const patterns::Pattern* p) { return p->id == repair.id; });
  std::string out = sentence(repair.does);
  if (pattern != run.patterns.end() && !(*pattern)->why.empty()) out += " " + sentence((*pattern)->why);
  if (repair.kind == domain::RepairKind::llm) return "A language model wrote the change: " + out;
  if (repair.kind == domain::RepairKind::patch) return "The change was written by hand.";
  if (acts_on_compilation(run, repair))
    return "That run also compiled with an option of its backend, which is no part of the model: " + out;
  if (!out.empty()) out[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[0])));
  return out;
}

std::string evidence_of(const HandOver& run) {
  const Json& draws = member_or_null(run.metrics, "draws");
  const double error = number_or(run.metrics, "relative_l2", -1);
  std::string out = run.outcome == domain::Outcome::works
                        ? fmt::format("The unmodified model passes on {}", backend_of(run))
                        : fmt::format("With the change it passes on {}", backend_of(run));
  if (draws.is_number_integer() && error >= 0)
    out += fmt::format("; its outputs were compared with the unmodified model's in PyTorch on {} drawn inputs ({})",
                       draws.get<std::int64_t>(),
                       error == 0 ? "no difference" : fmt::format("largest relative error {:.1e}", error));
  return out + ". It was not run on Tenstorrent hardware.";
}

bool ran_on_hardware(const HandOver& run) { return run.backend == "tt" || run.backend == "tt-legacy"; }

}  // namespace

bool belongs_to_backend(const client::Option& option) {
  return option.scope == "capture" || option.scope == "lower" || option.scope == "compile";
}

std::string failure_sentence(const HandOver& run) {
  if (!run.failure) return "";
  std::string what = std::string(client::to_string(run.failure->failure_class));
  if (run.failure->op) what += " " + *run.failure->op;
  return docstring_text(fmt::format("fails on {} at {}: {}{}", backend_of(run), client::to_string(run.failure->stage),
                                    what, place_of(*run.failure)));
}

std::vector<std::string> paragraphs_of(const HandOver& run) {
  std::vector<std::string> out;
  if (run.failure) out.push_back("The unmodified model " + failure_sentence(run) + ".");
  for (const domain::Repair& repair : run.repairs) out.push_back(docstring_text(cure_of(run, repair), 2000));
  std::string evidence = evidence_of(run);
  if (ran_on_hardware(run)) evidence = evidence.substr(0, evidence.rfind(" It was not"));
  out.push_back(evidence);
  return out;
}

std::string docstring_of(const std::vector<std::string>& paragraphs, std::size_t indent) {
  std::string out;
  for (const std::string& paragraph : paragraphs)
    out += (out.empty() ? "" : "\n\n") + join(wrapped(paragraph, indent), "\n");
  return std::string(trim(out));
}

}  // namespace adapt::emit::forms
