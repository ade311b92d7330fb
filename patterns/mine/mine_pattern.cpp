#include "patterns/mine/mine_pattern.h"

namespace adapt::patterns::mine {
namespace {

Result<std::vector<Example>> parse_all(std::span<const FilePair> pairs, const Isomorphisms& isomorphisms) {
  std::vector<Example> out;
  for (const FilePair& pair : pairs) {
    ADAPT_TRY(out.emplace_back(), Example::parse(pair, isomorphisms));
  }
  return out;
}

}  // namespace

Result<MinedPattern> mine_pattern(std::span<const FilePair> pairs, const PatternHead& head,
                                  const Background& background,
                                  const std::shared_ptr<const Isomorphisms>& isomorphisms) {
  ADAPT_TRY(const std::vector<Example> examples, parse_all(pairs, *isomorphisms));
  ADAPT_TRY(const Mined mined, mine(examples, {isomorphisms.get(), &background}));
  if (mined.edits == 0) return fail(ErrorKind::usage, "the examples do not differ in code");
  if (mined.rules.empty())
    return fail(ErrorKind::usage, "none of the {} edits can be made a rule that leaves the rest of the examples alone",
                mined.edits);
  MinedPattern out;
  out.id = head.id;
  out.rules = mined.rules.size();
  ADAPT_TRY(out.text, write_pattern(head, mined, examples, isomorphisms));
  ADAPT_TRY(const Pattern pattern, parse_pattern(out.text, out.id + ".adapt", isomorphisms));
  ADAPT_TRY(out.replay, replay(pattern, examples));
  return out;
}

Result<Replay> replay_pairs(const Pattern& pattern, std::span<const FilePair> pairs) {
  ADAPT_TRY(const std::vector<Example> examples, parse_all(pairs, *pattern.isomorphisms));
  return replay(pattern, examples);
}

}  // namespace adapt::patterns::mine
