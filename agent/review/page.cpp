#include "agent/review/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "agent/review/plain_text.h"
#include "agent/review/shell_word.h"
#include "tools/base/quantity.h"
#include "tools/base/text.h"

namespace adapt::review {
namespace {

using domain::Outcome;
using domain::RepairKind;

constexpr std::size_t kTitle = 140;       // bytes of the change in a title
constexpr std::size_t kMessage = 600;     // bytes of a message in running text
constexpr std::size_t kExcerpt = 24;      // lines of a log
constexpr std::size_t kOthersShown = 12;  // models in a list
constexpr std::string_view kNotVaried = "inputs were not varied";

// A reason begins in small letters, a sentence does not.
std::string sentence(std::string text) {
  if (!text.empty()) text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text;
}

bool has_change(const ReviewBundle& bundle) { return !bundle.result.repairs.empty(); }

std::string verdict_words(const ReviewBundle& bundle) {
  return replaced(domain::to_string(bundle.result.outcome), '_', " ");
}

std::string number(double value) {
  if (std::isnan(value)) return "does not apply";
  return value != 0 && (std::abs(value) < 1e-3 || std::abs(value) >= 1e6) ? fmt::format("{:.2e}", value)
                                                                          : fmt::format("{:.6g}", value);
}

void place(Line& line, const client::Failure& failure) {
  if (!failure.file) return;
  (line << " at ").code(fmt::format("{}:{}", *failure.file, failure.line.value_or(0)));
  if (failure.function && !failure.function->empty()) (line << " in ").code(*failure.function);
}

// The first line of a message that says something; one that ends with a colon is said by the next.
std::string essence(std::string_view message) {
  std::string out;
  for (const std::string_view line : split_lines(message)) {
    const std::string text = one_line(line);
    if (text.empty()) continue;
    out += (out.empty() ? "" : " ") + text;
    if (!text.ends_with(':') || out.size() > kMessage) break;
  }
  return out.empty() ? "no message" : cut(out, kMessage);
}

// The lines of the backend's log around its first error; a log without one says less than the message.
std::string excerpt(const client::Failure& failure) {
  const auto is_error = [](std::string_view line) { return contains(line, "error:") || contains(line, "Error:"); };
  std::vector<std::string_view> lines = split_lines(failure.log);
  const auto at = std::ranges::find_if(lines, is_error);
  if (at == lines.end())
    lines = split_lines(failure.message);
  else
    lines.erase(lines.begin(), at - lines.begin() > 2 ? at - 2 : lines.begin());
  std::string out;
  for (std::size_t i = 0; i < std::min(lines.size(), kExcerpt); ++i) out += std::string(lines[i]) + "\n";
  return cut(out, 4000);
}

Section what_failed(const client::Failure& failure, std::string_view heading) {
  Section out{std::string(heading), {}};
  Table table{{"", ""}, {}};
  const auto row = [&](std::string_view name, Line value) {
    table.rows.push_back({Line(std::string(name)), std::move(value)});
  };
  row("stage", Line().code(client::to_string(failure.stage)));
  row("class", Line().code(client::to_string(failure.failure_class)));
  if (failure.op) row("operator", Line().code(*failure.op));
  if (failure.file) {
    Line where = Line().code(fmt::format("{}:{}", *failure.file, failure.line.value_or(0)));
    if (failure.function && !failure.function->empty()) (where << " in ").code(*failure.function);
    row("place", where);
  }
  if (failure.source && !failure.source->empty()) row("source", Line().code(*failure.source));
  table.head = {"what", "observed"};
  out.blocks.emplace_back(std::move(table));
  out.blocks.emplace_back(Code{"", excerpt(failure)});
  return out;
}

Section in_the_way(const ReviewBundle& bundle) {
  const domain::RunResult& result = bundle.result;
  if (result.failure && result.failure->fingerprint == result.blocker->fingerprint)
    return {"What is in the way", {Paragraph{"The same failure: nothing that was tried gets past it."}}};
  return what_failed(*result.blocker, "What is in the way");
}

std::string models_text(const std::vector<OtherModel>& models) {
  std::vector<std::string> names;
  for (const OtherModel& one : models) {
    if (names.size() == kOthersShown) break;
    names.push_back(fmt::format("{} on {}", short_name(one.model), one.backend));
  }
  return join(names, ", ") +
         (models.size() > names.size() ? fmt::format(" and {} more", models.size() - names.size()) : "");
}

Section change_section(const ReviewBundle& bundle) {
  Section out{bundle.patch_is_partial ? "The furthest attempt (not accepted)" : "The change", {}};
  List list;
  for (const domain::Repair& repair : bundle.result.repairs) {
    Line line(std::string(domain::to_string(repair.kind)) + " ");
    (line.code(repair.id) << ": ") << repair.does;
    for (std::size_t i = 0; i < repair.sites.size() && i < kOthersShown; ++i)
      (line << (i == 0 ? "; at " : ", ")).code(fmt::format("{}:{}", repair.sites[i].file, repair.sites[i].line));
    if (repair.sites.size() > kOthersShown)
      line << fmt::format(" and {} more places", repair.sites.size() - kOthersShown);
    list.items.push_back(std::move(line));
  }
  if (!list.items.empty()) out.blocks.emplace_back(std::move(list));
  if (bundle.patch.empty())
    out.blocks.emplace_back(Paragraph{"No source file is changed."});
  else
    out.blocks.emplace_back(Diff{bundle.patch});
  return out;
}

Table outputs_table(const Figures& figures) {
  Table out{{"run", "output", "draws", "same bytes", "relative L2", "PCC", "largest difference", "times honest error",
             "held"},
            {}};
  for (const OutputFigures& row : figures.outputs) {
    const judge::LeafMetrics& worst = row.worst;
    const bool whole = worst.kind == "int" || worst.kind == "bool";
    out.rows.push_back(
        {row.of, Line().code(worst.leaf), std::to_string(row.draws), fmt::format("{} of {}", row.exact, row.draws),
         whole ? fmt::format("{} differ", worst.mismatches) : number(worst.relative_l2), number(worst.pcc),
         number(worst.max_abs), number(worst.error_ratio), worst.verdict == judge::Verdict::passed ? "yes" : "no"});
  }
  return out;
}

Section evidence_section(const ReviewBundle& bundle) {
  Section out{"Evidence", {}};
  Table stages{{"stage", "before", "after"}, {}};
  for (const StageRow& row : bundle.stages) stages.rows.push_back({Line().code(row.stage), row.before, row.after});
  out.blocks.emplace_back(std::move(stages));
  const Figures& figures = bundle.figures;
  if (!figures.outputs.empty()) {
    out.blocks.emplace_back(Paragraph{fmt::format(
        "Worst of each output over {} held-out draws, computed again for this page from the bytes in the run's "
        "folder, each file checked against the hash that was recorded for it.",
        figures.draws.size())});
    out.blocks.emplace_back(outputs_table(figures));
    Table limits{{"metric", "held to"}, {}};
    for (const Bar& bar : bars()) limits.rows.push_back({bar.metric, bar.limit});
    out.blocks.emplace_back(std::move(limits));
  } else if (!bundle.result.metrics.empty()) {
    Table metrics{{"metric", "worst value recorded"}, {}};
    for (const auto& [name, value] : bundle.result.metrics.items())
      metrics.rows.push_back({Line().code(name), value.is_number_float() ? number(value.get<double>()) : value.dump()});
    out.blocks.emplace_back(std::move(metrics));
  }
  List doubts;
  for (const std::string& reason : figures.reasons) doubts.items.emplace_back(cut(one_line(reason), kMessage));
  if (!doubts.items.empty()) out.blocks.emplace_back(std::move(doubts));
  return out;
}

Section versions_section(const ReviewBundle& bundle) {
  Section out{"Versions, seeds and hashes", {}};
  Table table{{"what", "value"}, {}};
  const auto row = [&](std::string_view name, Line value) {
    table.rows.push_back({std::string(name), std::move(value)});
  };
  row("run", Line().code(bundle.result.run));
  row("model", Line().code(bundle.result.model));
  row("backend", Line(bundle.result.backend + (bundle.backend_version.empty() ? "" : " " + bundle.backend_version)));
  std::vector<std::string> packages;
  for (const auto& [name, version] : bundle.packages) packages.push_back(name + " " + version);
  if (!packages.empty()) row("packages", join(packages, ", "));
  if (!bundle.request.size.empty())
    row("asked for", fmt::format("size {}, seed of the weights {}, {} drawn inputs", bundle.request.size,
                                 bundle.request.seed, bundle.request.seeds));
  if (!bundle.figures.draws.empty()) row("held-out draws", join(bundle.figures.draws, "; "));
  if (!bundle.confinement.empty()) row("confinement of the model's processes", bundle.confinement);
  for (const auto& [name, hash] : bundle.hashes) row("SHA-256 of " + name, Line().code(hash));
  out.blocks.emplace_back(std::move(table));
  List notes;
  for (const std::string& note : bundle.model_notes) notes.items.emplace_back(cut(one_line(note), kMessage));
  if (!notes.items.empty()) {
    out.blocks.emplace_back(Paragraph{"How model and inputs were made:"});
    out.blocks.emplace_back(std::move(notes));
  }
  return out;
}

Section belongs_section(const ReviewBundle& bundle) {
  Section out{"Where it belongs", {}};
  Line line("In the ");
  line.code(to_string(bundle.belongs.layer)) << ": " << bundle.belongs.why << ".";
  if (!bundle.same_failure.empty())
    line << fmt::format(" Known with the same failure: {}.", models_text(bundle.same_failure));
  if (bundle.belongs.file_issue) line << " The text of an issue for the compiler's maintainers comes with this review.";
  out.blocks.emplace_back(Paragraph{std::move(line)});
  return out;
}

Section others_section(const ReviewBundle& bundle) {
  Section out{"Other models", {}};
  out.blocks.emplace_back(
      Paragraph{bundle.repaired_too.empty()
                    ? std::string("No other model is recorded as repaired by the same pattern.")
                    : fmt::format("The same pattern has also repaired {}.", models_text(bundle.repaired_too))});
  return out;
}

Section cost_section(const ReviewBundle& bundle) {
  const domain::LlmUse& use = bundle.result.llm;
  Section out{"Cost", {}};
  Line line(fmt::format("{:.1f} s, {} attempt{}.", bundle.result.wall_s, bundle.result.attempts,
                        bundle.result.attempts == 1 ? "" : "s"));
  if (!use.stopped.empty()) {
    (line << " The language model ").code(use.endpoint);
    line << fmt::format(" was asked: {} answers, {} tokens in ({} of them from a cache), {} out{}; ", use.turns,
                        use.input_tokens, use.cached_tokens, use.output_tokens,
                        use.estimated ? ", partly estimated" : "");
    line << (use.unpriced_tokens > 0 ? fmt::format("the price of {} tokens is not known.", use.unpriced_tokens)
                                     : dollars(use.nano_usd) + ".");
    (line << " The conversation ended with ").code(use.stopped) << ".";
  } else {
    line << " No language model was asked.";
  }
  out.blocks.emplace_back(Paragraph{std::move(line)});
  return out;
}

Section list_section(std::string_view heading, std::vector<Line> items, std::string_view otherwise) {
  Section out{std::string(heading), {}};
  if (items.empty())
    out.blocks.emplace_back(Paragraph{std::string(otherwise)});
  else
    out.blocks.emplace_back(List{std::move(items)});
  return out;
}

Section again_section(const ReviewBundle& bundle) {
  Section out{"Run it again", {}};
  std::string text = command_of(bundle) + "\n";
  const auto test = std::ranges::find_if(
      bundle.tests, [](const std::string& file) { return file.starts_with("tests/test_") && file.ends_with(".py"); });
  if (test != bundle.tests.end())
    text += fmt::format("python -m pytest {}  # in the run's folder out/\n", shell_word(*test));
  out.blocks.emplace_back(Code{"sh", std::move(text)});
  return out;
}

}  // namespace

std::vector<std::string> conceded(const ReviewBundle& bundle) {
  std::vector<std::string> out;
  for (const std::string& text : bundle.result.concessions)
    if (!text.starts_with(kNotVaried)) out.push_back(one_line(text));
  return out;
}

std::string title_of(const ReviewBundle& bundle) {
  const domain::RunResult& result = bundle.result;
  const std::string subject = fmt::format("{} on {}: ", short_name(result.model), result.backend);
  const std::vector<std::string> concessions = conceded(bundle);
  const std::string costs =
      concessions.empty() ? ""
      : concessions.size() == 1
          ? fmt::format(" (concedes: {})", cut(concessions.front(), kTitle))
          : fmt::format(" (concedes: {}; and {} more)", cut(concessions.front(), kTitle), concessions.size() - 1);
  switch (result.outcome) {
    case Outcome::works: return one_line(subject + "works unchanged" + costs);
    case Outcome::adapted: break;
    default:
      return one_line(subject + verdict_words(bundle) + ", " +
                      cut(essence(result.failure ? result.failure->message : result.reason), kTitle));
  }
  std::vector<std::string> changes;
  for (const domain::Repair& repair : result.repairs) changes.push_back(repair.does);
  return one_line(subject + cut(join(changes, "; "), kTitle) + costs);
}

Line cause_of(const ReviewBundle& bundle) {
  Line line;
  if (!bundle.result.failure) return line << "The unmodified model passes every stage.";
  const client::Failure& failure = *bundle.result.failure;
  (line << "In stage ").code(client::to_string(failure.stage)) << " the unmodified model fails with ";
  line.code(client::to_string(failure.failure_class));
  if (failure.op) (line << " on ").code(*failure.op);
  place(line, failure);
  line << ": " << essence(failure.message);
  if (!essence(failure.message).ends_with('.')) line << ".";
  for (const PatternWords& pattern : bundle.patterns)
    if (!pattern.why.empty()) (line << " About this, pattern ").code(pattern.id) << " says: " << one_line(pattern.why);
  return line;
}

std::string evidence_line(const ReviewBundle& bundle) {
  double worst = 0;
  std::size_t exact = 0, draws = 0;
  for (const OutputFigures& row : bundle.figures.outputs) {
    if (!std::isnan(row.worst.relative_l2)) worst = std::max(worst, row.worst.relative_l2);
    exact += row.exact;
    draws += row.draws;
  }
  if (draws == 0) return bundle.result.reason;
  if (exact == draws) return fmt::format("same bytes in all outputs of {} held-out draws", bundle.figures.draws.size());
  return fmt::format("relative L2 error at most {} over {} held-out draws", number(worst), bundle.figures.draws.size());
}

std::string disclosure(const ReviewBundle& bundle) {
  std::vector<std::string> parts;
  for (const domain::Repair& repair : bundle.result.repairs) {
    std::string part;
    switch (repair.kind) {
      case RepairKind::option: part = fmt::format("the setting '{}' was chosen by a search", repair.id); break;
      case RepairKind::pattern:
        part = fmt::format("the rewrite is that of pattern '{}', applied by a program", repair.id);
        break;
      case RepairKind::llm:
        part = fmt::format("the change was written by a language model ({})", bundle.result.llm.endpoint);
        break;
      case RepairKind::patch: part = "the patch was brought by a person, and judged and minimised by a program"; break;
    }
    if (std::ranges::find(parts, part) == parts.end()) parts.push_back(std::move(part));
  }
  const bool by_llm =
      std::ranges::any_of(bundle.result.repairs, [](const auto& one) { return one.kind == RepairKind::llm; });
  std::string out =
      parts.empty() ? std::string("Nothing was changed.") : fmt::format("Machine-made: {}.", join(parts, "; "));
  if (!by_llm && !parts.empty())
    out += bundle.result.llm.stopped.empty()
               ? " No language model took part."
               : " A language model was asked, and nothing of what it wrote is in the change.";
  return parts.empty() ? out : out + " A person has to read it before it is merged.";
}

std::string command_of(const ReviewBundle& bundle) {
  std::string out =
      fmt::format("agent adapt {} --backend {}", shell_word(bundle.result.model), shell_word(bundle.result.backend));
  if (!bundle.request.size.empty()) out += " --size " + shell_word(bundle.request.size);
  if (bundle.request.seeds > 0) out += fmt::format(" --seed {} --seeds {}", bundle.request.seed, bundle.request.seeds);
  return out + (bundle.request.given_patch ? " --patch patch.diff" : "");
}

std::vector<Line> not_checked(const ReviewBundle& bundle) {
  std::vector<Line> out;
  const domain::RunResult& result = bundle.result;
  for (const std::string& text : result.concessions)
    if (text.starts_with(kNotVaried)) out.emplace_back(one_line(text));
  if (bundle.backend_concession) out.emplace_back(*bundle.backend_concession);
  if (result.model.starts_with("transformers:") && bundle.request.size != "full")
    out.emplace_back(fmt::format("the model at full size and with trained weights: this was size {}, with random ones",
                                 bundle.request.size.empty() ? "tiny" : bundle.request.size));
  out.emplace_back("training: only the forward pass in evaluation mode was run");
  out.emplace_back("speed and memory: nothing was measured but whether it ends within its limits");
  out.emplace_back(fmt::format("other backends, and other versions than {}{}", result.backend,
                               bundle.backend_version.empty() ? "" : " " + bundle.backend_version));
  if (result.level < domain::Level::L7)
    out.emplace_back("a task's own metric: outputs were compared, not what they are used for");
  if (result.level < domain::Level::L5)
    out.emplace_back(fmt::format("what {} computes on held-out inputs: the claim ends at level {}", result.backend,
                                 domain::to_string(result.level)));
  return out;
}

Document review_page(const ReviewBundle& bundle) {
  const domain::RunResult& result = bundle.result;
  Document out{title_of(bundle), verdict_words(bundle), {}};
  Line summary(fmt::format("{}. Claim level {}", sentence(result.reason), domain::to_string(result.level)));
  if (!bundle.figures.outputs.empty()) summary << "; " << evidence_line(bundle);
  out.sections.push_back({"", {Paragraph{summary << "."}, Paragraph{disclosure(bundle)}}});
  if (result.failure) out.sections.push_back(what_failed(*result.failure, "What failed"));
  out.sections.push_back({"Cause", {Paragraph{cause_of(bundle)}}});
  if (has_change(bundle) || !bundle.patch.empty()) out.sections.push_back(change_section(bundle));
  if (result.blocker) out.sections.push_back(in_the_way(bundle));
  out.sections.push_back(evidence_section(bundle));
  std::vector<Line> concessions;
  for (const std::string& text : conceded(bundle)) concessions.emplace_back(text);
  out.sections.push_back(list_section("Concessions", std::move(concessions), "None."));
  out.sections.push_back(list_section("Not checked", not_checked(bundle), "Nothing is known to be left."));
  if (result.failure) out.sections.push_back(belongs_section(bundle));
  if (!bundle.patterns.empty()) out.sections.push_back(others_section(bundle));
  out.sections.push_back(again_section(bundle));
  out.sections.push_back(cost_section(bundle));
  out.sections.push_back(versions_section(bundle));
  return out;
}

}  // namespace adapt::review
