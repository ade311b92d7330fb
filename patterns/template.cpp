#include "patterns/template.h"

#include <algorithm>
#include <set>

#include "patterns/computed.h"
#include "tools/base/text.h"
#include "tools/edit/indent.h"

namespace adapt::patterns {
namespace {

std::string_view line_indentation(std::string_view text, std::size_t at) {
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;  // npos + 1 is 0
  std::size_t end = begin;
  while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
  return text.substr(begin, end - begin);
}

std::size_t line_begin(std::string_view text, std::size_t at) { return at == 0 ? 0 : text.rfind('\n', at - 1) + 1; }

// Comments above the first statement of a captured run and behind its last line belong to it.
pyast::Span with_comments(const TermTree& tree, pyast::Span span, TermId first) {
  const std::string& source = tree.document().source();
  std::size_t floor = 0;  // nothing of an earlier statement may be taken
  const TermId parent = tree.at(first).parent;
  if (parent != kNoTerm)
    for (const TermId sibling : tree.children(parent))
      if (sibling < first) floor = std::max<std::size_t>(floor, tree.at(sibling).span().end);
  std::size_t begin = span.begin;
  std::size_t line = line_begin(source, begin);
  while (line > floor) {
    const std::size_t above = line_begin(source, line - 1);
    const std::string_view text = trim(std::string_view(source).substr(above, line - 1 - above));
    if (above < floor || !text.starts_with('#')) break;
    begin = source.find('#', above);
    line = above;
  }
  std::size_t end = span.end;
  const std::size_t line_end = std::min(source.find('\n', end), source.size());
  if (trim(std::string_view(source).substr(end, line_end - end)).starts_with('#')) end = line_end;
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

class Filler {
 public:
  Filler(const Template& text, const Fill& how) : text_(text), how_(how), encoded_(text.code.encoded.text) {}

  std::string run() {
    struct Piece {
      pyast::Span span;
      int order;  // 0 hole, 1 name, 2 word
      std::size_t index;
    };
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < text_.holes.size(); ++i) pieces.push_back({text_.holes[i].span, 0, i});
    for (std::size_t i = 0; i < text_.names.size(); ++i) pieces.push_back({text_.names[i].span, 1, i});
    for (std::size_t i = 0; i < text_.words.size(); ++i) pieces.push_back({text_.words[i], 2, i});
    std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.span.begin < b.span.begin; });
    for (const Piece& piece : pieces) {
      if (piece.span.begin < at_) continue;
      out_.append(encoded_, at_, piece.span.begin - at_);
      at_ = piece.span.end;
      if (piece.order == 0) {
        fill_hole(text_.holes[piece.index]);
      } else if (piece.order == 1) {
        out_ += how_.spell(text_.names[piece.index]);
      } else {
        const std::string word = encoded_.substr(piece.span.begin, piece.span.end - piece.span.begin);
        const auto renamed = how_.renamed.find(word);
        out_ += renamed == how_.renamed.end() ? word : renamed->second;
      }
    }
    out_.append(encoded_, at_);
    return edit::reindent(out_, how_.indentation);
  }

 private:
  void fill_hole(const Template::Hole& hole) {
    const Variable* variable =
        how_.variables == nullptr ? nullptr : &(*how_.variables)[static_cast<std::size_t>(hole.variable)];
    if (variable != nullptr && variable->computed) return paste_computed(*variable);
    const auto& capture = how_.match->captures[static_cast<std::size_t>(hole.variable)];
    if (!capture || capture->terms.empty()) return drop_hole(hole);
    const TermTree& tree = *capture->tree;
    const Term& first = tree.at(capture->terms.front());
    if (hole.statements) return paste(pasted_span(*capture, true), tree, true);
    if (capture->terms.size() > 1) return paste_list(*capture);
    const pyast::Node place = text_.code.document->smallest_enclosing(hole.span);
    const bool wrap = is_expression(first) && needs_parentheses(first.node, place);
    if (wrap) out_ += '(';
    paste(first.span(), tree);
    if (wrap) out_ += ')';
  }

  void paste_computed(const Variable& variable) {
    const auto code = compute(variable, *how_.variables, how_.match->captures);
    if (!code) return;  // such a match is out of scope
    for (const ComputedPiece& piece : *code) {
      std::string text = piece.is_text() ? piece.text : how_.source(*piece.tree, piece.tree->at(piece.term).span());
      if (piece.unquoted != 0)
        std::replace(text.begin(), text.end(), piece.unquoted, piece.unquoted == '"' ? '\'' : '"');
      out_ += text;
    }
  }

  // Neighbours in the source are pasted with what is between them, others one by one.
  void paste_list(const Capture& capture) {
    const TermTree& tree = *capture.tree;
    const TermId parent = tree.at(capture.terms.front()).parent;
    const auto siblings = tree.children(parent);
    const auto start = std::find(siblings.begin(), siblings.end(), capture.terms.front());
    if (static_cast<std::size_t>(siblings.end() - start) >= capture.terms.size() &&
        std::equal(capture.terms.begin(), capture.terms.end(), start))
      return paste(pasted_span(capture, false), tree);
    for (std::size_t i = 0; i < capture.terms.size(); ++i) {
      if (i > 0) out_ += ", ";
      paste(tree.at(capture.terms[i]).span(), tree);
    }
  }

