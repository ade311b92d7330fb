// Measures of the search that no command shows.
//   bench_search index FOLDER                      MB/s at which words are read into an index, one thread
//   bench_search many PATTERN-FOLDER FOLDER COUNT  ms in which COUNT patterns are looked for in one parsed source of 2
//   MB bench_search full FOLDER CODE TABLE            sites of CODE when every file is parsed as a whole bench_search
//   wildcards TABLE                   how the time grows when a hopeless list is twice as long
// Prints a value on a line; seconds are processor time, so that the figures mean the same on a busy machine.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <set>
#include <string_view>
#include <vector>

#include "patterns/library.h"
#include "patterns/search/search.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace {

using namespace adapt;  // NOLINT(google-build-using-namespace): one small program
namespace fs = std::filesystem;

double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  fmt::print(stderr, "bench_search: {}\n", result.error().message);
  std::exit(1);
}

template <class Work>
double best_of(int rounds, Work work) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const double begin = now();
    work();
    best = std::min(best, now() - begin);
  }
  return best;
}

std::vector<std::string> texts_below(const std::string& folder) {
  std::vector<std::string> out;
  for (const search::ListedFile& file : search::list_sources(folder).files)
    if (auto text = read_file(folder + "/" + file.path, pyast::Document::kMaxBytes)) out.push_back(std::move(*text));
  return out;
}

// All that an index does for a new file once its bytes are there.
int run_index(const std::string& folder) {
  const auto texts = texts_below(folder);
  double bytes = 0;
  for (const std::string& text : texts) bytes += static_cast<double>(text.size());
  std::size_t words = 0;
  const double seconds = best_of(5, [&] {
    index::WordCounter counter;
    std::vector<index::IndexedFile> files;
    std::vector<const index::IndexedFile*> all;
    for (const std::string& text : texts) {
      index::IndexedFile& file = files.emplace_back();
      file.content_hash = sha256_hex(text);
      const auto found = counter.words_of(text);
      file.own.assign(found.begin(), found.end());
      words += found.size();
    }
    for (const index::IndexedFile& file : files) all.push_back(&file);
    if (index::serialise(all, folder).empty()) std::exit(1);
  });
  fmt::print("{:.1f}\n", bytes / 1e6 / seconds);
  return words == 0 ? 1 : 0;
}

bool is_word(char c) { return index::detail::kWord[static_cast<unsigned char>(c)]; }

std::string with_word(const std::string& text, const std::string& word, const std::string& other) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string found = text.substr(at, end - at);
    out += found == word ? other : found;
    if (end < text.size()) out += text[end++];
    at = end;
  }
  return out;
}

// Distinct patterns out of the library's: each with one of the words it looks for replaced by a word of the source, so
// that what is looked for is there, in the shapes that real patterns have.
std::vector<patterns::Pattern> variants(const patterns::Library& library, const std::vector<std::string>& words,
                                        std::size_t count) {
  std::vector<patterns::Pattern> out;
  std::set<std::string> seen;
  const auto ids = library.ids();
  for (std::size_t round = 0; out.size() < count && round < 20 * count; ++round) {
    const patterns::Pattern& base = *library.find(ids[round % ids.size()]);
    if (base.edits.empty()) continue;  // carried by a configuration or a shim
    const std::size_t turn = round / ids.size();
    std::string text = base.text;
    if (turn > 0) {
      const auto& clauses = base.edits.front().before.clauses;
      if (clauses.empty()) continue;
      text = with_word(text, clauses[turn % clauses.size()].words.front(), words[(turn * 7919 + round) % words.size()]);
    }
    if (!seen.insert(text).second) continue;
    auto made = patterns::parse_pattern(text, base.file, library.isomorphisms());
    if (made) out.push_back(std::move(*made));
  }
  return out;
}

