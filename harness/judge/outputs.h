// The outputs of one run as the judge sees them: leaves in flatten order, and the text of the structure around them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/base/result.h"
#include "tools/tensor/array.h"

namespace adapt::judge {

struct Leaf {
  std::string name;   // path in the output structure
  std::string kind;   // float, int, bool, complex
  std::string dtype;  // as the model had it
  std::vector<std::int64_t> shape;
  tensor::Array array;  // complex: floats with a trailing dimension of two
};

struct Outputs {
  std::string tree;  // canonical text of the structure
  std::vector<Leaf> leaves;
};

// Checks that metadata and arrays say the same (PROTOCOL.md section 4); the error names what does not fit.
Result<Outputs> outputs_from(tensor::ArrayFile file);
Result<Outputs> read_outputs(const std::filesystem::path& path, std::uint64_t max_bytes = tensor::kMaxFileBytes);

// What differs in structure, or "": number of leaves, tree, then per leaf name, kind, dtype and shape.
std::string structure_difference(const Outputs& reference, const Outputs& candidate);

}  // namespace adapt::judge
