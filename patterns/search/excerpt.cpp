#include "patterns/search/excerpt.h"

#include <algorithm>

#include "patterns/search/cut.h"
#include "patterns/search/word_map.h"
#include "tools/pyast/top_level.h"

namespace adapt::search {

using patterns::Edit;
using patterns::SourceFile;
using pyast::Binds;

namespace {

bool is_python(std::string text) {
  const auto document = pyast::Document::parse(std::move(text));
  return document && (*document)->error_count() == 0;
}

}  // namespace

// Chooses parts of one file and puts them together. A part is a statement of the module, a heading of a class or one of
// its members.
class Cutter {
 public:
  Cutter(std::string_view text, const pyast::TopLevel& top, Excerpt& out) : text_(text), top_(top), out_(out) {
    for (std::size_t i = 0; i < top.statements.size(); ++i) {
      const pyast::Statement& statement = top.statements[i];
      const std::uint32_t heading =
          statement.members.empty() ? statement.span.end : statement.members.front().span.begin;
      parts_.push_back({.statement = i, .around = &statement, .span = {statement.span.begin, heading}});
      for (const pyast::Statement& member : statement.members)
        parts_.push_back({.statement = i, .around = &statement, .member = &member, .span = member.span});
    }
  }

  // Marks what some rule wants to see, for matches in this part of the file. False when none wants anything.
  bool choose(const RuleSet& rules, pyast::Span within) {
    // An expression lies in one line, another pattern in one part or statement.
    const Offsets &lines = top_.lines, whole = {0};
    Offsets parts, statements;
    for (const Part& part : parts_) {
      parts.push_back(part.span.begin);
      if (part.member == nullptr) statements.push_back(part.span.begin);
    }
    const WordMap words(text_, top_, rules);
    bool any = false;
    for (const Rule& rule : rules.rules())
      for (const Edit* edit : rule.edits) {
        if (edit->before.filter.clauses().empty()) {
          for (Part& part : parts_)
            if (meet(part.span, within)) part.reach = std::max(part.reach, Reach::part);
          any = true;
          continue;
        }
        const Offsets& groups = edit->before.is_expression       ? lines
                                : rule.reach <= Reach::part      ? parts
                                : rule.reach == Reach::statement ? statements
                                                                 : whole;
        const auto found = words.holding(*edit, groups);
        for (const std::uint32_t offset : found.offsets) {
          // A match that needs to see more than one part may lie in another than this word.
          if (rule.reach <= Reach::part && !meet(parts_[part_at(offset)].span, within)) continue;
          want(rule.reach, {offset, found.brackets});
          any = true;
        }
      }
    spread();
    return any;
  }

  std::string assemble() {
    out_.pieces_.clear();
    excerpt_.clear();
    for (std::size_t at = 0; at < parts_.size();) {
      std::size_t end = at + 1;
      while (end < parts_.size() && parts_[end].statement == parts_[at].statement) ++end;
      add_statement(at, end);
      at = end;
    }
    return std::move(excerpt_);
  }

  // Asks of each part that was assembled whether it is Python.
  void find_broken() {
    for (Part& part : parts_) {
      if (!part.used) continue;
      part.broken = !is_python_by_itself(part);
      if (part.broken) out_.broken_.push_back(part.span.begin);
    }
  }

 private:
  struct Part {
    std::size_t statement = 0;
    const pyast::Statement* around = nullptr;  // the whole statement
    const pyast::Statement* member = nullptr;  // null: a whole statement, or the heading of a class
    pyast::Span span;
    Reach reach = Reach::element;  // the widest of what is wanted of it
    bool whole = false, used = false, broken = false;
    std::vector<Hit> hits{};  // what is wanted where not the whole is

    bool is_wanted() const { return whole || !hits.empty(); }
  };

  static bool meet(pyast::Span a, pyast::Span b) { return a.begin < b.end && b.begin < a.end; }

  std::size_t part_at(std::uint32_t offset) const {
    const auto behind = std::upper_bound(parts_.begin() + 1, parts_.end(), offset,
                                         [](std::uint32_t at, const Part& part) { return at < part.span.begin; });
    return static_cast<std::size_t>(behind - parts_.begin()) - 1;
  }

  void want(Reach reach, const Hit& hit) {
    Part& part = parts_[part_at(hit.offset)];
    part.reach = std::max(part.reach, reach);
    if (reach == Reach::element) part.hits.push_back(hit);
  }

  // What lies around a part that reaches beyond itself is wanted with it.
  void spread() {
    Reach widest = Reach::element;
    std::vector<Reach> in_statement(top_.statements.size(), Reach::element);
    for (const Part& part : parts_) {
      widest = std::max(widest, part.reach);
      in_statement[part.statement] = std::max(in_statement[part.statement], part.reach);
    }
    for (Part& part : parts_)
      part.whole =
          part.reach == Reach::part || in_statement[part.statement] == Reach::statement || widest == Reach::file;
  }

