// Does every parameter still matter as it did? Catches layers that are skipped, experts that are dropped, and weights
// that were folded away, where the outputs alone are too near to tell.
#pragma once

#include <filesystem>

#include "harness/judge/verdict.h"
#include "tools/tensor/array.h"

namespace adapt::judge {

// Files as in PROTOCOL.md section 6.1: one float64 vector `param/<name>` per parameter, the relative change of each
// output leaf when that parameter alone is perturbed. An error when the reference cannot be read.
Result<Judgement> judge_sensitivity(const std::filesystem::path& reference, const std::filesystem::path& candidate);

Judgement judge_sensitivity(const tensor::ArrayFile& reference, const tensor::ArrayFile& candidate);

}  // namespace adapt::judge
