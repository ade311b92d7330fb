// Which rules are believed: what a few examples show may be chance.
#pragma once

#include "patterns/mine/mine.h"

namespace adapt::patterns::mine {

class Belief {
 public:
  // Without a background every word counts as rare.
  Belief(std::span<const Example> examples, const Background* background);

  // That explains enough places for what it looks for.
  bool often(const Learned& learned) const;
  // What only one place of many examples shows: believed where the code is so rare that it can hardly mean another
  // thing elsewhere.
  bool once(const Learned& learned) const;

 private:
  bool is_rare(const Rule& rule, double frequency) const;

  std::size_t repairs_ = 0;  // examples with edits; the others show what must stay
  const Background* background_;
};

}  // namespace adapt::patterns::mine
