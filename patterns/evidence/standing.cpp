#include "patterns/evidence/standing.h"

#include <algorithm>
#include <set>

#include "patterns/evidence/version.h"
#include "patterns/evidence/votes.h"
#include "tools/base/text.h"

namespace adapt::evidence {
namespace {

constexpr Status kStatuses[] = {Status::draft, Status::trial, Status::trusted, Status::retired};

// One that the pattern had repaired elsewhere: same failure on the same backend, another end.
std::vector<Record> counter_examples(const std::vector<Vote>& votes) {
  std::set<std::pair<std::string_view, std::string_view>> repaired;  // backend, failure
  for (const Vote& vote : votes)
    if (vote.success) repaired.emplace(vote.record->backend, vote.record->before);
  std::vector<Record> out;
  for (const Vote& vote : votes) {
    const Outcome outcome = vote.record->outcome;
    if ((outcome == Outcome::worse || outcome == Outcome::numeric) &&
        repaired.contains({vote.record->backend, vote.record->before}))
      out.push_back(*vote.record);
  }
  return out;
}

std::map<std::string, Validity> validities(const std::vector<Vote>& votes, std::span<const Record> records,
                                           int revision) {
  std::map<std::string, Validity> out;
  for (const Vote& vote : votes) {
    if (!vote.success) continue;
    const auto [at, fresh] = out.emplace(vote.record->backend, Validity{});
    Validity& validity = at->second;
    const std::string& version = vote.record->version;
    if (fresh || is_older(version, validity.from)) validity.from = version;
    if (fresh || is_older(validity.last, version)) validity.last = version;
  }
  for (const Record& record : records) {
    if (record.outcome != Outcome::unneeded || record.revision != revision) continue;
    const auto at = out.find(record.backend);
    // A repair on that version or a newer one says more: some model needs it there.
    if (at == out.end() || !is_older(at->second.last, record.version)) continue;
    if (!at->second.until.empty() && !is_older(record.version, at->second.until)) continue;
    at->second.until = record.version;
    at->second.works_without_it = record.model;
  }
  return out;
}

class Rules {
 public:
  Rules(std::string_view in_file, Standing& out) : out_(out) { out_.status = parse_status(in_file); }

  void apply(bool made_worse) {
    if (out_.status == Status::retired) return;
    const std::size_t against = out_.counter_examples.size(), successes = out_.passes + out_.advanced;
    if (out_.status == Status::draft && out_.passes > 0 && against == 0) move(Status::trial, "it has passed");
    if (out_.status == Status::trial && out_.models >= kPasses && !out_.reviewers.empty() && !made_worse)
      move(Status::trusted,
           fmt::format("passed on {} models and was reviewed by {}", out_.models, join(out_.reviewers, ", ")));
    if (out_.status == Status::trusted && against > 0) move(Status::trial, describe(against));
    if (out_.status == Status::trial && against > 0 && against >= successes) move(Status::draft, describe(against));
  }

 private:
  void move(Status to, std::string because) {
    out_.status = to;
    out_.because = std::move(because);
  }

  std::string describe(std::size_t against) const {
    const Record& last = out_.counter_examples.back();
    return fmt::format("{} counter-example{}, the last on {} ({})", against, against == 1 ? "" : "s", last.model,
                       to_string(last.outcome));
  }

  Standing& out_;
};

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::draft: return "draft";
    case Status::trial: return "trial";
    case Status::trusted: return "trusted";
    case Status::retired: return "retired";
  }
  return "draft";
}

Status parse_status(std::string_view word) {
  const auto* const found = std::ranges::find(kStatuses, word, [](Status s) { return to_string(s); });
  return found == std::end(kStatuses) ? Status::draft : *found;
}

Standing standing_of(std::string_view status_in_file, int revision, std::span<const Record> records) {
  Standing out;
  const std::vector<Vote> votes = votes_of(records, revision);
  std::set<std::string_view> models;
  bool made_worse = false;
  for (const Vote& vote : votes) {
    const Outcome outcome = vote.record->outcome;
    if (outcome == Outcome::pass) models.insert(vote.record->model);
    out.passes += outcome == Outcome::pass ? 1 : 0;
    out.advanced += outcome == Outcome::advanced ? 1 : 0;
    made_worse = made_worse || outcome == Outcome::worse || outcome == Outcome::numeric;
  }
  out.votes = votes.size();
  out.models = models.size();
  for (const Record& record : records) {
    const bool counts = record.outcome == Outcome::reviewed && record.revision == revision && !record.who.empty();
    if (counts && std::ranges::find(out.reviewers, record.who) == out.reviewers.end())
      out.reviewers.push_back(record.who);
  }
  out.counter_examples = counter_examples(votes);
  out.backends = validities(votes, records, revision);
  Rules(status_in_file, out).apply(made_worse);
  return out;
}

bool Standing::retirement_proposed() const {
  return status != Status::retired && !backends.empty() &&
         std::ranges::all_of(backends, [](const auto& entry) { return !entry.second.until.empty(); });
}

std::string Standing::why_retire() const {
  if (!retirement_proposed()) return {};
  std::vector<std::string> parts;
  for (const auto& [backend, validity] : backends)
    parts.push_back(fmt::format("{} {}: {} works without it", backend, validity.until, validity.works_without_it));
  return join(parts, "; ");
}

}  // namespace adapt::evidence
