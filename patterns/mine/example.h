// One repair to learn from: a file before and after, parsed and compared.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "patterns/corpus.h"
#include "patterns/mine/tree_diff.h"

namespace adapt::patterns::mine {

struct FilePair {
  SourceFile before;
  std::string after;  // the new text; equal to `before.text` for a file that shows what must stay
};

Result<Parsed> parse_after(const FilePair& pair, const Isomorphisms& isomorphisms);

class Example {
 public:
  static Result<Example> parse(const FilePair& pair, const Isomorphisms& isomorphisms);
  // Of sides that are parsed already.
  static Example compare(FilePair pair, std::shared_ptr<const Parsed> before, std::shared_ptr<const Parsed> after);
  static Result<std::vector<Example>> parse_all(std::span<const FilePair> pairs, const Isomorphisms& isomorphisms);

  const FilePair& files() const { return *files_; }
  const TermTree& before() const { return *before_->terms; }
  const TermTree& after() const { return *after_->terms; }
  const Parsed& before_parsed() const { return *before_; }
  const Parsed& after_parsed() const { return *after_; }
  const std::shared_ptr<const Parsed>& shared_after() const { return after_; }
  const TreeDiff& diff() const { return *diff_; }
  // Edits that patterns can be made of: those of imports have their own channel.
  const std::vector<TreeEdit>& edits() const { return edits_; }

 private:
  std::unique_ptr<const FilePair> files_;
  std::shared_ptr<const Parsed> before_, after_;  // shared: one new text may be compared with several old ones
  std::unique_ptr<const TreeDiff> diff_;
  std::vector<TreeEdit> edits_;
};

// Whether the term is a variable of the code around it: what another place may call differently.
inline bool is_variable(const Parsed& source, const Term& term) {
  return term.kind == "identifier" && term.name.empty() && source.names->is_variable(term.node);
}

}  // namespace adapt::patterns::mine
