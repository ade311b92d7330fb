// Where a model comes from, parsed once from what the user typed; prints back to the same text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/client/messages.h"
#include "tools/base/result.h"

namespace adapt::domain {

enum class ModelKind : std::uint8_t {
  transformers,  // a class of the installed library, tiny random weights unless said otherwise
  folder,        // a local checkpoint: config, weights, own modelling code
  file,          // a Python file with load_model() and load_inputs(), or a factory
  forge,         // a loader of tt-forge-models, in a checkout or alone
};

enum class ModelSize : std::uint8_t { tiny, base, full };

std::string_view to_string(ModelKind kind);
std::string_view to_string(ModelSize size);
Result<ModelSize> parse_model_size(std::string_view text);

struct ModelId {
  ModelKind kind = ModelKind::transformers;
  std::string name;                    // class name, or the absolute path of the folder or file
  std::optional<std::string> factory;  // which one of a file or loader: file.py:factory, forge:folder:variant
  ModelSize size = ModelSize::tiny;

  std::string text() const;  // as a user would type it
  std::string slug() const;  // letters, digits and dashes: for run ids and file names
  // The wire form. `seed` draws the weights where they are random.
  client::Model to_wire(std::int64_t seed) const;

  bool operator==(const ModelId&) const = default;
};

// "transformers:BertModel", "folder/", "file.py", "file.py:factory", "forge:folder", "forge:folder:variant". Sources
// that this version does not read (hf:, org/name, diffusers:, timm:) are usage errors that say what to do instead.
// Paths are made absolute and must exist; a loader's folder may be named by its own path, by the folder above it
// (bert/masked_lm for bert/masked_lm/pytorch) or by its loader.py.
Result<ModelId> parse_model_id(std::string_view text, ModelSize size = ModelSize::tiny);

}  // namespace adapt::domain
