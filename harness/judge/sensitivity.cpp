#include "harness/judge/sensitivity.h"

#include <algorithm>
#include <cmath>

namespace adapt::judge {
namespace {

// Changes below this are rounding, not influence.
constexpr double kNoise = 1e-5;
// The same model answers the same perturbation with the same change, up to rounding: these bounds leave room for
// reordered sums and for steps (topk, comparisons) that fall on the other side.
constexpr double kLeastShare = 0.5;
constexpr double kMostShare = 2.0;

double greatest(const std::vector<double>& changes) {
  return changes.empty() ? 0 : *std::max_element(changes.begin(), changes.end());
}

bool usable(const tensor::Array& array) {
  if (array.dtype != tensor::DType::f64) return false;
  const std::vector<double> changes = array.to_doubles();
  return std::all_of(changes.begin(), changes.end(),
                     [](double change) { return std::isfinite(change) && change >= 0; });
}

bool as_before(double was, double is) { return is >= kLeastShare * was - kNoise && is <= kMostShare * was + kNoise; }

// An output of integers changes in steps, so a single output may fall on the other side of one; the parameter's
// greatest influence may not.
void judge_parameter(const std::string& name, const std::vector<double>& was, const std::vector<double>& is,
                     Judgement& judgement) {
  const Verdict verdict = as_before(greatest(was), greatest(is)) ? Verdict::inconclusive : Verdict::diverged;
  for (std::size_t leaf = 0; leaf < was.size(); ++leaf) {
    if (as_before(was[leaf], is[leaf])) continue;
    judgement.add(verdict, fmt::format("{} changes output {} by {:.2e} when perturbed and changed it by {:.2e}", name,
                                       leaf, is[leaf], was[leaf]));
    return;
  }
}

}  // namespace

Judgement judge_sensitivity(const tensor::ArrayFile& reference, const tensor::ArrayFile& candidate) {
  Judgement judgement;
  std::size_t alive = 0;
  for (const auto& [name, array] : reference.arrays) {
    const auto found = candidate.arrays.find(name);
    if (!usable(array)) {
      judgement.add(Verdict::inconclusive, fmt::format("the influence of {} could not be measured on the model", name));
      continue;
    }
    const std::vector<double> was = array.to_doubles();
    alive += greatest(was) > kNoise ? 1 : 0;
    if (found == candidate.arrays.end()) {
      judgement.add(Verdict::diverged, fmt::format("{} is gone", name));
    } else if (!usable(found->second) || found->second.shape != array.shape) {
      judgement.add(Verdict::diverged, fmt::format("the influence of {} could not be measured on the candidate", name));
    } else {
      judge_parameter(name, was, found->second.to_doubles(), judgement);
    }
  }
  for (const auto& [name, array] : candidate.arrays) {
    if (!reference.arrays.contains(name)) judgement.add(Verdict::diverged, fmt::format("{} is new", name));
  }
  if (!reference.arrays.empty() && alive == 0) {
    judgement.add(Verdict::inconclusive,
                  "no parameter of the model changes its outputs, so nothing can be shown missing");
  } else if (alive < reference.arrays.size()) {
    judgement.notes.push_back(fmt::format("{} of {} parameters do not change the outputs of the unmodified model",
                                          reference.arrays.size() - alive, reference.arrays.size()));
  }
  return judgement;
}

Result<Judgement> judge_sensitivity(const std::filesystem::path& reference, const std::filesystem::path& candidate) {
  ADAPT_TRY(const tensor::ArrayFile was, tensor::read_safetensors(reference));
  const auto is = tensor::read_safetensors(candidate);
  if (is) return judge_sensitivity(was, *is);
  Judgement judgement;
  judgement.add(Verdict::diverged, "the candidate's sensitivities: " + is.error().message);
  return judgement;
}

}  // namespace adapt::judge
