// How a rule does on examples: where it says what the example's author did, and where it would change what was left.
#pragma once

#include <set>
#include <span>
#include <utility>
#include <vector>

#include "patterns/mine/rule.h"
#include "patterns/pattern.h"

namespace adapt::patterns::mine {

enum class Verdict : std::uint8_t {
  right,    // gives what the example has after
  wrong,    // the example has something else there
  unclear,  // lies inside a larger change, of which it would be a part
  excused,  // wrong, but a rule that comes first is right there
};

struct Site {
  std::size_t example = 0;
  Match match;
  Verdict verdict = Verdict::unclear;
};

// The one term that a variable stands for at the site; null where it stands for none or for several.
const Capture* one_term(const Site& site, std::size_t variable);

struct Score {
  std::vector<Site> sites;
  std::size_t right = 0, wrong = 0;
  std::set<std::pair<std::size_t, std::size_t>> covered;  // (example, edit) that right sites make

  std::size_t files() const;  // examples with a right site
};

// Whether rewriting `match` takes what stands at `span`, so that no other rule can rewrite that too: code that the
// variables stand for stays.
bool takes(const Match& match, pyast::Span span);

// `compiled` is the rule's. Fails when matching exceeds its budget.
Result<Score> score(const Rule& rule, const Edit& compiled, std::span<const Example> examples);

}  // namespace adapt::patterns::mine
