#include "patterns/corpus.h"

namespace adapt::patterns {

Corpus::Corpus(std::span<const SourceFile> files, std::shared_ptr<const Isomorphisms> isomorphisms)
    : isomorphisms_(std::move(isomorphisms)), entries_(files.size()) {
  index::WordCounter counter;
  for (std::size_t i = 0; i < files.size(); ++i) {
    entries_[i].file = &files[i];
    const auto words = counter.words_of(files[i].text);
    entries_[i].words.assign(words.begin(), words.end());
  }
}

bool Corpus::may_contain(std::size_t index, const index::WordFilter& filter) const {
  return filter.may_match(entries_[index].words);
}

Result<const Parsed*> Corpus::parsed(std::size_t index) {
  ADAPT_TRY(const auto parsed, shared(index));
  return parsed.get();  // the entry keeps it
}

Result<std::shared_ptr<const Parsed>> Corpus::shared(std::size_t index) {
  Entry& entry = entries_[index];
  if (!entry.parsed) {
    ADAPT_TRY(Parsed parsed, parse_source(*entry.file, *isomorphisms_));
    entry.parsed = std::make_shared<const Parsed>(std::move(parsed));
  }
  return entry.parsed;
}

Result<Parsed> parse_source(const SourceFile& file, const Isomorphisms& isomorphisms) {
  Parsed out;
  ADAPT_TRY(out.document, pyast::Document::parse(file.text));
  const bool is_package = file.file.ends_with("/__init__.py") || file.file == "__init__.py";
  out.names = std::make_unique<const pyast::NameTable>(*out.document, file.module, is_package);
  TermTree::Options options;
  options.names = out.names.get();
  out.terms = std::make_unique<const TermTree>(*out.document, isomorphisms, options);
  return out;
}

}  // namespace adapt::patterns
