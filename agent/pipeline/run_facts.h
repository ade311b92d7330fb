// Asks a run of the candidate what its code does not say: types, shapes and aliasing at lines that patterns name.
#pragma once

#include <span>

#include "agent/domain/repair.h"
#include "agent/pipeline/baseline.h"
#include "agent/pipeline/services.h"
#include "patterns/facts.h"
#include "patterns/signature.h"

namespace adapt::pipeline {

// An interface, so that proposals are tested without a model.
class FactSource {
 public:
  virtual ~FactSource() = default;
  // By file of `sources`, which are what the candidate runs. What a run cannot tell is left out.
  virtual Result<patterns::FactsByFile> facts(const domain::Candidate& candidate,
                                              std::span<const patterns::SourceFile> sources,
                                              const patterns::LinesByFile& lines) = 0;
};

class RunFacts final : public FactSource {
 public:
  RunFacts(const Baseline& baseline, const RunFolder& folder, Services& services)
      : baseline_(baseline), folder_(folder), services_(services) {}

  Result<patterns::FactsByFile> facts(const domain::Candidate& candidate, std::span<const patterns::SourceFile> sources,
                                      const patterns::LinesByFile& lines) override;

 private:
  const Baseline& baseline_;
  const RunFolder& folder_;
  Services& services_;
};

patterns::Fact to_fact(const client::Fact& told);

}  // namespace adapt::pipeline
