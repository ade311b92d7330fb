// The verdict. Reads the bytes of outputs, computes every metric, decides; believes nothing that a candidate says.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/judge/outputs.h"
#include "harness/judge/policy.h"
#include "harness/judge/verdict.h"

namespace adapt::judge {

// Files of one held-out draw, formats as in PROTOCOL.md section 4.
struct DrawEvidence {
  std::string label;  // "seed 17, padded"
  std::filesystem::path inputs;
  std::filesystem::path reference;                      // the unmodified model in its own dtype
  std::optional<std::filesystem::path> reference_fp64;  // the unmodified model in fp64
  std::filesystem::path candidate;                      // what the artefact answered
};

struct Evidence {
  std::vector<DrawEvidence> draws;
  std::optional<std::filesystem::path> baseline_inputs;  // the inputs that a search for repairs has seen
};

// An error when our own evidence (inputs, references) cannot be read; a candidate file that cannot be read is a
// verdict. Passes only when at least policy.least_draws draws with different inputs agree, one of them unlike the
// baseline's, and the outputs vary with the inputs.
Result<Judgement> judge_outputs(const Evidence& evidence, const Policy& policy = {});

// The same on arrays in memory; `same_inputs[i]` names an input by its content.
struct DrawArrays {
  std::string label;
  std::string inputs_digest;
  Outputs reference;
  std::optional<Outputs> golden;
  Result<Outputs> candidate;
};
Judgement judge_arrays(std::span<const DrawArrays> draws, const std::string& baseline_digest,
                       const Policy& policy = {});

// SHA-256 over names, dtypes, shapes and bytes of the arrays of a file.
Result<std::string> digest_of_arrays(const std::filesystem::path& path);

}  // namespace adapt::judge
