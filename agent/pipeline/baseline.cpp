#include "agent/pipeline/baseline.h"

#include "tools/base/file.h"
#include "tools/base/hash.h"

namespace adapt::pipeline {
namespace {

// Two draws: one to trace with, one to see at once that an output follows its inputs. Their seeds are fixed, because
// the search may see them; the verdict's inputs are drawn later.
const std::vector<client::Draw> kBaselineDraws = {{1, "base"}, {2, "base"}};

std::string why_unsound(const client::ReferenceReply& reference) {
  if (!reference.deterministic) return "two eager runs of the unmodified model on the same inputs differ";
  if (reference.draws.size() < kBaselineDraws.size()) return "the model's inputs could not be drawn twice";
  return "";
}

// One folder for each set of stubs: a reference that failed leaves nothing for the next one.
std::filesystem::path folder_for(const client::Model& model, const RunFolder& folder) {
  if (model.stubs.empty()) return folder.baseline();
  return folder.baseline() / ("stubs-" + sha256_hex(dump(client::encode(model))).substr(0, 12));
}

}  // namespace

Result<Baseline> compute_baseline(const client::Model& model, const RunFolder& folder, Services& services) {
  Baseline baseline;
  baseline.model = model;
  const std::filesystem::path out = folder_for(model, folder);
  ADAPT_TRY_VOID(make_directories(out));
  services.progress.candidate("unmodified model");
  ADAPT_TRY(Answer<client::ReferenceReply> answer, services.harness.reference({.model = baseline.model,
                                                                               .draws = kBaselineDraws,
                                                                               .out = out.string(),
                                                                               .fp64 = false,
                                                                               .sensitivity = false,
                                                                               .repeat = true}));
  baseline.seconds = answer.seconds;
  if (answer.reply) baseline.reference = std::move(*answer.reply);
  baseline.failure = std::move(answer.failure);
  if (!baseline.failure) baseline.unsound = why_unsound(baseline.reference);
  return baseline;
}

}  // namespace adapt::pipeline
