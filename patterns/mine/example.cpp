#include "patterns/mine/example.h"

#include <algorithm>

namespace adapt::patterns::mine {
namespace {

bool is_import(const Term& term) {
  return term.kind == "import_statement" || term.kind == "import_from_statement" ||
         term.kind == "future_import_statement";
}

bool is_import_run(const TermTree& tree, TermId parent, std::uint32_t first, std::uint32_t count) {
  if (count == 0) return true;
  for (TermId at = parent; at != kNoTerm; at = tree.at(at).parent)
    if (is_import(tree.at(at))) return true;
  const auto run = tree.children(parent).subspan(first, count);
  return std::all_of(run.begin(), run.end(), [&](TermId id) { return is_import(tree.at(id)); });
}

}  // namespace

Result<Parsed> parse_after(const FilePair& pair, const Isomorphisms& isomorphisms) {
  SourceFile after = pair.before;
  after.text = pair.after;
  return parse_source(after, isomorphisms);
}

Result<Example> Example::parse(const FilePair& pair, const Isomorphisms& isomorphisms) {
  ADAPT_TRY(Parsed before, parse_source(pair.before, isomorphisms));
  ADAPT_TRY(Parsed after, parse_after(pair, isomorphisms));
  return compare(pair, std::make_shared<const Parsed>(std::move(before)),
                 std::make_shared<const Parsed>(std::move(after)));
}

Example Example::compare(FilePair pair, std::shared_ptr<const Parsed> before, std::shared_ptr<const Parsed> after) {
  Example out;
  out.files_ = std::make_unique<const FilePair>(std::move(pair));
  out.before_ = std::move(before);
  out.after_ = std::move(after);
  out.diff_ = std::make_unique<const TreeDiff>(out.before(), out.after());
  for (const TreeEdit& edit : out.diff_->edits()) {
    const bool imports = is_import_run(out.before(), edit.before_parent, edit.before_first, edit.before_count) &&
                         is_import_run(out.after(), edit.after_parent, edit.after_first, edit.after_count);
    if (!imports) out.edits_.push_back(edit);
  }
  return out;
}

Result<std::vector<Example>> Example::parse_all(std::span<const FilePair> pairs, const Isomorphisms& isomorphisms) {
  std::vector<Example> out;
  for (const FilePair& pair : pairs) {
    ADAPT_TRY(out.emplace_back(), parse(pair, isomorphisms));
  }
  return out;
}

}  // namespace adapt::patterns::mine