int run_many(const fs::path& patterns_folder, const std::string& folder, std::size_t count) {
  const auto library = must(patterns::Library::load(std::span(&patterns_folder, 1)));
  std::string text;
  for (const std::string& part : texts_below(folder)) {
    if (text.size() >= 2'000'000) break;
    text += part + "\n";
  }
  const patterns::SourceFile file{"m", "m.py", std::move(text), "model"};
  const auto parsed = must(patterns::parse_source(file, *library.isomorphisms()));
  const auto words = index::words_of(file.text);
  std::vector<std::string> identifiers;
  for (const patterns::TermId id : parsed.terms->of_kind("label")) identifiers.emplace_back(parsed.terms->at(id).text);
  std::sort(identifiers.begin(), identifiers.end());
  identifiers.erase(std::unique(identifiers.begin(), identifiers.end()), identifiers.end());
  const auto made = variants(library, identifiers, count);
  std::vector<const patterns::Pattern*> pointers;
  for (const patterns::Pattern& pattern : made) pointers.push_back(&pattern);
  const search::RuleSet rules(pointers);
  std::size_t sites = 0, asked = 0;
  const double seconds = best_of(5, [&] {
    sites = asked = 0;
    for (const search::Rule& rule : rules.rules())
      for (const patterns::Edit* edit : rule.edits) {
        if (!edit->before.filter.may_match(words)) continue;
        ++asked;
        const auto found = search::matches_in(rule, *edit, parsed, file);
        if (found) sites += found->size();
      }
  });
  fmt::print("{:.2f}\n", seconds * 1000);
  fmt::print(stderr, "{} patterns, {} bytes, {} past the words, {} sites\n", made.size(), file.text.size(), asked,
             sites);
  return made.size() == count && sites > 0 ? 0 : 1;
}

int run_full(const std::string& folder, const std::string& code, const fs::path& table) {
  const auto isomorphisms = must(patterns::Isomorphisms::load(table));
  const auto pattern = must(search::pattern_of_code(code, isomorphisms));
  const patterns::Pattern* only = pattern.get();
  const search::RuleSet rules(std::span(&only, 1));
  std::size_t sites = 0;
  for (const search::ListedFile& listed : search::list_sources(folder).files) {
    auto text = read_file(folder + "/" + listed.path, pyast::Document::kMaxBytes);
    if (!text) continue;
    const patterns::SourceFile file{search::module_of(folder + "/" + listed.path), listed.path, std::move(*text),
                                    "model"};
    const auto parsed = patterns::parse_source(file, *isomorphisms);
    if (!parsed) continue;
    sites += must(search::matches_in(rules.rules().front(), pattern->edits.front(), *parsed, file)).size();
  }
  fmt::print("{}\n", sites);
  return 0;
}

// Sequences that could be cut in every way, and never match.
double hopeless(std::size_t length, const std::shared_ptr<const patterns::Isomorphisms>& table) {
  const auto pattern = must(patterns::parse_pattern(
      "pattern bench/hopeless r1\ntitle T\nrisk exact\n[vars]\nA: args*\nB: args*\nC: args*\nD: args*\n[edit e]\n"
      "- f($A, x, $B, x, $C, x, $D, x, y)\n+ 1\n",
      "bench", table));
  std::string text = "z = f(y, ";
  for (std::size_t i = 0; i < length; ++i) text += "x, ";
  const patterns::SourceFile file{"m", "m.py", text + "x)\n", "model"};
  const auto parsed = must(patterns::parse_source(file, *table));
  const patterns::Edit& edit = pattern.edits.front();
  return best_of(5, [&] {
    patterns::MatchOptions options;
    options.max_steps = ~std::uint64_t{0};
    if (!must(patterns::find_matches(edit.before, edit.variables, *parsed.terms, options)).empty()) std::exit(1);
  });
}

int run_wildcards(const fs::path& table) {
  const auto isomorphisms = must(patterns::Isomorphisms::load(table));
  const double once = hopeless(2000, isomorphisms);
  const double twice = hopeless(4000, isomorphisms);
  fmt::print("{:.2f}\n", twice / once);
  fmt::print(stderr, "2000 arguments {:.4f} s, 4000 arguments {:.4f} s\n", once, twice);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 2 && words[0] == "index") return run_index(words[1]);
  if (words.size() == 4 && words[0] == "many") return run_many(words[1], words[2], std::stoul(words[3]));
  if (words.size() == 4 && words[0] == "full") return run_full(words[1], words[2], words[3]);
  if (words.size() == 2 && words[0] == "wildcards") return run_wildcards(words[1]);
  fmt::print(stderr,
             "usage: bench_search index FOLDER | many PATTERN-FOLDER FOLDER COUNT | full FOLDER CODE TABLE | "
             "wildcards TABLE\n");
  return 2;
}
