// Examples to rules.
#pragma once

#include <span>
#include <vector>

#include "patterns/mine/background.h"
#include "patterns/mine/score.h"

namespace adapt::patterns::mine {

struct Learned {
  Rule rule;
  Edit compiled;
  Score score;  // on the examples
};

struct Mined {
  std::vector<Learned> rules;  // those that explain most first
  std::size_t edits = 0;       // of all examples
  std::size_t explained = 0;   // of those, by the rules
};

struct MineOptions {
  const Isomorphisms* isomorphisms = nullptr;
  const Background* background = nullptr;  // null: every word counts as rare
  std::size_t max_rules = 4'000;           // candidates that are looked at
};

// Rules that reproduce edits of the examples and change nothing that the examples leave. Examples without edits show
// what must stay. Rules are made of pieces of the examples, which must outlive them.
Result<Mined> mine(std::span<const Example> examples, const MineOptions& options);

}  // namespace adapt::patterns::mine
