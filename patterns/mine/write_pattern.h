// Learned rules as a pattern file that people can read, change and trust.
#pragma once

#include <string>
#include <vector>

#include "patterns/mine/mine.h"

namespace adapt::patterns::mine {

struct PatternHead {
  std::string id;  // <family>/<name>
  std::string title;
  std::vector<std::string> why;  // lines
  std::string status = "draft";
  std::string risk = "semantic";
  std::vector<std::string> when;    // lines of [when]
  std::vector<std::string> origin;  // lines of [origin]
};

// Imports and helpers come from the examples' new sources, samples from the functions that the rules change and from
// functions that look alike and stay. Fails when the file that comes out would not load.
Result<std::string> write_pattern(const PatternHead& head, const Mined& mined, std::span<const Example> examples,
                                  const std::shared_ptr<const Isomorphisms>& isomorphisms);

// How a pattern does on the examples it was made from, applied as text.
struct Replay {
  std::size_t files = 0;           // examples that have edits
  std::size_t exact = 0;           // of those, the ones that come out as their authors left them
  std::size_t edits = 0;           // of all examples
  std::size_t missing = 0;         // of those, not made
  std::size_t wrong = 0;           // changes that no author made
  std::vector<std::string> notes;  // what was refused, and why
};
Result<Replay> replay(const Pattern& pattern, std::span<const Example> examples);

}  // namespace adapt::patterns::mine
