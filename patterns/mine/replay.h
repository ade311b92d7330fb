// How a pattern does on repairs that people made, applied as text.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "patterns/mine/example.h"
#include "patterns/pattern.h"

namespace adapt::patterns::mine {

struct Replay {
  std::size_t files = 0;           // examples that have edits
  std::size_t exact = 0;           // of those, the ones that come out as their authors left them
  std::size_t edits = 0;           // of all examples
  std::size_t missing = 0;         // of those, not made
  std::size_t wrong = 0;           // changes that no author made
  std::vector<std::string> notes;  // what was refused, and why
};
Result<Replay> replay(const Pattern& pattern, std::span<const Example> examples);
Result<Replay> replay_pairs(const Pattern& pattern, std::span<const FilePair> pairs);

// Whether the replay would make a wrong change. Far cheaper than a replay where the texts tell, and they mostly do.
Result<bool> spoils(const Pattern& pattern, const FilePair& pair);

}  // namespace adapt::patterns::mine
