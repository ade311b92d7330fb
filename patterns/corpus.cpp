#include "patterns/corpus.h"

#include <algorithm>
#include <array>

namespace adapt::patterns {
namespace {

constexpr std::uint64_t kSeed = 0xcbf29ce484222325ULL;

constexpr std::array<bool, 256> make_word_table() {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c)
    table[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 128;
  return table;
}
constexpr std::array<bool, 256> kWord = make_word_table();

std::uint64_t step(std::uint64_t hash, char c) { return (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL; }

std::uint64_t word_hash(std::string_view word) {
  std::uint64_t hash = kSeed;
  for (const char c : word) hash = step(hash, c);
  return hash;
}

// Words in comments and strings count too: the filter may say yes too often, never no.
std::vector<std::uint64_t> words_of(std::string_view text) {
  std::vector<std::uint64_t> out;
  out.reserve(text.size() / 6);
  for (std::size_t i = 0; i < text.size();) {
    if (!kWord[static_cast<unsigned char>(text[i])]) {
      ++i;
      continue;
    }
    std::uint64_t hash = kSeed;
    for (; i < text.size() && kWord[static_cast<unsigned char>(text[i])]; ++i) hash = step(hash, text[i]);
    out.push_back(hash);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  out.shrink_to_fit();
  return out;
}

}  // namespace

Corpus::Corpus(std::span<const SourceFile> files, std::shared_ptr<const Isomorphisms> isomorphisms)
    : isomorphisms_(std::move(isomorphisms)), entries_(files.size()) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    entries_[i].file = &files[i];
    entries_[i].words = words_of(files[i].text);
  }
}

bool Corpus::may_contain(std::size_t index, const std::vector<std::vector<std::string>>& clauses) const {
  const auto& words = entries_[index].words;
  return std::all_of(clauses.begin(), clauses.end(), [&](const auto& clause) {
    return std::any_of(clause.begin(), clause.end(), [&](const std::string& word) {
      return std::binary_search(words.begin(), words.end(), word_hash(word));
    });
  });
}

Result<const Parsed*> Corpus::parsed(std::size_t index) {
  Entry& entry = entries_[index];
  if (!entry.parsed.document) {
    ADAPT_TRY(entry.parsed, parse_source(*entry.file, *isomorphisms_));
  }
  return &entry.parsed;
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
