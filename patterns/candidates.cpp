#include "patterns/candidates.h"

#include <algorithm>
#include <set>

#include "patterns/rewrite.h"
#include "patterns/scope.h"
#include "patterns/settled.h"

namespace adapt::patterns {
namespace {

struct Rewrite {
  Edits edits;
  bool used = false;  // part of the code that an outer match pastes
};

// Source text of the span with the finished inner rewrites in it; `taken` collects which ones.
std::string spliced(const std::string& source, pyast::Span span, const std::vector<Rewrite>& done,
                    std::set<std::size_t>& taken) {
  std::vector<const edit::TextEdit*> inside;
  for (std::size_t i = 0; i < done.size(); ++i) {
    const Rewrite& rewrite = done[i];
    const bool fits = std::all_of(rewrite.edits.inner.begin(), rewrite.edits.inner.end(),
                                  [&](const edit::TextEdit& e) { return span.contains(e.span); });
    if (rewrite.used || rewrite.edits.inner.empty() || !fits) continue;
    taken.insert(i);
    for (const edit::TextEdit& e : rewrite.edits.inner) inside.push_back(&e);
  }
  std::stable_sort(inside.begin(), inside.end(),
                   [](const auto* a, const auto* b) { return a->span.begin < b->span.begin; });
  std::string out;
  std::uint32_t at = span.begin;
  for (const edit::TextEdit* e : inside) {
    if (e->span.begin < at) continue;
    out.append(source, at, e->span.begin - at).append(e->text);
    at = e->span.end;
  }
  return out.append(source, at, span.end - at);
}

Result<std::vector<Match>> accepted_matches(const Search& search) {
  ADAPT_TRY(auto matches,
            find_matches(search.edit->before, search.edit->variables, *search.source->terms, search.options));
  std::vector<Match> out;
  for (Match& match : matches) {
    if (search.root && search.signature != nullptr &&
        !at_frame(search.pattern->when.frame, match, *search.file, *search.signature))
      continue;
    ADAPT_TRY(const bool holds, in_scope(*search.edit, match, *search.file, search.signature, search.options.oracle));
    if (holds) out.push_back(std::move(match));
  }
  return drop_settled(*search.edit, *search.source->terms, std::move(out));
}

}  // namespace

Result<std::vector<Candidate>> find_candidates(const Search& search) {
  ADAPT_TRY(auto matches, accepted_matches(search));
  std::set<TermId> deleted;
  for (const Match& match : matches)
    for (const TermId term : deleted_statements(*search.edit, match)) deleted.insert(term);

  // Inner ones first, so that an outer match pastes rewritten code.
  std::stable_sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
    return a.span().end - a.span().begin < b.span().end - b.span().begin;
  });
  const std::string& source = search.source->document->source();
  std::vector<Rewrite> done(matches.size());
  for (std::size_t i = 0; i < matches.size(); ++i) {
    std::set<std::size_t> taken;
    RewriteJob job{search.pattern, search.edit, search.source, search.file, &deleted, {}};
    job.text = [&](const TermTree& tree, pyast::Span span) {
      if (&tree != search.source->terms.get()) return std::string(tree.document().text(span));  // bound in another file
      return spliced(source, span, done, taken);
    };
    Rewritten result = rewrite(job, matches[i]);
    if (const auto* refused = std::get_if<Refused>(&result)) {
      if (search.refused != nullptr)
        search.refused->push_back({search.edit->id, search.file->file,
                                   search.source->document->position(matches[i].span().begin).line, refused->reason});
      continue;
    }
    done[i].edits = std::move(std::get<Edits>(result));
    for (const std::size_t inner : taken) {
      done[inner].used = true;
      const auto& around = done[inner].edits.around;
      done[i].edits.around.insert(done[i].edits.around.end(), around.begin(), around.end());
    }
  }
  std::vector<Candidate> out;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (done[i].edits.inner.empty() || done[i].used) continue;
    std::vector<edit::TextEdit> edits = std::move(done[i].edits.around);
    edits.insert(edits.end(), done[i].edits.inner.begin(), done[i].edits.inner.end());
    out.push_back({std::move(matches[i]), std::move(edits)});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Candidate& a, const Candidate& b) { return a.match.span().begin < b.match.span().begin; });
  return out;
}

}  // namespace adapt::patterns
