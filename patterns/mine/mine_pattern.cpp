#include "patterns/mine/mine_pattern.h"

namespace adapt::patterns::mine {

Result<MinedPattern> mine_pattern(std::span<const FilePair> pairs, const PatternHead& head,
                                  const Background& background,
                                  const std::shared_ptr<const Isomorphisms>& isomorphisms) {
  ADAPT_TRY(const std::vector<Example> examples, Example::parse_all(pairs, *isomorphisms));
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

}  // namespace adapt::patterns::mine
