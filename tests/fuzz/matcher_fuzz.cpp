// A pattern and a source, parted by a zero byte. Matching ends within its budget, what is found lies in the source, and
// where the source is Python as a whole, searching an excerpt of it finds what searching all of it finds.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "patterns/search/sites.h"
#include "tests/fuzz/expect.h"
#include "tests/fuzz/shipped_table.h"

namespace {

using namespace adapt;

constexpr std::uint64_t kSteps = 20'000;  // a slow input teaches less than a hundred quick ones
constexpr std::size_t kMaxInput = 4096;

void compare(const patterns::Pattern& pattern, const patterns::SourceFile& file) {
  const auto& table = fuzz::shipped_table();
  const patterns::Pattern* only = &pattern;
  const search::RuleSet rules(std::span(&only, 1));
  const search::SourceSites sites = search::find_sites(file, rules, *table);
  for (const search::Site& site : sites.sites)
    expect(site.span.begin <= site.span.end && site.span.end <= file.text.size(), "a site outside of the file");
  const auto whole = patterns::parse_source(file, *table);
  if (!whole || whole->document->error_count() != 0) return;
  const auto all = search::matches_in(rules.rules().front(), pattern.edits.front(), *whole, file);
  if (!all || !sites.notes.empty()) return;  // over the budget
  std::vector<std::pair<std::uint32_t, std::uint32_t>> expected, found;
  for (const patterns::Match& match : *all) expected.emplace_back(match.span().begin, match.span().end);
  for (const search::Site& site : sites.sites) found.emplace_back(site.span.begin, site.span.end);
  std::sort(expected.begin(), expected.end());
  expected.erase(std::unique(expected.begin(), expected.end()), expected.end());
  expect(expected == found, "the excerpt and the whole file differ");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > kMaxInput) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t cut = input.find('\0');
  if (cut == std::string_view::npos) return 0;
  const auto pattern = search::pattern_of_code(input.substr(0, cut), fuzz::shipped_table());
  if (!pattern) return 0;
  const patterns::SourceFile file{"m", "m.py", std::string(input.substr(cut + 1)), "model"};
  const auto whole = patterns::parse_source(file, *fuzz::shipped_table());
  if (!whole) return 0;
  patterns::MatchOptions options;
  options.max_steps = kSteps;
  const patterns::Edit& edit = (*pattern)->edits.front();
  const auto matches = patterns::find_matches(edit.before, edit.variables, *whole->terms, options);
  if (!matches) return 0;
  for (const patterns::Match& match : *matches)
    expect(match.span().begin <= match.span().end && match.span().end <= file.text.size(),
           "a match outside of the file");
  compare(**pattern, file);
  return 0;
}
