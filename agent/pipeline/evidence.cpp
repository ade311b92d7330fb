#include "agent/pipeline/evidence.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "agent/pipeline/run.h"
#include "agent/pipeline/stubs.h"
#include "patterns/evidence/version.h"
#include "patterns/evidence/votes.h"
#include "tools/base/log.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;
using evidence::Record;

std::optional<double> metric(const OrderedJson& metrics, const char* name) {
  const auto found = metrics.find(name);
  if (found == metrics.end()) return std::nullopt;
  if (found->is_number()) return found->get<double>();
  return found->is_string() && *found == "inf" ? std::optional(HUGE_VAL) : std::nullopt;
}

std::string source_hash(const Baseline& baseline) {
  for (const client::SourceRef& source : baseline.reference.sources)
    if (source.path == baseline.reference.model_file) return source.sha256;
  return {};
}

}  // namespace

Result<fs::path> evidence_folder(const config::Config& config) {
  ADAPT_TRY(const fs::path own, own_patterns_folder(config));
  return own / "evidence";
}

Result<evidence::Book> load_book(const patterns::Library& library, const config::Config& config) {
  std::vector<fs::path> folders = pattern_folders(config);
  ADAPT_TRY(folders.emplace_back(), evidence_folder(config));
  evidence::Book book = evidence::Book::load(library.ids(), folders);
  for (const std::string& complaint : book.complaints()) log::warning("evidence: {}", complaint);
  return book;
}

evidence::Outcome outcome_of(const client::Failure& before, const client::Failure& after, bool progress) {
  using client::FailureClass;
  using client::Stage;
  if (is_stub_call(after)) return evidence::Outcome::same;  // what is absent is still missed, only later
  const auto differs = [](const client::Failure& f) { return f.failure_class == FailureClass::output_mismatch; };
  if (differs(after) && !differs(before)) return evidence::Outcome::numeric;
  if (progress || after.stage > before.stage) return evidence::Outcome::advanced;
  if (after.stage == before.stage) return evidence::Outcome::same;
  const bool loads = after.stage > Stage::load && after.failure_class != FailureClass::import_error;
  return loads ? evidence::Outcome::worse : evidence::Outcome::apply_error;
}

EvidenceRecorder::EvidenceRecorder(Circumstances circumstances, const patterns::Library& library,
                                   const evidence::Book& book, const config::Config& config, const Clock& clock)
    : circumstances_(std::move(circumstances)), library_(library), book_(book), config_(config), clock_(clock) {}

Record EvidenceRecorder::line(const domain::Repair& repair, const domain::Candidate& tried, std::string_view before,
                              const Evaluation& after) const {
  const patterns::Pattern* pattern = library_.find(repair.id);
  Record out;
  out.time = evidence::utc_text(clock_.utc_ms());
  out.pattern = repair.id;
  out.revision = pattern != nullptr ? pattern->revision : 1;
  out.sites = static_cast<std::int64_t>(repair.sites.size());
  out.model = circumstances_.model;
  out.source = source_hash(circumstances_.baseline);
  out.backend = circumstances_.backend;
  out.version = circumstances_.version;
  out.packages = circumstances_.packages;
  out.before = before;
  if (after.failure) out.after = after.failure->fingerprint;
  out.seconds = after.seconds;
  out.who = "search";
  // Not its number: a run whose log has lost its end may try things in another order when it is resumed.
  out.run = fmt::format("{}/{}", circumstances_.run, tried.digest().substr(0, 12));
  return out;
}

void EvidenceRecorder::failed(const Proposal& proposal, const client::Failure& before, const Evaluation& after,
                              bool progress) {
  if (proposal.candidate.repairs.empty()) return;
  const domain::Repair& repair = proposal.candidate.repairs.back();
  if (repair.kind != domain::RepairKind::pattern) return;
  Record record = line(repair, proposal.candidate, before.fingerprint, after);
  record.outcome = outcome_of(before, *after.failure, progress);
  if (record.outcome == evidence::Outcome::advanced) answered_[repair.id] = before.fingerprint;
  write(record);
}

void EvidenceRecorder::advanced(const domain::Repair& repair, const client::Failure& before, const Evaluation& after) {
  Record record = line(repair, {}, before.fingerprint, after);
  record.outcome = evidence::Outcome::advanced;
  answered_[repair.id] = before.fingerprint;
  write(record);
}

void EvidenceRecorder::passed(const Proposal& proposal, const domain::Candidate& frozen, const client::Failure& before,
                              const Evaluation& after, const OrderedJson& metrics) {
  for (const domain::Repair& repair : frozen.repairs) {
    if (repair.kind != domain::RepairKind::pattern) continue;
    // An earlier repair of the candidate answered the failure that it met, not the last one.
    const auto earlier = answered_.find(repair.id);
    const std::string& answered = earlier != answered_.end() ? earlier->second : before.fingerprint;
    Record record = line(repair, proposal.candidate, answered, after);
    record.outcome = evidence::Outcome::pass;
    record.pcc = metric(metrics, "pcc");
    record.max_error = metric(metrics, "max_abs");
    write(record);
  }
}

void EvidenceRecorder::works(const OrderedJson& metrics) {
  const std::string model = evidence::kept_text(circumstances_.model), source = source_hash(circumstances_.baseline);
  for (const auto& [id, records] : book_.by_pattern()) {
    const patterns::Pattern* pattern = library_.find(id);
    if (pattern == nullptr || source.empty()) continue;
    const std::vector<evidence::Vote> votes = evidence::votes_of(records, pattern->revision);
    const bool needed = std::ranges::any_of(votes, [&](const evidence::Vote& vote) {
      const Record& record = *vote.record;
      return vote.success && record.model == model && record.source == source &&
             record.backend == circumstances_.backend && evidence::is_older(record.version, circumstances_.version);
    });
    if (!needed) continue;
    Record record = line({domain::RepairKind::pattern, id, {}, {}, {}}, {}, "", {});
    record.outcome = evidence::Outcome::unneeded;
    record.pcc = metric(metrics, "pcc");
    record.max_error = metric(metrics, "max_abs");
    write(record);
  }
}

void EvidenceRecorder::write(const Record& record) {
  if (!circumstances_.counts) return;
  const auto written = [&]() -> Result<void> {
    ADAPT_TRY(const fs::path folder, evidence_folder(config_));
    ADAPT_TRY_VOID(evidence::append_evidence(evidence::evidence_file(folder, record.pattern), std::span(&record, 1)));
    return {};
  }();
  if (!written && !warned_) log::warning("the evidence of this run is not kept: {}", written.error().message);
  warned_ = warned_ || !written;
}

}  // namespace adapt::pipeline
