#include "agent/pipeline/proposer.h"

#include <algorithm>
#include <filesystem>

#include "patterns/regex.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/log.h"

namespace adapt::pipeline {
namespace {

// Order of trying. Lower first; among equal ones what the evidence promises more; else the order of the ladder and of
// the library stays.
enum class Rank : std::uint8_t {
  specific_option,  // answers this failure and costs the claim nothing
  pattern,          // exact up to rounding
  specific_option_that_costs,
  guarded_pattern,  // holds under an assumption
  general_option,   // may help at this stage
  general_option_that_costs,
};

struct Ranked {
  Rank rank;
  Proposal proposal;
  double score = 0;  // of patterns
};

bool comes_first(const Ranked& a, const Ranked& b) { return a.rank != b.rank ? a.rank < b.rank : a.score > b.score; }

// Places in the failure's own files are likelier to be its cause.
double plausibility(std::size_t near, std::size_t all) {
  return 0.5 + 0.5 * static_cast<double>(near) / static_cast<double>(all);
}

bool matches(const std::optional<std::string>& pattern, const std::string& text) {
  if (!pattern) return true;
  const Result<patterns::Regex> regex = patterns::Regex::compile(*pattern);
  return regex && regex->found_in(text);
}

Rank rank_of(const client::Option& option, bool specific) {
  const bool costs = option.concession || option.cap;
  if (specific) return costs ? Rank::specific_option_that_costs : Rank::specific_option;
  return costs ? Rank::general_option_that_costs : Rank::general_option;
}

bool has_option(const domain::Candidate& candidate, const std::string& id) {
  return std::any_of(candidate.options.begin(), candidate.options.end(),
                     [&](const client::Option& option) { return option.id == id; });
}

Proposal with_option(const domain::Candidate& candidate, const client::Option& option) {
  Proposal proposal{"option:" + option.id, "option " + option.id, candidate};
  proposal.candidate.options.push_back(option);
  domain::Repair repair{domain::RepairKind::option, option.id, option.does, {}, {}};
  if (option.concession) repair.concessions.push_back(*option.concession);
  proposal.candidate.repairs.push_back(std::move(repair));
  return proposal;
}

// A pattern without edits: what it sets goes along with whatever loads the model.
Proposal with_config(const domain::Candidate& candidate, const patterns::Pattern& pattern) {
  Proposal proposal{"pattern:" + pattern.id, "pattern " + pattern.id, candidate};
  client::Option option{.id = pattern.id, .scope = "config", .set = pattern.carrier.settings, .does = pattern.title};
  proposal.candidate.options.push_back(std::move(option));
  proposal.candidate.repairs.push_back(
      {domain::RepairKind::pattern, pattern.id, pattern.title, {}, pattern.assumptions});
  return proposal;
}

// The failure's own surroundings: files of its frames.
bool is_near(const patterns::Site& site, const patterns::Signature& signature) {
  return site.file == signature.file ||
         std::any_of(signature.frames.begin(), signature.frames.end(),
                     [&](const patterns::Frame& frame) { return frame.file == site.file; });
}

Result<Proposal> with_sites(const domain::Candidate& candidate, const patterns::Pattern& pattern,
                            std::string_view extent, const std::vector<patterns::Site>& sites,
                            const std::vector<std::string>& assumptions,
                            const std::vector<patterns::SourceFile>& sources) {
  edit::EditSet edits;
  for (const patterns::Site& site : sites) ADAPT_TRY_VOID(edits.merge(site.edits));
  edit::Sources by_file;
  for (const patterns::SourceFile& source : sources) by_file[source.file] = source.text;
  ADAPT_TRY(const edit::Sources changed, edit::apply(edits, by_file));
  std::map<std::string, std::string> module_of;
  for (const patterns::SourceFile& source : sources) module_of[source.file] = source.module;

  Proposal proposal{"pattern:" + pattern.id, fmt::format("pattern {}{}", pattern.id, extent), candidate};
  for (const auto& [file, text] : changed) proposal.candidate.overlay[module_of[file]] = text;
  domain::Repair repair{domain::RepairKind::pattern, pattern.id, pattern.title, {}, assumptions};
  for (const patterns::Site& site : sites)
    repair.sites.push_back({module_of[site.file], site.file, site.line, site.function});
  proposal.candidate.repairs.push_back(std::move(repair));
  return proposal;
}

}  // namespace

Result<std::vector<patterns::SourceFile>> SourceTexts::current(const Evaluation& evaluation,
                                                               const domain::Candidate& candidate) {
  std::vector<patterns::SourceFile> out;
  for (const client::SourceRef& source : evaluation.sources) {
    const auto overlaid = candidate.overlay.find(source.module);
    if (!originals_.contains(source.module)) {
      if (overlaid != candidate.overlay.end()) continue;  // cannot be: what is overlaid has been read before
      ADAPT_TRY(std::string text, read_file(source.path));
      if (sha256_hex(text) != source.sha256) {
        log::warning("{} changed while the run was on; it is left alone", source.file);
        continue;
      }
      originals_.emplace(source.module, std::move(text));
      files_.emplace(source.module, source.file);
    }
    const std::string& text = overlaid != candidate.overlay.end() ? overlaid->second : originals_.at(source.module);
    out.push_back({source.module, files_.at(source.module), text, source.role});
  }
  return out;
}

Fit fits(const client::When& when, const client::Failure& failure) {
  const auto names = [](const client::Texts& texts, std::string_view word) {
    return texts.empty() || std::find(texts.begin(), texts.end(), word) != texts.end();
  };
  Fit fit;
  fit.specific = when.op.has_value() || when.message.has_value();
  fit.holds = names(when.stage, client::to_string(failure.stage)) &&
              names(when.failure_class, client::to_string(failure.failure_class)) &&
              matches(when.op, failure.op.value_or("")) && matches(when.message, failure.message + "\n" + failure.log);
  return fit;
}

patterns::Signature signature_of(const client::Failure& failure, const std::string& backend) {
  patterns::Signature signature;
  signature.backend = backend;
  signature.stage = client::to_string(failure.stage);
  signature.failure_class = client::to_string(failure.failure_class);
  signature.op = failure.op.value_or("");
  signature.message = failure.message + "\n" + failure.log;
  signature.file = failure.file.value_or("");
  signature.function = failure.function.value_or("");
  signature.line = static_cast<std::uint32_t>(failure.line.value_or(0));
  for (const client::Frame& frame : failure.frames)
    signature.frames.push_back({frame.file, static_cast<std::uint32_t>(frame.line), frame.function, frame.source});
  return signature;
}

Result<std::vector<Placed>> LadderProposer::placed(const domain::Candidate& candidate, const client::Failure& failure,
                                                   const patterns::Signature& signature) const {
  const std::vector<const patterns::Pattern*> ranked = library_.ranked(signature);
  if (surroundings_.order != nullptr)
    return surroundings_.order->place(ranked, failure.fingerprint, candidate.digest());
  std::vector<Placed> out;
  for (const patterns::Pattern* pattern : ranked) out.push_back({pattern, 0});
  return out;
}

// A survey tells which patterns may have places, and what they would ask of a run; only then the model is run for it.
Result<std::vector<LadderProposer::Found>> LadderProposer::from_patterns(
    const domain::Candidate& candidate, std::span<const Placed> contenders, const patterns::Signature& signature,
    std::span<const patterns::SourceFile> sources) {
  std::vector<Found> out;
  patterns::LinesByFile asked;
  for (const Placed& contender : contenders) {
    const patterns::Pattern* pattern = contender.pattern;
    patterns::LinesByFile lines;
    auto survey =
        patterns::propose(*pattern, signature, sources, {.asked = surroundings_.facts == nullptr ? nullptr : &lines});
    if (!survey) log::warning("pattern {} is left out: {}", pattern->id, survey.error().message);
    if (!survey || !*survey) continue;
    std::erase_if(lines, [](const auto& entry) { return entry.second.empty(); });
    out.push_back({contender, std::move(**survey), !lines.empty()});
    for (const auto& [file, numbers] : lines) asked[file].insert(numbers.begin(), numbers.end());
  }
  if (asked.empty()) return out;
  ADAPT_TRY(const patterns::FactsByFile facts, surroundings_.facts->facts(candidate, sources, asked));
  std::vector<Found> sure;
  for (Found& found : out) {
    if (!found.asks) {
      sure.push_back(std::move(found));
      continue;
    }
    auto proposal = patterns::propose(*found.placed.pattern, signature, sources, {.facts = &facts});
    if (!proposal) log::warning("pattern {} is left out: {}", found.placed.pattern->id, proposal.error().message);
    if (proposal && *proposal) sure.push_back({found.placed, std::move(**proposal), false});
  }
  return sure;
}

Result<std::vector<Proposal>> LadderProposer::propose(const domain::Candidate& candidate,
                                                      const Evaluation& evaluation) {
  const client::Failure& failure = *evaluation.failure;
  std::vector<Ranked> ranked;
  for (const client::Option& option : options_) {
    const Fit fit = fits(option.when, failure);
    if (fit.holds && !has_option(candidate, option.id))
      ranked.push_back({rank_of(option, fit.specific), with_option(candidate, option)});
  }
  patterns::Signature signature = signature_of(failure, backend_);
  signature.packages = surroundings_.packages;
  ADAPT_TRY(const std::vector<patterns::SourceFile> sources, texts_.current(evaluation, candidate));
  ADAPT_TRY(const std::vector<Placed> contenders, placed(candidate, failure, signature));
  for (const auto& [pattern, score] : contenders)
    if (pattern->carrier.kind == patterns::Carrier::Kind::config && !has_option(candidate, pattern->id))
      ranked.push_back({pattern->assumptions.empty() ? Rank::pattern : Rank::guarded_pattern,
                        with_config(candidate, *pattern), score});
  ADAPT_TRY(const std::vector<Found> all, from_patterns(candidate, contenders, signature, sources));
  for (const auto& [place, found, asks] : all) {
    const auto& [pattern, score] = place;
    const Rank rank = found.assumptions.empty() ? Rank::pattern : Rank::guarded_pattern;
    std::vector<patterns::Site> near;
    std::ranges::copy_if(found.sites, std::back_inserter(near),
                         [&](const patterns::Site& site) { return is_near(site, signature); });
    const double promise = score * plausibility(near.size(), found.sites.size());
    // Where it broke first: fewer changes, and modules that everything imports stay as they are.
    if (near.size() == found.sites.size()) near.clear();
    for (const auto& [extent, sites] : {std::pair(" near the failure", near), std::pair("", found.sites)}) {
      if (sites.empty()) continue;
      Result<Proposal> proposal = with_sites(candidate, *pattern, extent, sites, found.assumptions, sources);
      if (proposal)
        ranked.push_back({rank, std::move(*proposal), promise});
      else
        log::warning("pattern {} is left out: {}", pattern->id, proposal.error().message);
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(), comes_first);
  std::vector<Proposal> out;
  for (Ranked& entry : ranked) out.push_back(std::move(entry.proposal));
  return out;
}

}  // namespace adapt::pipeline
