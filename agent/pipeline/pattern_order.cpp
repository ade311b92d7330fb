#include "agent/pipeline/pattern_order.h"

#include <algorithm>
#include <charconv>

#include "patterns/evidence/standing.h"
#include "tools/base/hash.h"
#include "tools/base/json.h"

namespace adapt::pipeline {
namespace {

using evidence::Belief;
using evidence::Status;

// Share of the choices in which patterns on trial are tried by luck rather than by merit, so that one early failure
// does not keep a pattern from being tried ever again.
constexpr double kExploration = 0.08;

bool explores(std::uint64_t seed) { return static_cast<double>(seed >> 11U) * 0x1p-53 < kExploration; }

}  // namespace

std::uint64_t seed_of(std::string_view text) {
  const std::string hash = sha256_hex(text);
  std::uint64_t out = 0;
  std::from_chars(hash.data(), hash.data() + 16, out, 16);
  return out;
}

Json PatternOrder::reasons(const std::vector<const patterns::Pattern*>& patterns, const std::string& fingerprint,
                           const std::string& candidate_digest) const {
  const evidence::Situation now{settings_.backend, settings_.version, evidence::kept_text(fingerprint)};
  const std::uint64_t seed = settings_.seed ^ seed_of(candidate_digest);
  const double typical = evidence::typical_seconds(book_, settings_.backend);
  bool known = false;
  std::vector<Belief> beliefs;
  for (const patterns::Pattern* pattern : patterns) {
    beliefs.push_back(evidence::belief_in({pattern->id, pattern->revision}, book_, now));
    known = known || beliefs.back().votes > 0;
  }
  const bool explore = known && explores(seed);
  Json out = Json::array();
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    const patterns::Pattern& pattern = *patterns[i];
    const evidence::Standing standing = evidence::standing_of(pattern.status, pattern.revision, book_.of(pattern.id));
    const bool held_back =
        standing.status == Status::retired || (standing.status == Status::draft && !settings_.drafts);
    Json row{{"pattern", pattern.id}, {"status", to_string(standing.status)}, {"tried", !held_back}};
    if (!standing.because.empty()) row["because"] = standing.because;
    if (known) {
      const Belief& belief = beliefs[i];
      const bool by_luck = explore && standing.status == Status::trial;
      const double chance = by_luck ? belief.drawn(seed ^ seed_of(pattern.id)) : belief.lower();
      row["votes"] = belief.votes;
      row["mean"] = belief.mean();
      row["chance"] = chance;
      row["by_luck"] = by_luck;
      row["score"] = evidence::gain(chance, belief.seconds, typical);
    }
    out.push_back(std::move(row));
  }
  return out;
}

Result<std::vector<Placed>> PatternOrder::place(const std::vector<const patterns::Pattern*>& patterns,
                                                const std::string& fingerprint, const std::string& candidate_digest) {
  std::vector<Placed> out;
  if (patterns.empty()) return out;
  ADAPT_TRY(const Json recorded, journal_.step("order:" + candidate_digest, [&]() -> Result<events::StepOutput> {
    return events::StepOutput{reasons(patterns, fingerprint, candidate_digest), {}};
  }));
  for (const Json& row : recorded) {
    const std::string id = string_or(row, "pattern", "");
    const auto pattern = std::ranges::find(patterns, id, [](const patterns::Pattern* p) { return p->id; });
    if (pattern != patterns.end() && bool_or(row, "tried", false))
      out.push_back({*pattern, number_or(row, "score", 0)});
  }
  return out;
}

}  // namespace adapt::pipeline
