// A repair that somebody made by hand, as the first thing that the search tries. What it leaves broken, options and
// patterns may still repair; what of it is not needed, minimisation takes away.
#pragma once

#include <vector>

#include "agent/pipeline/proposer.h"
#include "tools/edit/patch_file.h"

namespace adapt::pipeline {

class GivenPatchProposer final : public Proposer {
 public:
  // `next` proposes everything else and must outlive it.
  GivenPatchProposer(std::vector<edit::FilePatch> patch, SourceTexts& texts, Proposer& next)
      : patch_(std::move(patch)), texts_(texts), next_(next) {}

  // A usage error when the patch names a file that is not among the model's sources, or does not fit it.
  Result<std::vector<Proposal>> propose(const domain::Candidate& candidate, const Evaluation& evaluation) override;

 private:
  Result<Proposal> patched(const Evaluation& evaluation);

  std::vector<edit::FilePatch> patch_;
  SourceTexts& texts_;
  Proposer& next_;
};

}  // namespace adapt::pipeline
