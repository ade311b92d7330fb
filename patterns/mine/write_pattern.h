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

}  // namespace adapt::patterns::mine
