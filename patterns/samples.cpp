#include "patterns/samples.h"

#include <algorithm>

#include "patterns/propose.h"

namespace adapt::patterns {
namespace {

Result<std::string> changed(const Pattern& pattern, const Sample& sample, const std::string& text,
                            std::string& refused) {
  const SourceFile file{sample.module, "sample.py", text, "model"};
  std::vector<Refusal> refusals;
  ProposeOptions options;
  options.ignore_frames = true;
  options.refused = &refusals;
  ADAPT_TRY(const auto proposal, propose(pattern, Signature{}, std::span(&file, 1), options));
  for (const Refusal& refusal : refusals)
    refused += fmt::format("; line {} was refused: {}", refusal.line, refusal.reason);
  if (!proposal) return text;
  ADAPT_TRY(const auto after, edit::apply(proposal->edits, {{file.file, text}}));
  return after.at(file.file);
}

std::string difference(const std::string& expected, const std::string& got) {
  return edit::unified_diff({{"sample.py", expected}}, {{"sample.py", got}});
}

}  // namespace

Result<std::vector<SampleFailure>> check_samples(const Pattern& pattern) {
  std::vector<SampleFailure> out;
  for (const bool changes : {true, false}) {
    const auto count = static_cast<std::size_t>(std::count_if(pattern.samples.begin(), pattern.samples.end(),
                                                              [&](const Sample& s) { return s.changes == changes; }));
    if (count < kMinSamples)
      out.push_back(
          {"", 0,
           fmt::format("{} '{}' samples, at least {} are needed", count, changes ? "change" : "keep", kMinSamples),
           ""});
  }
  for (const Sample& sample : pattern.samples) {
    std::string refused;
    ADAPT_TRY(const std::string got, changed(pattern, sample, sample.before, refused));
    const std::string& expected = sample.changes ? sample.after : sample.before;
    if (got != expected) {
      const char* why = !sample.changes        ? "changes, but must not"
                        : got == sample.before ? "does not change"
                                               : "comes out differently";
      out.push_back({sample.name, sample.line, why + refused, difference(expected, got)});
      continue;
    }
    if (!sample.changes) continue;
    std::string ignored;
    ADAPT_TRY(const std::string again, changed(pattern, sample, got, ignored));
    if (again != got)
      out.push_back({sample.name, sample.line, "changes again when applied twice", difference(got, again)});
  }
  return out;
}

}  // namespace adapt::patterns
