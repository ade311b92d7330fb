#include "patterns/candidates.h"

#include <algorithm>
#include <set>

#include "patterns/rewrite.h"
#include "patterns/scope.h"

namespace adapt::patterns {
namespace {

struct Rewrite {
  std::vector<edit::TextEdit> inner;   // in the matched lines
  std::vector<edit::TextEdit> around;  // insertions elsewhere: imports, helpers, comments
  bool used = false;                   // part of the code that an outer match pastes
};

Rewrite sorted_out(std::vector<edit::TextEdit> edits, pyast::Span match) {
  Rewrite out;
  for (edit::TextEdit& e : edits) {
    const bool elsewhere = e.span.begin == e.span.end && !match.contains(e.span);
    (elsewhere ? out.around : out.inner).push_back(std::move(e));
  }
  return out;
}

// Source text of the span with the finished inner rewrites in it; `taken` collects which ones.
std::string spliced(const std::string& source, pyast::Span span, const std::vector<Rewrite>& done, std::set<std::size_t>& taken) {
  std::vector<const edit::TextEdit*> inside;
  for (std::size_t i = 0; i < done.size(); ++i) {
    const Rewrite& rewrite = done[i];
    const bool fits = std::all_of(rewrite.inner.begin(), rewrite.inner.end(),
                                  [&](const edit::TextEdit& e) { return span.contains(e.span); });
    if (rewrite.used || rewrite.inner.empty() || !fits) continue;
    taken.insert(i);
    for (const edit::TextEdit& e : rewrite.inner) inside.push_back(&e);
  }
  std::stable_sort(inside.begin(), inside.end(), [](const auto* a, const auto* b) { return a->span.begin < b->span.begin; });
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
  ADAPT_TRY(auto matches, find_matches(search.edit->before, search.edit->variables, *search.source->terms, search.options));
  std::vector<Match> out;
  for (Match& match : matches) {
    if (search.root && search.signature != nullptr &&
        !at_frame(search.pattern->when.frame, match, *search.file, *search.signature))
      continue;
    ADAPT_TRY(const bool holds, in_scope(*search.edit, match, *search.file, search.signature));
    if (holds) out.push_back(std::move(match));
  }
  return out;
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
    done[i] = sorted_out(std::move(std::get<std::vector<edit::TextEdit>>(result)), matches[i].span());
    for (const std::size_t inner : taken) {
      done[inner].used = true;
      done[i].around.insert(done[i].around.end(), done[inner].around.begin(), done[inner].around.end());
    }
  }
  std::vector<Candidate> out;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (done[i].inner.empty() || done[i].used) continue;
    std::vector<edit::TextEdit> edits = std::move(done[i].inner);
    edits.insert(edits.end(), done[i].around.begin(), done[i].around.end());
    out.push_back({std::move(matches[i]), std::move(edits)});
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Candidate& a, const Candidate& b) { return a.match.span().begin < b.match.span().begin; });
  return out;
}

}  // namespace adapt::patterns
