#include "patterns/search/excerpt.h"

#include <algorithm>

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
      add_part({i,
                &statement,
                nullptr,
                {statement.span.begin,
                 statement.members.empty() ? statement.span.end : statement.members.front().span.begin}});
      for (const pyast::Statement& member : statement.members) add_part({i, &statement, &member, member.span});
    }
  }

  // Marks what some rule wants to see. False when none wants anything.
  bool choose(const RuleSet& rules) {
    // An expression lies in one line, another pattern in one part or statement.
    std::vector<std::size_t> lines, parts, statements;
    for (std::size_t part = 0; const std::uint32_t begin : top_.lines) {
      while (part + 1 < parts_.size() && begin >= parts_[part].span.end) ++part;
      lines.push_back(lines.size());
      parts.push_back(part);
      statements.push_back(parts_[part].statement);
    }
    const WordMap words(text_, top_, rules);
    bool any = false;
    for (const Rule& rule : rules.rules())
      for (const Edit* edit : rule.edits) {
        if (!words.holds_somewhere(*edit)) continue;
        std::vector<std::size_t> found;  // parts
        if (edit->before.is_expression)
          for (const std::size_t line : words.holding(*edit, lines)) found.push_back(parts[line]);
        else if (rule.reach == Reach::part)
          found = words.holding(*edit, parts);
        else if (rule.reach == Reach::statement)
          for (const std::size_t statement : words.holding(*edit, statements)) found.push_back(first_part(statement));
        else
          found.push_back(0);
        for (const std::size_t part : found) want(part, rule.reach);
        any = any || !found.empty();
      }
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
      const std::string code(text_.substr(part.span.begin, part.span.end - part.span.begin));
      if (part.member != nullptr)
        part.broken = !is_python("class _:\n" + code);
      else
        part.broken =
            !is_python(part.whole->members.empty() ? code : code + std::string(part.whole->indentation) + "0\n");
      if (part.broken) out_.broken_.push_back(part.span.begin);
    }
  }

 private:
  struct Part {
    std::size_t statement = 0;
    const pyast::Statement* whole = nullptr;
    const pyast::Statement* member = nullptr;
    pyast::Span span;
    bool wanted = false, used = false, broken = false;
  };

  void add_part(const Part& part) { parts_.push_back(part); }

  std::size_t first_part(std::size_t statement) const {
    const auto found = std::lower_bound(parts_.begin(), parts_.end(), statement,
                                        [](const Part& part, std::size_t wanted) { return part.statement < wanted; });
    return static_cast<std::size_t>(found - parts_.begin());
  }

  void want(std::size_t part, Reach reach) {
    std::size_t begin = part, end = part + 1;
    if (reach == Reach::statement) {
      begin = first_part(parts_[part].statement);
      end = first_part(parts_[part].statement + 1);
    } else if (reach == Reach::file) {
      if (whole_) return;
      whole_ = true;
      begin = 0;
      end = parts_.size();
    }
    for (std::size_t i = begin; i < end; ++i) parts_[i].wanted = true;
  }

  void add_statement(std::size_t begin, std::size_t end) {
    const pyast::Statement& statement = *parts_[begin].whole;
    const bool wanted =
        std::any_of(parts_.begin() + static_cast<std::ptrdiff_t>(begin),
                    parts_.begin() + static_cast<std::ptrdiff_t>(end), [](const Part& part) { return part.wanted; });
    if (parts_[begin].broken || (!wanted && statement.binds != Binds::anything)) return add_name(statement, "");
    copy(parts_[begin]);
    bool empty = end > begin + 1;
    for (std::size_t i = begin + 1; i < end; ++i) {
      const pyast::Statement& member = *parts_[i].member;
      const std::size_t before = excerpt_.size();
      if (parts_[i].broken || (!parts_[i].wanted && member.binds != Binds::anything))
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
    const auto at = static_cast<std::uint32_t>(excerpt_.size());
    const std::uint32_t length = part.span.end - part.span.begin;
    auto& pieces = out_.pieces_;
    if (!pieces.empty() && pieces.back().begin + pieces.back().length == at &&
        pieces.back().original + pieces.back().length == part.span.begin)
      pieces.back().length += length;
    else
      pieces.push_back({at, part.span.begin, length});
    excerpt_.append(text_.substr(part.span.begin, length));
  }

  std::string_view text_;
  const pyast::TopLevel& top_;
  Excerpt& out_;
  std::vector<Part> parts_;
  bool whole_ = false;
  std::string excerpt_;
};

Result<void> Excerpt::parse(const SourceFile& file, std::string text, const patterns::Isomorphisms& isomorphisms) {
  parsed_bytes_ += text.size();
  ADAPT_TRY(parsed_, patterns::parse_source({file.module, file.file, std::move(text), file.role}, isomorphisms));
  return {};
}

Result<Excerpt> Excerpt::of(const SourceFile& file, const RuleSet& rules, const patterns::Isomorphisms& isomorphisms) {
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
  if (!cutter.choose(rules)) return out;
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