  // The text keeps its shape relative to the line it begins on; lines of an expression that only the old code's
  // brackets held together keep theirs relative to the old code.
  void paste(pyast::Span span, const TermTree& tree, bool statements = false) {
    const std::string text = how_.source(tree, span);
    const bool loose = !statements && how_.match->tree == &tree && breaks_line(text);
    const std::string base(tree.document().indentation_at(loose ? how_.match->span().begin : span.begin));
    const std::string target(line_indentation(out_, out_.size()));
    out_ += edit::reindent(base + text, target).substr(base.size());
  }

  // An empty sequence takes its line, or one comma, with it.
  void drop_hole(const Template::Hole& hole) {
    if (hole.statements) {
      out_.resize(line_begin(out_, out_.size()));
      if (at_ < encoded_.size() && encoded_[at_] == '\n')
        ++at_;
      else if (!out_.empty())
        out_.pop_back();
      return;
    }
    std::size_t next = at_;
    while (next < encoded_.size() && encoded_[next] == ' ') ++next;
    if (next < encoded_.size() && encoded_[next] == ',') {
      at_ = static_cast<std::uint32_t>(next + 1);
      while (at_ < encoded_.size() && encoded_[at_] == ' ') ++at_;
      return;
    }
    const std::size_t end = out_.find_last_not_of(' ');
    if (end != std::string::npos && out_[end] == ',') out_.resize(end);
  }

  const Template& text_;
  const Fill& how_;
  const std::string& encoded_;
  std::string out_;
  std::uint32_t at_ = 0;
};

bool alone_on_line(std::string_view text, pyast::Span span) {
  const std::size_t begin = line_begin(text, span.begin);
  const std::size_t end = std::min(text.find('\n', span.end), text.size());
  return trim(text.substr(begin, span.begin - begin)).empty() && trim(text.substr(span.end, end - span.end)).empty();
}

}  // namespace

Result<Template> make_template(std::string_view text, std::vector<Variable>& variables,
                               const Isomorphisms& isomorphisms, bool is_expression) {
  Template out;
  out.is_expression = is_expression;
  ADAPT_TRY(out.code, parse_code(text, variables, isomorphisms));
  const TermTree& tree = *out.code.terms;
  for (const auto& [offset, variable] : out.code.encoded.operators) {
    const auto length = variables[static_cast<std::size_t>(variable)].constraints.front().values.front().size();
    out.holes.push_back({{offset, offset + static_cast<std::uint32_t>(length)}, variable, false});
  }
  for (TermId id = 0; id < tree.size(); ++id) {
    const Term& term = tree.at(id);
    if (term.kind != "identifier" && term.kind != "attribute" && term.kind != "label") continue;
    const int variable = term.kind == "attribute" ? kNotVariable : variable_of(term.text, variables);
    if (variable != kNotVariable) {
      if (variable < 0) return fail(ErrorKind::parse, "the new code cannot hold an anonymous metavariable");
      const auto& declared = variables[static_cast<std::size_t>(variable)];
      const bool statements = declared.kind == VariableKind::stmts || declared.kind == VariableKind::stmt;
      if (statements && !alone_on_line(out.code.encoded.text, term.span()))
        return fail(ErrorKind::parse, "${} stands for statements, so it must have its own line", declared.name);
      out.holes.push_back({term.span(), variable, statements});
    } else if (!term.name.empty()) {
      if (tree.at(term.parent).kind == "attribute" && !tree.at(term.parent).name.empty())
        continue;  // part of a longer name
      const std::string written(term.node.text());
      const std::string head = written.substr(0, written.find('.'));
      const auto known = isomorphisms.imports().find(head);
      if (known != isomorphisms.imports().end())
        out.names.push_back({term.span(), known->second + written.substr(head.size()), head});
    } else if (term.kind == "identifier") {
      out.words.push_back(term.span());
    }
  }
  std::sort(out.holes.begin(), out.holes.end(),
            [](const Template::Hole& a, const Template::Hole& b) { return a.span.begin < b.span.begin; });
  for (const std::string& name : pyast::NameTable::free_names(out.code.document->root()))
    if (variable_of(name, variables) == kNotVariable && !isomorphisms.imports().contains(name)) out.reads.insert(name);
  return out;
}

pyast::Span pasted_span(const Capture& capture, bool statements) {
  const TermTree& tree = *capture.tree;
  const pyast::Span span{tree.at(capture.terms.front()).span().begin, tree.at(capture.terms.back()).span().end};
  return statements ? with_comments(tree, span, capture.terms.front()) : span;
}

std::string fill(const Template& text, const Fill& how) { return Filler(text, how).run(); }

}  // namespace adapt::patterns
