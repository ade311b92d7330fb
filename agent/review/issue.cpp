#include "agent/review/issue.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/review/page.h"
#include "agent/review/plain_text.h"
#include "tools/base/text.h"

namespace adapt::review {
namespace {

constexpr std::size_t kLog = 8000;  // bytes
constexpr std::size_t kNamed = 20;  // models

std::string headline(const ReviewBundle& bundle) {
  const client::Failure& failure = *bundle.result.failure;
  std::string about = failure.op ? *failure.op : std::string();
  if (about.empty())
    for (const std::string_view line : split_lines(failure.message))
      if (about.empty() && !trim(line).empty()) about = cut(one_line(line), 90);
  return one_line(fmt::format("[{}] {} at {}: {} ({})", bundle.result.backend, client::to_string(failure.failure_class),
                              client::to_string(failure.stage), about, short_name(bundle.result.model)));
}

// Lines of the model around the place, as the unmodified source has them: what a sanity test is cut from.
Section minimal(const ReviewBundle& bundle) {
  Section out{"Minimal sanity", {}};
  const client::Failure& failure = *bundle.result.failure;
  const auto test = std::ranges::find_if(
      bundle.tests, [](const std::string& file) { return file.starts_with("tests/test_") && file.ends_with(".py"); });
  if (failure.source && !failure.source->empty()) {
    Line line("The line that fails, at ");
    line.code(fmt::format("{}:{}", failure.file.value_or("?"), failure.line.value_or(0))) << ":";
    out.blocks.emplace_back(Paragraph{std::move(line)});
    out.blocks.emplace_back(Code{"python", *failure.source});
  }
  if (test != bundle.tests.end()) {
    Line line("The test ");
    line.code(*test) << " stands alone: it fails with this failure as it is, and passes with the change.";
    out.blocks.emplace_back(Paragraph{std::move(line)});
  }
  if (out.blocks.empty())
    out.blocks.emplace_back(Paragraph{"None could be cut out: the failure names no place in the model."});
  return out;
}

Section on_cpu(const ReviewBundle& bundle) {
  Section out{"CPU results before and after a change of the model", {}};
  if (bundle.result.outcome != domain::Outcome::adapted) {
    out.blocks.emplace_back(Paragraph{"No change of the model was found that avoids it."});
    return out;
  }
  std::vector<std::string> changes;
  for (const domain::Repair& repair : bundle.result.repairs) changes.push_back(repair.does);
  out.blocks.emplace_back(Paragraph{fmt::format("Workaround: {}.", join(changes, "; "))});
  out.blocks.emplace_back(
      Paragraph{fmt::format("Against the unmodified model on the CPU: {}.", evidence_line(bundle))});
  if (!bundle.patch.empty()) out.blocks.emplace_back(Diff{bundle.patch});
  return out;
}

Section fails_next(const ReviewBundle& bundle) {
  const auto& next = bundle.result.blocker;
  if (bundle.result.outcome == domain::Outcome::adapted)
    return {"What fails next",
            {Paragraph{"Nothing that was looked at: with the change the model passes every stage."}}};
  if (!next || (bundle.result.failure && next->fingerprint == bundle.result.failure->fingerprint))
    return {"What fails next", {Paragraph{"Not known: nothing that was tried gets past this failure."}}};
  Line line("With the furthest change: ");
  (line.code(client::to_string(next->failure_class)) << " at ").code(client::to_string(next->stage));
  line << ", " << cut(one_line(next->message), 300);
  return {"What fails next", {Paragraph{std::move(line)}}};
}

}  // namespace

Document issue_page(const ReviewBundle& bundle) {
  const client::Failure& failure = *bundle.result.failure;
  Document out{headline(bundle), "issue", {}};
  out.sections.push_back({"Command", {Code{"sh", command_of(bundle) + "\n"}}});
  out.sections.push_back({"Log", {Code{"", cut(failure.log.empty() ? failure.message : failure.log, kLog)}}});
  out.sections.push_back({"Cause, as far as it is known", {Paragraph{cause_of(bundle)}}});
  out.sections.push_back(minimal(bundle));
  out.sections.push_back(on_cpu(bundle));
  out.sections.push_back(fails_next(bundle));
  List models;
  models.items.emplace_back(fmt::format("{} on {}", short_name(bundle.result.model), bundle.result.backend));
  for (const OtherModel& one : bundle.same_failure)
    if (models.items.size() < kNamed)
      models.items.emplace_back(fmt::format("{} on {}", short_name(one.model), one.backend));
  out.sections.push_back({"Models that it blocks", {std::move(models)}});
  std::vector<std::string> versions{bundle.result.backend + " " + bundle.backend_version};
  for (const char* name : {"torch", "torch_xla", "transformers"})
    if (const auto at = bundle.packages.find(name); at != bundle.packages.end())
      versions.push_back(at->first + " " + at->second);
  out.sections.push_back({"Versions", {Paragraph{join(versions, ", ")}}});
  out.sections.push_back({"How this text came about", {Paragraph{disclosure(bundle)}}});
  return out;
}

}  // namespace adapt::review
