// How promising a pattern is for a failure, from what became of it and its family before.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "patterns/evidence/book.h"

namespace adapt::evidence {

// The failure that a pattern is to repair now.
struct Situation {
  std::string backend, version;
  std::string fingerprint;
};

struct Contender {
  std::string id;
  int revision = 1;
};

// Beta distribution of the chance that the pattern repairs the failure, or moves it on.
struct Belief {
  double successes = 1, failures = 1;  // its two parameters
  double votes = 0;                    // evidence about the pattern itself, weighted
  double seconds = 0;                  // that one attempt is expected to take; 0: unknown

  double mean() const { return successes / (successes + failures); }
  double lower() const;                    // what it is at least, by one standard deviation
  double drawn(std::uint64_t seed) const;  // a value of the distribution, the same for the same seed
};

// Backs off from this version of the backend to its other versions, to other backends, to other patterns of the family,
// to even odds. Each step is the prior of the one before, as strong as two votes. A vote weighs half for each minor
// version between it and now (the rest of it counts one step wider), and half when it is about another failure.
Belief belief_in(const Contender& contender, const Book& book, const Situation& now);

// Lower bound of the gain per time: an attempt that takes longer than the typical one of this backend is worth less,
// within a factor of two. `chance` is lower() or a drawn value.
double gain(double chance, double seconds, double typical_seconds);

// Median over all attempts on the backend; 0: none is known.
double typical_seconds(const Book& book, std::string_view backend);

}  // namespace adapt::evidence