  void add_statement(std::size_t begin, std::size_t end) {
    const pyast::Statement& statement = *parts_[begin].around;
    const bool wanted = std::any_of(parts_.begin() + static_cast<std::ptrdiff_t>(begin),
                                    parts_.begin() + static_cast<std::ptrdiff_t>(end),
                                    [](const Part& part) { return part.is_wanted(); });
    if (parts_[begin].broken || (!wanted && statement.binds != Binds::anything)) return add_name(statement, "");
    copy(parts_[begin]);
    bool empty = end > begin + 1;
    for (std::size_t i = begin + 1; i < end; ++i) {
      const pyast::Statement& member = *parts_[i].member;
      const std::size_t before = excerpt_.size();
      if (parts_[i].broken || (!parts_[i].is_wanted() && member.binds != Binds::anything))
        add_name(member, statement.indentation);
      else
        copy(parts_[i]);
      empty = empty && excerpt_.size() == before;
    }
    if (empty) excerpt_.append(statement.indentation).append("0\n");
  }

  // What is left out binds what it would bind.
  void add_name(const pyast::Statement& statement, std::string_view indentation) {
    if (statement.name.empty()) return;
    excerpt_.append(indentation);
    if (statement.binds == Binds::variable) {
      excerpt_.append(statement.name).append("=0\n");
    } else {
      // A definition, also one that is broken and binds who knows what besides.
      const bool is_class = statement.binds == Binds::class_ || !statement.members.empty();
      excerpt_.append(is_class ? "class " : "def ").append(statement.name).append(is_class ? ":0\n" : "():0\n");
    }
  }

  void copy(Part& part) {
    part.used = true;
    for (const Fragment& fragment : fragments_of(part)) {
      copy(fragment.span);
      excerpt_.append(fragment.then);
    }
  }

  // An assignment to one name, or an expression, is a literal that can be cut or holds one.
  std::vector<Fragment> fragments_of(const Part& part) const {
    const pyast::Statement& code = part.member == nullptr ? *part.around : *part.member;
    if (!part.whole && !part.hits.empty() && (code.binds == Binds::variable || code.binds == Binds::nothing))
      if (const auto elements = pyast::split_elements(text_, part.span, top_.texts))
        return cut_at_elements(*elements, part.hits);
    return {{part.span, {}}};
  }

  bool is_python_by_itself(const Part& part) const {
    std::string code = part.member == nullptr ? "" : "class _:\n";
    for (const auto& [span, then] : fragments_of(part))
      code.append(text_.substr(span.begin, span.end - span.begin)).append(then);
    if (part.member == nullptr && !part.around->members.empty()) code.append(part.around->indentation).append("0\n");
    return is_python(std::move(code));
  }

  void copy(pyast::Span span) {
    const auto at = static_cast<std::uint32_t>(excerpt_.size());
    const std::uint32_t length = span.end - span.begin;
    auto& pieces = out_.pieces_;
    if (!pieces.empty() && pieces.back().begin + pieces.back().length == at &&
        pieces.back().original + pieces.back().length == span.begin)
      pieces.back().length += length;
    else
      pieces.push_back({at, span.begin, length});
    excerpt_.append(text_.substr(span.begin, length));
  }

  std::string_view text_;
  const pyast::TopLevel& top_;
  Excerpt& out_;
  std::vector<Part> parts_;
  std::string excerpt_;
};

Result<void> Excerpt::parse(const SourceFile& file, std::string text, const patterns::Isomorphisms& isomorphisms) {
  parsed_bytes_ += text.size();
  ADAPT_TRY(parsed_, patterns::parse_source({file.module, file.file, std::move(text), file.role}, isomorphisms));
  return {};
}

Result<Excerpt> Excerpt::of(const SourceFile& file, const RuleSet& rules, const patterns::Isomorphisms& isomorphisms,
                            std::optional<pyast::Span> within) {
  Excerpt out;
  const auto top = pyast::split_top_level(file.text);
  if (!top) {  // all of it, as far as the grammar gets
    if (!rules.may_match(index::words_of(file.text))) return out;
    out.pieces_.push_back({0, 0, static_cast<std::uint32_t>(file.text.size())});
    ADAPT_TRY_VOID(out.parse(file, file.text, isomorphisms));
    out.is_whole_and_broken_ = out.parsed_.document->error_count() != 0;
    return out;
  }
  Cutter cutter(file.text, *top, out);
  const pyast::Span all{0, static_cast<std::uint32_t>(file.text.size())};
  if (!cutter.choose(rules, within.value_or(all))) return out;
  ADAPT_TRY_VOID(out.parse(file, cutter.assemble(), isomorphisms));
  if (out.parsed_.document->error_count() == 0) return out;
  cutter.find_broken();
  ADAPT_TRY_VOID(out.parse(file, cutter.assemble(), isomorphisms));
  if (out.parsed_.document->error_count() != 0)
    return fail(ErrorKind::parse, "each statement is Python by itself, but not all of them together");
  return out;
}

std::optional<pyast::Span> Excerpt::place(pyast::Span span) const {
  const auto behind = std::upper_bound(pieces_.begin(), pieces_.end(), span.begin,
                                       [](std::uint32_t at, const Piece& piece) { return at < piece.begin; });
  if (behind == pieces_.begin()) return std::nullopt;
  const Piece& piece = *std::prev(behind);
  if (span.end > piece.begin + piece.length) return std::nullopt;
  const std::uint32_t shift = piece.original - piece.begin;  // wraps, and wraps back
  return pyast::Span{span.begin + shift, span.end + shift};
}

}  // namespace adapt::search
