// The verdict on a frozen candidate: inputs drawn now, a reference from the unmodified source, bytes compared by the
// judge.
#pragma once

#include "agent/domain/outcome.h"
#include "agent/pipeline/attempts.h"
#include "harness/judge/judge.h"

namespace adapt::pipeline {

struct Verification {
  judge::Verdict verdict = judge::Verdict::inconclusive;
  std::vector<std::string> reasons;      // why it is not passed
  std::vector<std::string> concessions;  // what the claim does not cover, in words
  OrderedJson metrics = OrderedJson::object();
  std::vector<std::string> placement;  // what ran where, as the backend tells it
  domain::Level cap = domain::Level::L5;
  std::string reference_draw;  // files of the first held-out draw, for the generated test
};

struct ChangedSource {
  std::string module, file, before, after;
};

struct VerifyRequest {
  const domain::Candidate& candidate;
  std::string artefact;                // as the search built it; empty: build again in a clean process
  std::vector<ChangedSource> changed;  // one for each module that the candidate replaces
};

// The reference on inputs drawn for this candidate, which must not change from here on. verify() makes the same
// request; whoever knows earlier that the candidate is frozen can have it started ahead.
Result<client::ReferenceRequest> held_out_request(const domain::Candidate& candidate, const Baseline& baseline,
                                                  const RunFolder& folder, Services& services);

Result<Verification> verify(const VerifyRequest& request, const Baseline& baseline, const client::BackendProbe& backend,
                            const RunFolder& folder, Services& services);

}  // namespace adapt::pipeline
