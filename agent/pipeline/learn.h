// A verified repair to a pattern of the user's library, so that the next model needs neither a person nor an LLM.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/config/config.h"
#include "agent/pipeline/run_folder.h"
#include "patterns/library.h"
#include "patterns/mine/mine_pattern.h"

namespace adapt::pipeline {

// A pattern that was mined, with what it does on the examples it was made from and on the repairs that are kept.
struct Learned : patterns::mine::MinedPattern {
  std::size_t stored = 0;       // files of kept repairs that were looked through
  std::size_t narrowed_by = 0;  // of those, the ones of this failure that it would have spoilt at first
  std::size_t spoils = 0;       // of those, the ones that it still would
  std::size_t elsewhere = 0;    // files of repairs of other failures in which it has places
};

// A failure's operator or class as a word of file names: "aten.cumsum" -> "aten-cumsum".
std::string failure_word(std::string_view text);

// "package/module.py" -> "package.module".
std::string module_of(const std::string& file);

// Files that both sides have, paired; each side is a Python file or a folder of them.
Result<std::vector<patterns::mine::FilePair>> example_pairs(const std::string& before, const std::string& after);

struct MineRequest {
  std::vector<patterns::mine::FilePair> examples;
  patterns::mine::PatternHead head;
  std::string failure;  // a word for what was repaired: kept repairs of it may narrow the pattern; "" when unknown
};

// Fails when the examples hold no edit that a pattern can express.
Result<Learned> mine_pattern(const MineRequest& request, const patterns::Library& library,
                             const config::Config& config);

// What a run that ended `adapted` has to teach: its changed sources, and its failure as [when].
Result<MineRequest> lesson_of(const RunFolder& folder);

struct Kept {
  std::filesystem::path file;
  std::vector<std::string> supersedes;  // older patterns of the user that this one can stand for
};

// Writes the pattern into the user's library. One that an existing pattern makes superfluous is refused with that one's
// name, one that was changed since it was learned is left alone. `examples` are what it was mined from.
Result<Kept> keep_pattern(const Learned& learned, const std::vector<patterns::mine::FilePair>& examples,
                          const config::Config& config);

// What it was mined from, for patterns that are mined later.
Result<void> keep_examples(const MineRequest& request, const config::Config& config);

// Its first line of evidence: the run that it was learned from.
Result<void> keep_origin(const Learned& learned, const RunFolder& folder, const config::Config& config);

// All of it for one run: mines its repair, and keeps pattern, examples and origin. Refused (usage) when the pattern
// does not give the repair back, or would spoil a kept repair of the same failure. `mined` is told of the pattern
// either way.
struct Lesson {
  Learned learned;
  Kept kept;
};
Result<Lesson> learn_from_run(const RunFolder& folder, const patterns::Library& library, const config::Config& config,
                              const std::function<void(const Learned&)>& mined = {});

}  // namespace adapt::pipeline
