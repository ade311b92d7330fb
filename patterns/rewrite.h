// One match of one edit to the bytes that change.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "patterns/corpus.h"
#include "patterns/pattern.h"
#include "tools/edit/edit_set.h"

namespace adapt::patterns {

struct Refused {
  std::string reason;  // lower-case phrase
};
struct Edits {
  std::vector<edit::TextEdit> inner;   // the change itself
  std::vector<edit::TextEdit> around;  // insertions elsewhere: imports, helpers, comments that are kept
};
using Rewritten = std::variant<Edits, Refused>;

struct RewriteJob {
  const Pattern* pattern = nullptr;
  const Edit* edit = nullptr;
  const Parsed* source = nullptr;
  const SourceFile* file = nullptr;
  const std::set<TermId>* deleted = nullptr;  // statements that all matches of this edit take out of this file
  std::function<std::string(const TermTree&, pyast::Span)> text;  // source text with inner rewrites applied
};

Rewritten rewrite(const RewriteJob& job, const Match& match);

// Statements that the match deletes without putting anything in their place.
std::vector<TermId> deleted_statements(const Edit& edit, const Match& match);

}  // namespace adapt::patterns
