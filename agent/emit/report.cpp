#include "agent/emit/report.h"

#include "tools/base/file.h"
#include "tools/base/quantity.h"
#include "tools/base/text.h"

namespace adapt::emit {
namespace {

namespace fs = std::filesystem;

std::string one_line(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
    if (out.size() >= limit) return out + "...";
  }
  return out;
}

// A bar would end the cell of a table.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : one_line(text, 160)) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

void heading(std::string& out, std::string_view text) { out += fmt::format("\n## {}\n\n", text); }

void failure_lines(std::string& out, const client::Failure& failure) {
  out += fmt::format("- stage: `{}`, class: `{}`\n", client::to_string(failure.stage),
                     client::to_string(failure.failure_class));
  if (failure.op) out += fmt::format("- operator: `{}`\n", *failure.op);
  if (failure.file)
    out += fmt::format("- place: `{}:{}`{}\n", *failure.file, failure.line.value_or(0),
                       failure.function ? " in `" + *failure.function + "`" : "");
  if (failure.source) out += fmt::format("- source: `{}`\n", one_line(*failure.source, 160));
  out += fmt::format("- message: {}\n", one_line(failure.message, 400));
  if (!failure.finding) return;
  const client::LogFinding& finding = *failure.finding;
  out += fmt::format("- log: `{}` ({}), in {}; line {}: `{}`\n", finding.category, finding.says, finding.component,
                     finding.line, one_line(finding.text, 300));
  for (const auto& [name, amount] : finding.memory) out += fmt::format("- {} {}: {}\n", finding.buffer, name, amount);
  for (const std::string& repair : finding.repairs) out += fmt::format("- could help: {}\n", repair);
}

void repair_lines(std::string& out, const domain::RunResult& result) {
  for (const domain::Repair& repair : result.repairs) {
    out += fmt::format("- {} `{}`: {}\n", to_string(repair.kind), repair.id, repair.does);
    for (const domain::RepairSite& site : repair.sites)
      out += fmt::format("  - `{}:{}` in `{}`\n", site.file, site.line, site.function);
  }
}

void diff_lines(std::string& out, const fs::path& patch) {
  const Result<std::string> text = read_file(patch);
  if (!text || text->empty()) return;
  heading(out, "Diff");
  out += "```diff\n" + *text + "```\n";
}

void evidence_lines(std::string& out, const domain::RunResult& result) {
  if (result.metrics.empty()) return;
  heading(out, "Evidence on held-out inputs");
  out +=
      "Worst value over all draws and outputs, computed from the bytes that the compiled model wrote.\n\n| metric | "
      "value |\n|---|---|\n";
  for (const auto& [name, value] : result.metrics.items())
    out += fmt::format("| {} | {} |\n", name, value.is_string() ? value.get<std::string>() : value.dump());
}

void tried_lines(std::string& out, const std::vector<TriedRow>& tried) {
  if (tried.empty()) return;
  heading(out, "What was tried");
  out += "| attempt | on top of | change | ended |\n|---|---|---|---|\n";
  for (const TriedRow& row : tried)
    out += fmt::format("| {} | {} repairs | `{}` | {} |\n", row.attempt > 0 ? std::to_string(row.attempt) : "reference",
                       row.depth - 1, row.id, cell(row.ended));
}

void llm_lines(std::string& out, const domain::LlmUse& use) {
  if (use.stopped.empty()) return;
  heading(out, "Language model");
  out += fmt::format("- `{}` was asked; the conversation ended with `{}` after {} answers: {}\n", use.endpoint,
                     use.stopped, use.turns, one_line(use.detail, 400));
  out += fmt::format("- {} tokens in ({} from a cache), {} out{}; {}\n", use.input_tokens, use.cached_tokens,
                     use.output_tokens, use.estimated ? ", partly estimated" : "",
                     use.unpriced_tokens > 0 ? fmt::format("the price of {} tokens is not known", use.unpriced_tokens)
                                             : dollars(use.nano_usd));
}

void list(std::string& out, std::string_view title, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  heading(out, title);
  for (const std::string& line : lines) out += "- " + one_line(line, 600) + "\n";
}

}  // namespace

Result<void> write_report(const Report& report, const fs::path& out) {
  const domain::RunResult& result = report.result;
  std::string text = fmt::format("# {} on {}: {}\n\n{}. Claim level {}.\n", result.model, result.backend,
                                 domain::to_string(result.outcome), result.reason, domain::to_string(result.level));
  if (result.failure) {
    heading(text, "Cause");
    failure_lines(text, *result.failure);
  }
  if (!result.repairs.empty()) {
    heading(text, "Repairs");
    repair_lines(text, result);
  }
  list(text, "Concessions", result.concessions);
  if (result.outcome == domain::Outcome::adapted) diff_lines(text, out / "patch.diff");
  evidence_lines(text, result);
  list(text, "What ran where", result.placement);
  if (result.blocker) {
    heading(text, "What is in the way");
    failure_lines(text, *result.blocker);
  }
  tried_lines(text, report.tried);
  llm_lines(text, result.llm);
  list(text, "How model and inputs were made", report.model_notes);
  list(text, "Notes", report.notes);
  ADAPT_TRY_VOID(make_directories(out));
  return write_file_atomic(out / "report.md", text);
}

Result<void> write_result(const domain::RunResult& result, const fs::path& out) {
  ADAPT_TRY_VOID(make_directories(out));
  return write_file_atomic(out / "result.json", dump_pretty(domain::to_json(result)) + "\n");
}

}  // namespace adapt::emit
