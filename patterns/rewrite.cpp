#include "patterns/rewrite.h"

#include <algorithm>
#include <optional>

#include "patterns/needs.h"
#include "tools/base/text.h"
#include "tools/edit/indent.h"

namespace adapt::patterns {
namespace {

using edit::TextEdit;

// The lines around a run of statements.
struct Lines {
  std::uint32_t begin = 0;                          // of the first line
  std::uint32_t end = 0;                            // behind the last line's content, before its line end
  bool clean_before = false, clean_behind = false;  // nothing else but blanks (and a comment behind)
  std::string comment;                              // behind the run
};

Lines lines_of(const std::string& source, pyast::Span span) {
  Lines out;
  out.begin = span.begin == 0 ? 0 : static_cast<std::uint32_t>(source.rfind('\n', span.begin - 1) + 1);
  out.end = static_cast<std::uint32_t>(std::min(source.find('\n', span.end), source.size()));
  out.clean_before = trim(std::string_view(source).substr(out.begin, span.begin - out.begin)).empty();
  const std::string_view rest = trim(std::string_view(source).substr(span.end, out.end - span.end));
  out.clean_behind = rest.empty() || rest.starts_with('#');
  if (rest.starts_with('#')) out.comment = std::string(rest);
  return out;
}

std::vector<TermId> source_terms(const Hunk& hunk, const Match& match) {
  std::vector<TermId> out;
  for (const int term : hunk.terms) {
    const auto& found = match.trace[static_cast<std::size_t>(term)];
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

// Comments in the span that no hole pastes again.
std::vector<std::string> lost_comments(const Match& match, const Hunk& hunk, pyast::Span span) {
  const pyast::Document& document = match.tree->document();
  std::vector<pyast::Span> pasted;
  for (const Template::Hole& hole : hunk.text.holes) {
    const auto& capture = match.captures[static_cast<std::size_t>(hole.variable)];
    if (!capture || capture->terms.empty() || capture->tree != match.tree) continue;
    pasted.push_back(pasted_span(*capture, hole.statements));
  }
  std::vector<std::string> out;
  const pyast::Node around = document.smallest_enclosing(span);
  for (const pyast::Node comment : document.nodes_of_kind("comment", around)) {
    const pyast::Span at = comment.span();
    if (!span.contains(at)) continue;
    if (std::any_of(pasted.begin(), pasted.end(), [&](pyast::Span p) { return p.contains(at); })) continue;
    out.emplace_back(trim(comment.text()));
  }
  return out;
}

class Rewriter {
 public:
  Rewriter(const RewriteJob& job, const Match& match)
      : job_(job),
        match_(match),
        source_(job.source->document->source()),
        needs_(*job.pattern, *job.edit, *job.source, *job.file, match.tree->at(match.roots.front()).node) {}

  Rewritten run() {
    for (const Hunk& hunk : job_.edit->hunks) {
      if (auto problem = add(hunk); !problem.empty()) return Refused{std::move(problem)};
      if (!needs_.problem().empty()) return Refused{needs_.problem()};
    }
    // Imports first: a comment may go to the same offset, and belongs to what follows.
    std::vector<TextEdit> around = needs_.insertions();
    around.insert(around.end(), comments_.begin(), comments_.end());
    return Edits{std::move(edits_), std::move(around)};
  }

 private:
  std::string filled(const Template& text, std::string_view indentation) {
    Fill how;
    how.match = &match_;
    how.variables = &job_.edit->variables;
    how.indentation = indentation;
    how.source = job_.text;
    how.spell = [this](const Template::Name& name) { return needs_.spell(name); };
    how.renamed = needs_.renamed();
    return fill(text, how);
  }

  // Each returns why it cannot be done, or "".
  std::string add(const Hunk& hunk) {
    const std::vector<TermId> terms = source_terms(hunk, match_);
    if (terms.empty()) return hunk.text.empty() ? "" : "the lines to change are empty here";
    const pyast::Span span{match_.tree->at(terms.front()).span().begin, match_.tree->at(terms.back()).span().end};
    if (hunk.how != Hunk::How::replace) return insert(hunk, span);
    if (job_.edit->before.is_expression) return replace_expression(hunk, terms.front(), span);
    return hunk.text.empty() ? remove(hunk, terms, span) : replace_statements(hunk, span);
  }

  std::string replace_expression(const Hunk& hunk, TermId term, pyast::Span span) {
    const pyast::Node place = match_.tree->at(term).node;
    std::string text = filled(hunk.text, match_.tree->document().indentation_at(span.begin));
    auto parsed = pyast::Document::parse(text);
    if (!parsed || (*parsed)->error_count() > 0) return "the new code is not Python: " + text;
    pyast::Node code = (*parsed)->root();
    while (code.named_children().size() == 1 && (code.kind() == "module" || code.kind() == "expression_statement"))
      code = code.named_children().front();
    if (needs_parentheses(code, place)) text = "(" + text + ")";
    for (pyast::Node at = place; at; at = at.parent())
      if (at.kind() == "interpolation" && text.find_first_of("'\"\n\\") != std::string::npos)
        return "the new code cannot stand inside an f-string";
    edits_.push_back({job_.file->file, span, std::move(text)});
    if (job_.edit->drop_comments) return {};
    return comments_above(lost_comments(match_, hunk, span), span);
  }

  // Comments of replaced code become lines above the statement that held it.
  std::string comments_above(const std::vector<std::string>& comments, pyast::Span span) {
    if (comments.empty()) return {};
    pyast::Node statement = match_.tree->document().smallest_enclosing(span);
    while (statement && (!lines_of(source_, statement.span()).clean_before ||
                         !(statement.kind().ends_with("_statement") || statement.kind().ends_with("_definition"))))
      statement = statement.parent();
    if (!statement) return "a comment of the old code has no place above it";
    const Lines lines = lines_of(source_, statement.span());
    const std::string_view indentation = match_.tree->document().indentation_at(statement.span().begin);
    std::string text;
    for (const std::string& comment : comments) text.append(indentation).append(comment).append("\n");
    comments_.push_back({job_.file->file, {lines.begin, lines.begin}, std::move(text)});
    return {};
  }

  std::string replace_statements(const Hunk& hunk, pyast::Span span) {
    const Lines lines = lines_of(source_, span);
    const std::string indentation(match_.tree->document().indentation_at(span.begin));
    std::string text = filled(hunk.text, indentation);
    if (text.empty()) return "nothing is left of the new code";
    if (!lines.clean_before || !lines.clean_behind) {
      if (text.find('\n') != std::string::npos) return "the statement shares its line with other code";
    } else if (!job_.edit->drop_comments) {
      std::string above;
      for (const std::string& comment : lost_comments(match_, hunk, span))
        above.append(comment).append("\n").append(indentation);
      text.insert(0, above);
    }
    edits_.push_back({job_.file->file, span, std::move(text)});
    return {};
  }

  std::string remove(const Hunk& hunk, const std::vector<TermId>& terms, pyast::Span span) {
    const Lines lines = lines_of(source_, span);
    if (empties_block(terms) || !lines.clean_before || !lines.clean_behind) {
      edits_.push_back({job_.file->file, span, "pass"});
      return job_.edit->drop_comments || !lines.clean_before ? ""
                                                             : comments_above(lost_comments(match_, hunk, span), span);
    }
    std::string text;
    if (!job_.edit->drop_comments) {
      std::vector<std::string> comments = lost_comments(match_, hunk, span);
      if (!lines.comment.empty()) comments.push_back(lines.comment);
      const std::string_view indentation = match_.tree->document().indentation_at(span.begin);
      for (const std::string& comment : comments) text.append(indentation).append(comment).append("\n");
    }
    const auto end = std::min<std::size_t>(lines.end + 1U, source_.size());
    edits_.push_back({job_.file->file, {lines.begin, static_cast<std::uint32_t>(end)}, std::move(text)});
    return {};
  }

  // True for the last statement of a block that all matches together would empty.
  bool empties_block(const std::vector<TermId>& terms) const {
    const TermId block = match_.tree->at(terms.back()).parent;
    if (block == kNoTerm || match_.tree->at(block).kind != "block") return false;
    const auto children = match_.tree->children(block);
    if (children.back() != terms.back()) return false;
    return std::all_of(children.begin(), children.end(), [&](TermId child) {
      return job_.deleted->contains(child) || std::find(terms.begin(), terms.end(), child) != terms.end();
    });
  }

  std::string insert(const Hunk& hunk, pyast::Span span) {
    const Lines lines = lines_of(source_, span);
    const std::string indentation(match_.tree->document().indentation_at(span.begin));
    if (hunk.how == Hunk::How::insert_before) {
      if (!lines.clean_before) return "the statement shares its line with other code";
      edits_.push_back(
          {job_.file->file, {lines.begin, lines.begin}, indentation + filled(hunk.text, indentation) + "\n"});
      return {};
    }
    if (!lines_of(source_, {span.begin, span.begin}).clean_before || !lines.clean_behind)
      return "the statement shares its line with other code";
    edits_.push_back({job_.file->file, {lines.end, lines.end}, "\n" + indentation + filled(hunk.text, indentation)});
    return {};
  }

  const RewriteJob& job_;
  const Match& match_;
  const std::string& source_;
  Needs needs_;
  std::vector<TextEdit> edits_, comments_;
};

}  // namespace

Rewritten rewrite(const RewriteJob& job, const Match& match) { return Rewriter(job, match).run(); }

std::vector<TermId> deleted_statements(const Edit& edit, const Match& match) {
  std::vector<TermId> out;
  if (edit.before.is_expression) return out;
  for (const Hunk& hunk : edit.hunks) {
    if (hunk.how != Hunk::How::replace || !hunk.text.empty()) continue;
    const auto terms = source_terms(hunk, match);
    out.insert(out.end(), terms.begin(), terms.end());
  }
  return out;
}

}  // namespace adapt::patterns
