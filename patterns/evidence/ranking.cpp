#include "patterns/evidence/ranking.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "patterns/evidence/version.h"
#include "patterns/evidence/votes.h"

namespace adapt::evidence {
namespace {

constexpr double kPriorVotes = 2;      // what a step of the back-off weighs in the next one
constexpr double kRelated = 0.8;       // how far the next wider step is believed
constexpr double kMinorVersion = 0.5;  // weight of a vote, for each minor version of distance
constexpr double kOtherFailure = 0.5;  // weight of a vote about another failure
constexpr double kMostForTime = 2;

struct Tally {
  double successes = 0, failures = 0;
  void add(bool success, double weight) { (success ? successes : failures) += weight; }
  double votes() const { return successes + failures; }
};

// Votes on top of what the next wider step believes, drawn towards even odds: it is about something a little different.
Belief updated(double wider_mean, const Tally& tally) {
  const double prior = 0.5 + kRelated * (wider_mean - 0.5);
  Belief out;
  out.successes = kPriorVotes * prior + tally.successes;
  out.failures = kPriorVotes * (1 - prior) + tally.failures;
  return out;
}

// The newest revision that anything is known of.
int newest_revision(std::span<const Record> records) {
  int out = 1;
  for (const Record& record : records) out = std::max(out, record.revision);
  return out;
}

Tally family_tally(const Contender& contender, const Book& book) {
  Tally out;
  for (const auto& [id, records] : book.by_pattern()) {
    if (id == contender.id || family_of(id) != family_of(contender.id)) continue;
    for (const Vote& vote : votes_of(records, newest_revision(records))) out.add(vote.success, 1);
  }
  return out;
}

}  // namespace

// Wilson's bound: unlike mean minus deviation it stays above 0, so that what failed often is still told apart.
double Belief::lower() const {
  const double n = successes + failures, p = mean();
  return (p + 0.5 / n - std::sqrt(p * (1 - p) / n + 0.25 / (n * n))) / (1 + 1 / n);
}

double Belief::drawn(std::uint64_t seed) const {
  std::mt19937_64 chance(seed);
  std::gamma_distribution<double> for_it(successes, 1), against(failures, 1);
  const double a = for_it(chance), b = against(chance);
  return a + b > 0 ? a / (a + b) : mean();
}

Belief belief_in(const Contender& contender, const Book& book, const Situation& now) {
  Tally elsewhere, backend, version;
  double seconds = 0, timed = 0;
  for (const Vote& vote : votes_of(book.of(contender.id), contender.revision)) {
    const Record& record = *vote.record;
    const double weight = record.before == now.fingerprint ? 1 : kOtherFailure;
    if (record.backend != now.backend) {
      elsewhere.add(vote.success, weight);
      continue;
    }
    const double near = std::pow(kMinorVersion, version_distance(record.version, now.version));
    version.add(vote.success, weight * near);
    backend.add(vote.success, weight * (1 - near));  // each vote is counted once
    if (record.seconds > 0) {
      seconds += record.seconds;
      timed += 1;
    }
  }
  double wider = 0.5;
  for (const Tally& tally : {family_tally(contender, book), elsewhere, backend}) wider = updated(wider, tally).mean();
  Belief out = updated(wider, version);
  out.votes = elsewhere.votes() + backend.votes() + version.votes();
  out.seconds = timed > 0 ? seconds / timed : 0;
  return out;
}

double gain(double chance, double seconds, double typical_seconds) {
  if (seconds <= 0 || typical_seconds <= 0) return chance;
  return chance * std::clamp(typical_seconds / seconds, 1 / kMostForTime, kMostForTime);
}

double typical_seconds(const Book& book, std::string_view backend) {
  std::vector<double> all;
  for (const auto& [id, records] : book.by_pattern())
    for (const Record& record : records)
      if (record.backend == backend && record.seconds > 0) all.push_back(record.seconds);
  if (all.empty()) return 0;
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return *middle;
}

}  // namespace adapt::evidence
