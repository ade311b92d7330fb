// Where a loader of tt-forge-models stands: <model>/[<task>/]pytorch/loader.py, in a checkout or alone.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt::domain {

// The folder that holds loader.py, absolute: `text` names it, a folder above it that holds no other model, or the file.
// A folder that holds several models, or none, is a usage error that names those below it.
Result<std::filesystem::path> find_forge_folder(std::string_view text);

// "bert-masked_lm": the folders from the model's down to the one above pytorch.
std::string forge_model_name(const std::filesystem::path& folder);

// The requirement files beside a loader that exist, in the order in which they are installed.
std::vector<std::filesystem::path> forge_requirement_files(const std::filesystem::path& folder);

}  // namespace adapt::domain
