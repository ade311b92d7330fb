// A verified repair to a pattern of the user's library, so that the next model needs neither a person nor an LLM.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.h"
#include "agent/pipeline/run_folder.h"
#include "patterns/library.h"
#include "patterns/mine/mine_pattern.h"

namespace adapt::pipeline {

using Learned = patterns::mine::MinedPattern;

// "package/module.py" -> "package.module".
std::string module_of(const std::string& file);

struct MineRequest {
  std::vector<patterns::mine::FilePair> examples;
  patterns::mine::PatternHead head;
};

// Fails when the examples hold no edit that a pattern can express.
Result<Learned> mine_pattern(const MineRequest& request, const patterns::Library& library,
                             const config::Config& config);

// What a run that ended `adapted` has to teach: its changed sources, and its failure as [when].
Result<MineRequest> lesson_of(const RunFolder& folder);

// Writes the pattern into the user's library, beside its first line of evidence. A pattern that an existing one already
// makes superfluous is refused. Returns the file.
Result<std::filesystem::path> keep_pattern(const Learned& learned, const config::Config& config);

}  // namespace adapt::pipeline
