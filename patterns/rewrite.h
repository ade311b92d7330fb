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
using Rewritten = std::variant<std::vector<edit::TextEdit>, Refused>;

struct RewriteJob {
  const Pattern* pattern = nullptr;
  const Edit* edit = nullptr;
  const Parsed* source = nullptr;
  const SourceFile* file = nullptr;
  const std::set<TermId>* deleted = nullptr;       // statements that all matches of this edit take out of this file
  std::function<std::string(const TermTree&, pyast::Span)> text;  // source text with inner rewrites applied
};

// Imports and helpers that the new code needs are part of the edits.
Rewritten rewrite(const RewriteJob& job, const Match& match);

// Statements that the match deletes without putting anything in their place.
std::vector<TermId> deleted_statements(const Edit& edit, const Match& match);

}  // namespace adapt::patterns
