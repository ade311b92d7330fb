// The sources that patterns are tried on: words indexed at once, parsed only when a pattern asks.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "patterns/index/words.h"
#include "patterns/signature.h"
#include "patterns/term.h"

namespace adapt::patterns {

struct Parsed {
  std::shared_ptr<const pyast::Document> document;
  std::unique_ptr<const pyast::NameTable> names;
  std::unique_ptr<const TermTree> terms;
};

class Corpus {
 public:
  Corpus(std::span<const SourceFile> files, std::shared_ptr<const Isomorphisms> isomorphisms);

  std::size_t size() const { return entries_.size(); }
  const SourceFile& file(std::size_t index) const { return *entries_[index].file; }

  // False when the file cannot hold a match: some clause has none of its words there.
  bool may_contain(std::size_t index, const index::WordFilter& filter) const;

  // Parsed on first use. Not for several threads at once.
  Result<const Parsed*> parsed(std::size_t index);
  // The same for whoever needs it longer than the corpus lives.
  Result<std::shared_ptr<const Parsed>> shared(std::size_t index);

 private:
  struct Entry {
    const SourceFile* file = nullptr;  // of the caller, who keeps it alive
    std::vector<index::WordHash> words;
    std::shared_ptr<const Parsed> parsed;
  };
  std::shared_ptr<const Isomorphisms> isomorphisms_;
  std::vector<Entry> entries_;
};

Result<Parsed> parse_source(const SourceFile& file, const Isomorphisms& isomorphisms);

}  // namespace adapt::patterns
