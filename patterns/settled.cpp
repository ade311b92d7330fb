#include "patterns/settled.h"

#include <algorithm>

namespace adapt::patterns {
namespace {

bool same_code(const Capture& a, const Capture& b) {
  return std::equal(a.terms.begin(), a.terms.end(), b.terms.begin(), b.terms.end(),
                    [&](TermId x, TermId y) { return a.tree->at(x).hash == b.tree->at(y).hash; });
}

pyast::Span span_of(const Capture& capture) {
  return {capture.tree->at(capture.terms.front()).span().begin, capture.tree->at(capture.terms.back()).span().end};
}

// `f(x.long())` where the edit makes that of `f(x)`: what a variable stands for now is part of what it stood for.
bool is_made_here(const Match& made, const Match& match) {
  bool inside = false;
  for (std::size_t i = 0; i < match.captures.size(); ++i) {
    if (!match.captures[i] || !made.captures[i] || match.captures[i]->terms.empty() || made.captures[i]->terms.empty())
      continue;
    const pyast::Span now = span_of(*made.captures[i]), then = span_of(*match.captures[i]);
    if (now == then) continue;
    if (!then.contains(now)) return false;
    inside = true;
  }
  return inside;
}

// New code that is no more than the old code is another spelling of it, which says nothing.
bool made_by(const Match& made, const Match& match) {
  if (made.span() == match.span()) return is_made_here(made, match);
  if (!made.span().contains(match.span())) return false;
  for (std::size_t i = 0; i < match.captures.size(); ++i)
    if (match.captures[i] && made.captures[i] && !same_code(*match.captures[i], *made.captures[i])) return false;
  return true;
}

}  // namespace

Result<std::vector<Match>> drop_settled(const Edit& edit, const TermTree& tree, std::vector<Match> matches) {
  if (matches.empty() || !edit.new_code) return matches;
  ADAPT_TRY(const auto made, find_matches(*edit.new_code, edit.variables, tree, {}));
  std::erase_if(matches, [&](const Match& match) {
    return std::any_of(made.begin(), made.end(), [&](const Match& m) { return made_by(m, match); });
  });
  return matches;
}

}  // namespace adapt::patterns
