#include "agent/pipeline/given_patch.h"

#include <algorithm>

#include "patterns/scope.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
Result<std::vector<Proposal>> GivenPatchProposer::propose(const domain::Candidate& candidate,
                                                          const Evaluation& evaluation) {
  std::vector<Proposal> out;
  if (candidate.is_unmodified()) {
    ADAPT_TRY(out.emplace_back(), patched(evaluation));
  }
  ADAPT_TRY(std::vector<Proposal> others, next_.propose(candidate, evaluation));
  out.insert(out.end(), std::make_move_iterator(others.begin()), std::make_move_iterator(others.end()));
  return out;
}

Result<Proposal> GivenPatchProposer::patched(const Evaluation& evaluation) {
  Proposal proposal{"patch", "the given patch", {}};
  domain::Repair repair{domain::RepairKind::patch, "given", "a patch given by the user", {}, {}};
  ADAPT_TRY(const std::vector<patterns::SourceFile> sources, texts_.current(evaluation, {}));
  for (const edit::FilePatch& patch : patch_) {
    const auto source = std::ranges::find_if(
        sources, [&](const patterns::SourceFile& s) { return patterns::same_file(s.file, patch.file); });
    if (source == sources.end()) {
      std::vector<std::string> files;
      for (const patterns::SourceFile& known : sources) files.push_back(known.file);
      return fail(ErrorKind::usage, "the patch changes '{}', which is not among the model's sources{}", patch.file,
                  did_you_mean(patch.file, files));
    }
    ADAPT_TRY(proposal.candidate.overlay[source->module], edit::apply_patch(patch, source->text));
    for (const edit::PatchHunk& hunk : patch.hunks)
      repair.sites.push_back({source->module, source->file, hunk.old_line, ""});
  }
  proposal.candidate.repairs.push_back(std::move(repair));
  return proposal;
}

}  // namespace adapt::pipeline
