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
  bool used = false;   // part of the code that an outer match pastes
  bool alone = false;  // never is
};

// Source text of the span with the finished inner rewrites in it; `taken` collects which ones.
std::string spliced(const std::string& source, pyast::Span span, const std::vector<Rewrite>& done,
                    std::set<std::size_t>& taken) {
  std::vector<const edit::TextEdit*> inside;
  for (std::size_t i = 0; i < done.size(); ++i) {
    const Rewrite& rewrite = done[i];
    const bool fits = std::all_of(rewrite.edits.inner.begin(), rewrite.edits.inner.end(),
                                  [&](const edit::TextEdit& e) { return span.contains(e.span); });
    if (rewrite.used || rewrite.alone || rewrite.edits.inner.empty() || !fits) continue;
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

struct Found {
  std::size_t edit = 0;  // of the search
  Match match;
};

Result<void> add_matches(const Search& search, std::size_t edit, std::vector<Found>& out) {
  const Edit& wanted = *search.edits[edit];
  ADAPT_TRY(auto matches, find_matches(wanted.before, wanted.variables, *search.source->terms, search.options));
  std::vector<Match> accepted;
  for (Match& match : matches) {
    if (search.root && search.signature != nullptr &&
        !at_frame(search.pattern->when.frame, match, *search.file, *search.signature))
      continue;
    ADAPT_TRY(const bool holds, in_scope(wanted, match, *search.file, search.signature, search.options.oracle));
    if (holds) accepted.push_back(std::move(match));
  }
  ADAPT_TRY(accepted, drop_settled(wanted, *search.source->terms, std::move(accepted)));
  for (Match& match : accepted) out.push_back({edit, std::move(match)});
  return {};
}

// What other edits are chained to is a site of its own.
bool has_chain(const Pattern& pattern, const Edit& edit) {
  return std::ranges::any_of(pattern.edits, [&](const Edit& other) { return other.after == edit.id; });
}

}  // namespace

Result<std::vector<Candidate>> find_candidates(const Search& search) {
  std::vector<Found> found;
  for (std::size_t i = 0; i < search.edits.size(); ++i) ADAPT_TRY_VOID(add_matches(search, i, found));
  std::set<TermId> deleted;
  for (const Found& place : found)
    for (const TermId term : deleted_statements(*search.edits[place.edit], place.match)) deleted.insert(term);

  // Inner ones first, so that an outer match pastes rewritten code.
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    return a.match.span().end - a.match.span().begin < b.match.span().end - b.match.span().begin;
  });
  const std::string& source = search.source->document->source();
  std::vector<Rewrite> done(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Edit& edit = *search.edits[found[i].edit];
    std::set<std::size_t> taken;
    RewriteJob job{search.pattern, &edit, search.source, search.file, &deleted, {}};
    job.text = [&](const TermTree& tree, pyast::Span span) {
      if (&tree != search.source->terms.get()) return std::string(tree.document().text(span));  // bound in another file
      return spliced(source, span, done, taken);
    };
    Rewritten result = rewrite(job, found[i].match);
    if (const auto* refused = std::get_if<Refused>(&result)) {
      if (search.refused != nullptr)
        search.refused->push_back({edit.id, search.file->file,
                                   search.source->document->position(found[i].match.span().begin).line,
                                   refused->reason});
      continue;
    }
    done[i].edits = std::move(std::get<Edits>(result));
    done[i].alone = search.edits.size() > 1 && has_chain(*search.pattern, edit);
    for (const std::size_t inner : taken) {
      done[inner].used = true;
      const auto& around = done[inner].edits.around;
      done[i].edits.around.insert(done[i].edits.around.end(), around.begin(), around.end());
    }
  }
  std::vector<std::pair<std::size_t, Candidate>> kept;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (done[i].edits.inner.empty() || done[i].used) continue;
    std::vector<edit::TextEdit> edits = std::move(done[i].edits.around);
    edits.insert(edits.end(), done[i].edits.inner.begin(), done[i].edits.inner.end());
    kept.push_back({found[i].edit, {search.edits[found[i].edit], std::move(found[i].match), std::move(edits)}});
  }
  std::stable_sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second.match.span().begin) < std::pair(b.first, b.second.match.span().begin);
  });
  std::vector<Candidate> out;
  for (auto& [edit, candidate] : kept) out.push_back(std::move(candidate));
  return out;
}

}  // namespace adapt::patterns
