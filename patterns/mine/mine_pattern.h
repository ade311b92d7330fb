// Examples of a repair to a pattern file, and how it does on them: the whole of mining in one step.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "patterns/mine/replay.h"
#include "patterns/mine/write_pattern.h"

namespace adapt::patterns::mine {

// A pattern that was mined, with what it does on the examples it was made from.
struct MinedPattern {
  std::string id, text;
  std::size_t rules = 0;
  Replay replay;
};

// Fails when the examples hold no edit that a pattern can express.
Result<MinedPattern> mine_pattern(std::span<const FilePair> pairs, const PatternHead& head,
                                  const Background& background,
                                  const std::shared_ptr<const Isomorphisms>& isomorphisms);

}  // namespace adapt::patterns::mine
