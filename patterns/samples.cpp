#include "patterns/samples.h"

#include <algorithm>

#include "patterns/propose.h"

namespace adapt::patterns {
namespace {

std::string difference(const std::string& expected, const std::string& got) {
  return edit::unified_diff({{"sample.py", expected}}, {{"sample.py", got}});
}

}  // namespace

Result<AppliedText> apply_to_text(const Pattern& pattern, const std::string& module, const std::string& text,
                                  const Facts& facts) {
  const SourceFile file{module, "sample.py", text, "model"};
  std::vector<Refusal> refusals;
  const FactsByFile told = {{file.file, facts}};
  ProposeOptions options;
  options.facts = &told;
  options.ignore_frames = true;
  options.refused = &refusals;
  ADAPT_TRY(const auto proposal, propose(pattern, Signature{}, std::span(&file, 1), options));
  AppliedText out{text, ""};
  for (const Refusal& refusal : refusals)
    out.refused += fmt::format("; line {} was refused: {}", refusal.line, refusal.reason);
  if (!proposal) return out;
  ADAPT_TRY(const auto after, edit::apply(proposal->edits, {{file.file, text}}));
  out.text = after.at(file.file);
  return out;
}

namespace {

// A pattern that was learned has the samples that its examples gave, until a person trusts it.
bool was_learned(const Pattern& pattern) { return pattern.notes.contains("origin") && pattern.status != "trusted"; }

}  // namespace

Result<std::vector<SampleFailure>> check_samples(const Pattern& pattern) {
  std::vector<SampleFailure> out;
  if (pattern.edits.empty()) return out;  // carried by a configuration
  for (const bool changes : {true, false}) {
    const auto count = static_cast<std::size_t>(std::count_if(pattern.samples.begin(), pattern.samples.end(),
                                                              [&](const Sample& s) { return s.changes == changes; }));
    if (count < kMinSamples && !was_learned(pattern))
      out.push_back(
          {"", 0,
           fmt::format("{} '{}' samples, at least {} are needed", count, changes ? "change" : "keep", kMinSamples),
           ""});
  }
  for (const Sample& sample : pattern.samples) {
    ADAPT_TRY(const AppliedText applied, apply_to_text(pattern, sample.module, sample.before, sample.facts));
    const std::string& got = applied.text;
    const std::string& expected = sample.changes ? sample.after : sample.before;
    if (got != expected) {
      const char* why = !sample.changes        ? "changes, but must not"
                        : got == sample.before ? "does not change"
                                               : "comes out differently";
      out.push_back({sample.name, sample.line, why + applied.refused, difference(expected, got)});
      continue;
    }
    if (!sample.changes) continue;
    if (sample.after == sample.before) {
      out.push_back({sample.name, sample.line, "is to change, but its two sides are the same", ""});
      continue;
    }
    ADAPT_TRY(const AppliedText again, apply_to_text(pattern, sample.module, got, sample.facts));
    if (again.text != got)
      out.push_back({sample.name, sample.line, "changes again when applied twice", difference(got, again.text)});
  }
  return out;
}

}  // namespace adapt::patterns
