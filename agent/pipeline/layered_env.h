// An environment with the requirements of one loader, over the environment that runs models: that one is never changed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/config/config.h"
#include "agent/config/surroundings.h"
#include "tools/base/cancel.h"
#include "tools/base/result.h"

namespace adapt::pipeline {

struct LayerSpec {
  std::filesystem::path python;  // interpreter of the environment below
  std::filesystem::path folder;  // the loader's: paths in requirement files are relative to it
  std::vector<std::filesystem::path> files;
};

// "layer-0123456789ab": changes with the environment below and with the content of the files.
Result<std::string> layer_name(const LayerSpec& spec);

// The interpreter of the layer, installed on first use below <cache folder>/envs: it appears at once and whole, and a
// failed installation leaves nothing. The installer runs confined, with the network open, and writes the new folder
// alone. `surroundings` says where packages come from and is otherwise not handed on.
Result<std::filesystem::path> layered_python(const LayerSpec& spec, const config::Config& config,
                                             const config::Surroundings& surroundings, const CancelToken& cancel);

}  // namespace adapt::pipeline
