#include "harness/judge/judge.h"

#include <set>

#include "harness/judge/leaf.h"
#include "harness/judge/variation.h"
#include "tools/base/hash.h"

namespace adapt::judge {
namespace {

// A candidate has no reason to write much more than the reference did.
Result<std::uint64_t> candidate_limit(const std::filesystem::path& reference) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(reference, error);
  if (error) return fail(ErrorKind::io, "cannot read {}: {}", reference.string(), error.message());
  return 2 * size + (std::uint64_t{1} << 20U);
}

// The fp64 run of a model that casts inside may have another structure; then it is not a golden run.
bool fits(const Outputs& reference, const Outputs& golden) {
  if (reference.leaves.size() != golden.leaves.size()) return false;
  for (std::size_t i = 0; i < reference.leaves.size(); ++i) {
    if (reference.leaves[i].shape != golden.leaves[i].shape) return false;
    if (reference.leaves[i].kind != golden.leaves[i].kind) return false;
  }
  return true;
}

void judge_leaf(const DrawArrays& draw, const Outputs* golden, std::size_t index, const Policy& policy,
                DrawMetrics& metrics, Judgement& judgement) {
  const Leaf& reference = draw.reference.leaves[index];
  const Leaf& candidate = draw.candidate->leaves[index];
  const Leaf* truth = golden != nullptr ? &golden->leaves[index] : nullptr;
  LeafFinding finding = tensor::is_floating(reference.array.dtype)
                            ? compare_floats(reference, truth, candidate, policy)
                            : compare_integers(reference, truth, candidate, draw.reference.leaves, policy);
  const std::string place = fmt::format("{}, {}", draw.label, reference.name);
  for (const std::string& reason : finding.reasons) judgement.reasons.push_back(place + ": " + reason);
  for (const std::string& note : finding.notes) judgement.notes.push_back(place + ": " + note);
  judgement.verdict = worse(judgement.verdict, finding.metrics.verdict);
  metrics.leaves.push_back(std::move(finding.metrics));
}

// True when the outputs can be compared number by number.
bool judge_structure(const DrawArrays& draw, Judgement& judgement) {
  if (!draw.candidate) {
    judgement.add(Verdict::diverged, draw.label + ": the candidate's outputs: " + draw.candidate.error().message);
    return false;
  }
  const std::string difference = structure_difference(draw.reference, *draw.candidate);
  if (difference.empty()) return true;
  judgement.add(Verdict::diverged, draw.label + ": " + difference);
  return false;
}

void judge_draw(const DrawArrays& draw, const Policy& policy, Judgement& judgement) {
  DrawMetrics metrics{.label = draw.label, .leaves = {}};
  const Outputs* golden = draw.golden && fits(draw.reference, *draw.golden) ? &*draw.golden : nullptr;
  if (draw.golden && golden == nullptr) {
    judgement.notes.push_back(draw.label + ": the fp64 run has other outputs than the model; not used");
  }
  for (std::size_t i = 0; i < draw.reference.leaves.size(); ++i) {
    judge_leaf(draw, golden, i, policy, metrics, judgement);
  }
  judgement.draws.push_back(std::move(metrics));
}

void judge_coverage(std::span<const DrawArrays> draws, const std::string& baseline, const Policy& policy,
                    Judgement& judgement) {
  std::set<std::string> inputs;
  bool unlike_baseline = false;
  for (const DrawArrays& draw : draws) {
    inputs.insert(draw.inputs_digest);
    unlike_baseline = unlike_baseline || draw.inputs_digest != baseline;
  }
  if (std::ssize(inputs) < policy.least_draws) {
    judgement.add(Verdict::inconclusive, fmt::format("only {} different inputs were compared, {} are needed",
                                                     inputs.size(), policy.least_draws));
  }
  if (!unlike_baseline) {
    judgement.add(Verdict::inconclusive, "every input was the one that the search had seen");
  }
  std::int64_t elements = 0;
  for (const DrawMetrics& draw : judgement.draws) {
    for (const LeafMetrics& leaf : draw.leaves) elements += leaf.elements;
  }
  if (elements == 0) judgement.add(Verdict::inconclusive, "no number was compared");
}

void judge_over_draws(std::span<const DrawArrays> draws, const Policy& policy, Judgement& judgement) {
  std::vector<DrawOutputs> outputs;
  for (const DrawArrays& draw : draws) {
    const bool golden = draw.golden && fits(draw.reference, *draw.golden);
    outputs.push_back({&draw.reference, golden ? &*draw.golden : nullptr, &*draw.candidate});
    if (draw.reference.leaves.size() == draws.front().reference.leaves.size()) continue;
    judgement.add(Verdict::inconclusive, "the model returns another number of tensors on other inputs");
    return;
  }
  VariationFinding finding = judge_variation(outputs, policy);
  judgement.variation = std::move(finding.metrics);
  judgement.verdict = worse(judgement.verdict, finding.verdict);
  for (std::string& reason : finding.reasons) judgement.reasons.push_back(std::move(reason));
}

}  // namespace

Judgement judge_arrays(std::span<const DrawArrays> draws, const std::string& baseline_digest, const Policy& policy) {
  Judgement judgement;
  bool comparable = true;
  for (const DrawArrays& draw : draws) {
    if (judge_structure(draw, judgement))
      judge_draw(draw, policy, judgement);
    else
      comparable = false;
  }
  judge_coverage(draws, baseline_digest, policy, judgement);
  if (comparable && draws.size() > 1) judge_over_draws(draws, policy, judgement);
  return judgement;
}

Result<std::string> digest_of_arrays(const std::filesystem::path& path) {
  ADAPT_TRY(const tensor::ArrayFile file, tensor::read_safetensors(path));
  std::string text;
  for (const auto& [name, array] : file.arrays) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes seen as characters
    const std::string_view bytes(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
    text += fmt::format("{}\n{}\n{}\n{}\n", name, tensor::to_string(array.dtype), fmt::join(array.shape, ","),
                        sha256_hex(bytes));
  }
  return sha256_hex(text);
}

Result<Judgement> judge_outputs(const Evidence& evidence, const Policy& policy) {
  std::string baseline;
  if (evidence.baseline_inputs) {
    ADAPT_TRY(baseline, digest_of_arrays(*evidence.baseline_inputs));
  }
  std::vector<DrawArrays> draws;
  for (const DrawEvidence& draw : evidence.draws) {
    ADAPT_TRY(std::string digest, digest_of_arrays(draw.inputs));
    ADAPT_TRY(Outputs reference, read_outputs(draw.reference));
    std::optional<Outputs> golden;
    if (draw.reference_fp64) {
      ADAPT_TRY(golden, read_outputs(*draw.reference_fp64));
    }
    ADAPT_TRY(const std::uint64_t most, candidate_limit(draw.reference));
    draws.push_back(
        {draw.label, std::move(digest), std::move(reference), std::move(golden), read_outputs(draw.candidate, most)});
  }
  return judge_arrays(draws, baseline, policy);
}

}  // namespace adapt::judge
