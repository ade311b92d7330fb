#include "harness/judge/outputs.h"

#include <utility>

#include "tools/base/json.h"

namespace adapt::judge {
namespace {

std::string shape_text(const std::vector<std::int64_t>& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

Result<std::vector<std::int64_t>> read_shape(const Json& entry, std::string_view where) {
  ADAPT_TRY(const Json* list, read_array(entry, "shape", where));
  std::vector<std::int64_t> shape;
  for (const Json& size : *list) {
    if (!size.is_number_integer() || size.get<std::int64_t>() < 0) {
      return fail(ErrorKind::parse, "{}.shape holds something that is not a size", where);
    }
    shape.push_back(size.get<std::int64_t>());
  }
  return shape;
}

bool kind_fits(std::string_view kind, tensor::DType dtype) {
  if (kind == "float" || kind == "complex") return tensor::is_floating(dtype);
  if (kind == "bool") return dtype == tensor::DType::boolean;
  return kind == "int" && !tensor::is_floating(dtype) && dtype != tensor::DType::boolean;
}

Result<Leaf> leaf_from(const Json& entry, std::size_t index, tensor::ArrayFile& file) {
  const std::string key = fmt::format("leaf/{:04}", index);
  const auto found = file.arrays.find(key);
  if (found == file.arrays.end()) return fail(ErrorKind::parse, "{} is described but not stored", key);
  Leaf leaf;
  ADAPT_TRY(leaf.name, read_string(entry, "name", key));
  ADAPT_TRY(leaf.kind, read_string(entry, "kind", key));
  ADAPT_TRY(leaf.dtype, read_string(entry, "dtype", key));
  ADAPT_TRY(leaf.shape, read_shape(entry, key));
  leaf.array = std::move(found->second);
  std::vector<std::int64_t> stored = leaf.shape;
  if (leaf.kind == "complex") stored.push_back(2);
  if (leaf.array.shape != stored) {
    return fail(ErrorKind::parse, "{} is described as {} and stored as {}", key, shape_text(stored),
                shape_text(leaf.array.shape));
  }
  if (!kind_fits(leaf.kind, leaf.array.dtype)) {
    return fail(ErrorKind::parse, "{} is described as {} and stored as {}", key, leaf.kind,
                tensor::to_string(leaf.array.dtype));
  }
  return leaf;
}

}  // namespace

Result<Outputs> outputs_from(tensor::ArrayFile file) {
  for (const char* key : {"tree", "leaves"}) {
    if (!file.metadata.contains(key)) return fail(ErrorKind::parse, "metadata entry {} is missing", key);
  }
  ADAPT_TRY(const Json described, parse_json(file.metadata.at("leaves")));
  if (!described.is_array()) return fail(ErrorKind::parse, "metadata entry leaves is not a list");
  if (described.size() != file.arrays.size()) {
    return fail(ErrorKind::parse, "{} leaves are described and {} arrays are stored", described.size(),
                file.arrays.size());
  }
  Outputs outputs;
  outputs.tree = file.metadata.at("tree");
  for (std::size_t index = 0; index < described.size(); ++index) {
    ADAPT_TRY(Leaf leaf, leaf_from(described[index], index, file));
    outputs.leaves.push_back(std::move(leaf));
  }
  return outputs;
}

Result<Outputs> read_outputs(const std::filesystem::path& path, std::uint64_t max_bytes) {
  ADAPT_TRY(tensor::ArrayFile file, tensor::read_safetensors(path, max_bytes));
  auto outputs = outputs_from(std::move(file));
  if (!outputs) return fail(outputs.error(), path.string());
  return outputs;
}

std::string structure_difference(const Outputs& reference, const Outputs& candidate) {
  if (reference.leaves.size() != candidate.leaves.size()) {
    return fmt::format("the model returns {} tensors, the candidate {}", reference.leaves.size(),
                       candidate.leaves.size());
  }
  if (reference.tree != candidate.tree) {
    return fmt::format("the output structure is {:.200} and was {:.200}", candidate.tree, reference.tree);
  }
  for (std::size_t i = 0; i < reference.leaves.size(); ++i) {
    const Leaf& was = reference.leaves[i];
    const Leaf& is = candidate.leaves[i];
    if (was.name != is.name) return fmt::format("output {} is called {} and was {}", i, is.name, was.name);
    if (was.kind != is.kind) return fmt::format("{} is of kind {} and was {}", was.name, is.kind, was.kind);
    if (was.dtype != is.dtype || was.array.dtype != is.array.dtype) {
      return fmt::format("{} is {} (stored as {}) and was {} (stored as {})", was.name, is.dtype,
                         tensor::to_string(is.array.dtype), was.dtype, tensor::to_string(was.array.dtype));
    }
    if (was.shape != is.shape) {
      return fmt::format("{} has shape {} and had {}", was.name, shape_text(is.shape), shape_text(was.shape));
    }
  }
  return "";
}

}  // namespace adapt::judge
