// Searching excerpts behind an index of words finds what parsing every file as a whole finds.
#include <filesystem>

#include "patterns/search/walk.h"
#include "tests/unit/patterns/search/search_text.h"
#include "tools/base/file.h"

namespace adapt::search {
namespace {
namespace fs = std::filesystem;

constexpr const char* kWholeFileCodes[] = {"$X.join($Y)",
                                           "len($X) - 1",
                                           "$X is not None",
                                           "$X[$I] += $Y",
                                           "if $X is None:\n    $$B",
                                           "return $X.$Y",
                                           "for $I, $X in enumerate($Y):\n    $$B",
                                           "def __init__(self, $P):\n    $$B",
                                           "$X = []\n$$B\nreturn $X",
                                           "class $C:\n    $$B",
                                           "$F(*$A, **$K)",
                                           "raise ValueError($X)",
                                           "self.$N = $V",
                                           "print($$A)",
                                           "float('-inf')",
                                           "os.path.join($$A)",
                                           "$X.dtype",
                                           "lambda $X: $Y",
                                           "[$X for $X in $Y]",
                                           "with open($X) as $F:\n    $$B",
                                           "@property\ndef $N(self):\n    $$B",
                                           "{$K: $V}",
                                           "$X == $X"};

std::vector<patterns::SourceFile> sources() {
  std::vector<patterns::SourceFile> out;
  std::size_t bytes = 0;
  for (const std::string& folder : {std::string(ADAPT_SOURCE_DIR), std::string(ADAPT_PYTHON_LIBRARY)}) {
    const Listing listing = list_sources(folder);
    std::size_t index = 0;
    for (const ListedFile& file : listing.files) {
      // Of the standard library a sample, and of both so much that it takes seconds.
      if (folder != ADAPT_SOURCE_DIR && index++ % 100 != 0) continue;
      if (file.path.starts_with("build/") || file.stamp.size > 60'000 ||
          bytes > (folder == ADAPT_SOURCE_DIR ? 100'000U : 200'000U))
        continue;
      auto text = read_file(folder + "/" + file.path);
      if (!text) continue;
      bytes += text->size();
      out.push_back({"package.module", file.path, std::move(*text), "model"});
    }
  }
  return out;
}

TEST(WholeFiles, HoldTheSameSites) {
  std::vector<std::unique_ptr<const patterns::Pattern>> made;
  for (const char* code : kWholeFileCodes) made.push_back(code_pattern(code));
  const fs::path library_folder = fs::path(ADAPT_SOURCE_DIR) / "patterns" / "library";
  const auto library = patterns::Library::load(std::span(&library_folder, 1));
  ASSERT_TRUE(library) << library.error().message;
  std::vector<const patterns::Pattern*> all;
  for (const auto& pattern : made) all.push_back(pattern.get());
  for (const std::string& id : library->ids()) all.push_back(library->find(id));
  std::vector<RuleSet> rules;
  for (const patterns::Pattern*& pattern : all) rules.emplace_back(std::span(&pattern, 1));

  const auto files = sources();
  ASSERT_GT(files.size(), 20U);
  std::size_t sites = 0, compared = 0;
  for (const patterns::SourceFile& file : files) {
    const auto parsed = patterns::parse_source(file, *patterns::shipped_table());
    if (!parsed || parsed->document->error_count() != 0) continue;
    for (std::size_t i = 0; i < all.size(); ++i) {
      Spans expected;
      bool exceeded = false;
      for (const patterns::Edit* edit : rules[i].rules().front().edits) {
        const auto matches = matches_in(rules[i].rules().front(), *edit, *parsed, file);
        exceeded = exceeded || !matches;
        if (matches)
          for (const patterns::Match& match : *matches) expected.emplace_back(match.span().begin, match.span().end);
      }
      if (exceeded) continue;
      std::sort(expected.begin(), expected.end());
      expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
      sites += expected.size();
      const SourceSites got = find_sites(file, rules[i], *patterns::shipped_table());
      EXPECT_EQ(spans_of(got), expected) << all[i]->title << " in " << file.file;
      const auto third = static_cast<std::uint32_t>(file.text.size() / 3);
      const pyast::Span part{third, 2 * third};
      std::erase_if(expected, [&](const auto& span) { return !part.contains({span.first, span.second}); });
      EXPECT_EQ(spans_of(find_sites(file, rules[i], *patterns::shipped_table(), part)), expected)
          << all[i]->title << " in a part of " << file.file;
      EXPECT_TRUE(got.notes.empty()) << file.file << ": " << got.notes[0];
      ++compared;
    }
  }
  EXPECT_GT(compared, 1000U);
  EXPECT_GT(sites, 100U);
}

}  // namespace
}  // namespace adapt::search
