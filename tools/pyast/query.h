// Structural queries over a Document, in tree-sitter's query language:
//   (call function: (attribute attribute: (identifier) @method) (#any-of? @method "cuda" "cpu"))
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/pyast/document.h"

namespace adapt::pyast {

struct QueryCapture {
  std::string name;  // without the "@"
  Node node;         // of the Document that was searched
};

struct QueryMatch {
  std::uint32_t pattern = 0;  // which of the query's patterns, from 0
  std::vector<QueryCapture> captures;
};

// Immutable and cheap to copy; may be run from many threads.
//
// Predicates that are evaluated: #eq? #not-eq? #any-of? #match? #not-match?. Each asks about every node of its first
// capture. #match? searches with a POSIX extended expression plus \w \s \b (no back-references, no counted repetition,
// so it takes time linear in the text). Every other predicate is refused by name: tree-sitter itself would ignore it.
class Query {
 public:
  static constexpr std::size_t kMaxMatches = 100'000;

  // An error names the place and what is wrong there.
  static Result<Query> compile(std::string_view text);

  // Matches in source order; with `within`, those whose captures all lie in that node. A Document keeps no tree, so the
  // source is parsed again. Matches on nodes below Document::kMaxDepth are left out. Fails rather than lose matches
  // when there are more than kMaxMatches.
  Result<std::vector<QueryMatch>> run(const Document& document, Node within = {}) const;

 private:
  struct Compiled;
  explicit Query(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;  // shared: immutable, and a TSQuery cannot be copied
};

}  // namespace adapt::pyast
