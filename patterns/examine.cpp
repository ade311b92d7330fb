#include "patterns/examine.h"

#include <algorithm>

#include "patterns/scope.h"
#include "patterns/settled.h"

namespace adapt::patterns {
namespace {

using Problems = std::map<std::size_t, std::string>;

// Where a site's new text stands in the changed file.
struct Region {
  pyast::Span span;
  std::size_t site = 0;
};

std::vector<Region> regions(const edit::EditSet& edits, const std::string& file, const std::vector<Site>& sites) {
  std::vector<Region> out;
  std::int64_t shift = 0;
  for (const edit::TextEdit& e : edits.edits()) {
    if (e.file != file) continue;
    const auto begin = static_cast<std::uint32_t>(e.span.begin + shift);
    const pyast::Span span{begin, begin + static_cast<std::uint32_t>(e.text.size())};
    shift += static_cast<std::int64_t>(e.text.size()) - (e.span.end - e.span.begin);
    for (std::size_t i = 0; i < sites.size(); ++i) {
      const auto& own = sites[i].edits.edits();
      if (std::find(own.begin(), own.end(), e) != own.end()) out.push_back({span, i});
    }
  }
  return out;
}

bool overlaps(pyast::Span a, pyast::Span b) { return a.begin < b.end && b.begin < a.end; }

void blame(const std::vector<Region>& regions, pyast::Span span, const std::string& why, Problems& problems) {
  for (const Region& region : regions)
    if (overlaps(region.span, span)) problems.try_emplace(region.site, why);
}

// f(x=1, 2): the grammar takes it, Python does not.
void check_arguments(const pyast::Document& document, const std::vector<Region>& regions, Problems& problems) {
  for (const pyast::Node list : document.nodes_of_kind("argument_list")) {
    bool keyword = false;
    for (const pyast::Node argument : list.named_children()) {
      if (argument.kind() == "keyword_argument" || argument.kind() == "dictionary_splat")
        keyword = true;
      else if (keyword && argument.kind() != "list_splat")
        blame(regions, list.span(), "the new code has a positional argument behind a keyword argument", problems);
    }
  }
}

Result<void> check_settled(const Pattern& pattern, const SourceFile& file, const Parsed& parsed,
                           const std::vector<Region>& regions, Problems& problems) {
  for (const Edit& edit : pattern.edits) {
    if (!edit.after.empty()) continue;
    ADAPT_TRY(auto matches, find_matches(edit.before, edit.variables, *parsed.terms, {}));
    ADAPT_TRY(matches, drop_settled(edit, *parsed.terms, std::move(matches)));
    for (const Match& match : matches) {
      ADAPT_TRY(const bool holds, in_scope(edit, match, file, nullptr));
      if (holds) blame(regions, match.span(), "a second application would change the new code again", problems);
    }
  }
  return {};
}

std::string spliced(const std::string& text, const edit::EditSet& edits, const std::string& file) {
  std::string out;
  std::size_t at = 0;
  for (const edit::TextEdit& e : edits.edits()) {
    if (e.file != file) continue;
    out.append(text, at, e.span.begin - at).append(e.text);
    at = e.span.end;
  }
  return out.append(text, at);
}

// The sites whose edits alone do not give Python; when they fail only together, the last one.
void find_broken(const std::vector<Site>& sites, Corpus& corpus, Problems& problems) {
  edit::Sources sources;
  for (std::size_t i = 0; i < corpus.size(); ++i) sources[corpus.file(i).file] = corpus.file(i).text;
  for (std::size_t i = 0; i < sites.size(); ++i)
    if (auto applied = edit::apply(sites[i].edits, sources); !applied) problems.emplace(i, applied.error().message);
  if (problems.empty()) problems.emplace(sites.size() - 1, "with the other sites it does not give Python");
}

}  // namespace

Result<Problems> examine(const Pattern& pattern, const std::vector<Site>& sites, Corpus& corpus) {
  edit::EditSet edits;
  for (const Site& site : sites) ADAPT_TRY_VOID(edits.merge(site.edits));
  const std::vector<std::string> changed = edits.files();
  Problems problems;
  for (std::size_t i = 0; i < corpus.size(); ++i) {
    SourceFile file = corpus.file(i);
    if (std::find(changed.begin(), changed.end(), file.file) == changed.end()) continue;
    ADAPT_TRY(const Parsed* before, corpus.parsed(i));
    file.text = spliced(file.text, edits, file.file);
    ADAPT_TRY(const Parsed after, parse_source(file, *pattern.isomorphisms));
    if (after.document->error_count() > before->document->error_count()) {
      find_broken(sites, corpus, problems);
      return problems;
    }
    const auto places = regions(edits, file.file, sites);
    check_arguments(*after.document, places, problems);
    ADAPT_TRY_VOID(check_settled(pattern, file, after, places, problems));
  }
  return problems;
}

}  // namespace adapt::patterns
