#include "patterns/search/excerpt.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "tools/pyast/top_level.h"

namespace adapt::search {

using patterns::Edit;
using patterns::SourceFile;
using pyast::TopLevel;

struct Excerpt::Statement {
  pyast::TopLevelStatement text;
  bool kept = false;
  bool broken = false;
};

namespace {

// In which statements the words that the rules ask for stand.
class WordMap {
 public:
  WordMap(std::string_view text, const TopLevel& top, const RuleSet& rules)
      : rules_(rules), count_(top.statements.size()), statements_of_(rules.word_count()) {
    std::unordered_map<index::WordHash, std::vector<std::uint32_t>> other_names;
    for (const auto& [name, alias] : top.aliases)
      if (const std::uint32_t number = rules.number_of(index::word_hash(name)); number != RuleSet::kNoWord)
        other_names[index::word_hash(alias)].push_back(number);
    std::size_t statement = 0;
    index::for_each_word(text, [&](std::size_t begin, std::size_t, index::WordHash hash) {
      while (statement + 1 < count_ && begin >= top.statements[statement].span.end) ++statement;
      if (const std::uint32_t number = rules.number_of(hash); number != RuleSet::kNoWord) add(number, statement);
      if (other_names.empty()) return;
      if (const auto found = other_names.find(hash); found != other_names.end())
        for (const std::uint32_t number : found->second) add(number, statement);
    });
  }

  // Statements that hold a word of each clause, perhaps some more than once.
  std::vector<std::size_t> holding(const Edit& edit) const {
    const auto& clauses = edit.before.filter.clauses();
    std::vector<std::size_t> out;
    if (clauses.empty()) {
      for (std::size_t i = 0; i < count_; ++i) out.push_back(i);
      return out;
    }
    const auto rarest = std::min_element(clauses.begin(), clauses.end(), [&](const auto& a, const auto& b) {
      return places(a) < places(b);
    });
    for (const index::WordHash word : *rarest) {
      const auto& found = statements_of(word);
      out.insert(out.end(), found.begin(), found.end());
    }
    std::erase_if(out, [&](std::size_t statement) {
      return !std::all_of(clauses.begin(), clauses.end(), [&](const auto& clause) {
        return std::any_of(clause.begin(), clause.end(), [&](index::WordHash word) {
          const auto& found = statements_of(word);
          return std::binary_search(found.begin(), found.end(), statement);
        });
      });
    });
    return out;
  }

  bool holds_somewhere(const Edit& edit) const {
    const auto& clauses = edit.before.filter.clauses();
    return std::all_of(clauses.begin(), clauses.end(), [&](const auto& clause) { return places(clause) > 0; });
  }

 private:
  void add(std::uint32_t number, std::size_t statement) {
    auto& found = statements_of_[number];
    if (found.empty() || found.back() != statement) found.push_back(statement);
  }
  const std::vector<std::size_t>& statements_of(index::WordHash word) const {
    return statements_of_[rules_.number_of(word)];
  }
  std::size_t places(const std::vector<index::WordHash>& clause) const {
    std::size_t out = 0;
    for (const index::WordHash word : clause) out += statements_of(word).size();
    return out;
  }

  const RuleSet& rules_;
  std::size_t count_;
  std::vector<std::vector<std::size_t>> statements_of_;  // by number of the word, ascending
};

bool is_python(std::string_view text) {
  const auto document = pyast::Document::parse(std::string(text));
  return document && (*document)->error_count() == 0;
}

}  // namespace

// A statement that is left out binds what it would bind. Others than definitions may bind anything and always stay.
void Excerpt::add(const Statement& statement, std::string_view text, std::string& out) {
  const pyast::Span span = statement.text.span;
  if (statement.broken || (!statement.kept && !statement.text.name.empty())) {
    if (statement.text.name.empty()) return;
    out.append(statement.text.is_class ? "class " : "def ").append(statement.text.name);
    out.append(statement.text.is_class ? ":0\n" : "():0\n");
    return;
  }
  const auto at = static_cast<std::uint32_t>(out.size());
  const std::uint32_t length = span.end - span.begin;
  if (!pieces_.empty() && pieces_.back().begin + pieces_.back().length == at &&
      pieces_.back().original + pieces_.back().length == span.begin)
    pieces_.back().length += length;
  else
    pieces_.push_back({at, span.begin, length});
  out.append(text.substr(span.begin, length));
}

Result<void> Excerpt::parse(const SourceFile& file, std::string text, const patterns::Isomorphisms& isomorphisms) {
  parsed_bytes_ += text.size();
  ADAPT_TRY(parsed_, patterns::parse_source({file.module, file.file, std::move(text), file.role}, isomorphisms));
  return {};
}

Result<Excerpt> Excerpt::of(const SourceFile& file, const RuleSet& rules, const patterns::Isomorphisms& isomorphisms) {
  const std::string_view text = file.text;
  Excerpt out;
  const auto top = pyast::split_top_level(text);
  if (!top) {  // all of it, as far as the grammar gets
    if (!rules.may_match(index::words_of(text))) return out;
    out.pieces_.push_back({0, 0, static_cast<std::uint32_t>(text.size())});
    ADAPT_TRY_VOID(out.parse(file, file.text, isomorphisms));
    out.is_whole_and_broken_ = out.parsed_.document->error_count() != 0;
    return out;
  }
  const WordMap words(text, *top, rules);
  std::vector<Statement> statements;
  for (const pyast::TopLevelStatement& statement : top->statements) statements.push_back({statement});
  bool any = false;
  for (const Rule& rule : rules.rules())
    for (const Edit* edit : rule.edits) {
      if (rule.is_local) {
        for (const std::size_t i : words.holding(*edit)) any = statements[i].kept = true;
      } else if (words.holds_somewhere(*edit)) {
        any = true;
        for (Statement& statement : statements) statement.kept = true;
      }
    }
  if (!any) return out;

  const auto assemble = [&] {
    std::string excerpt;
    out.pieces_.clear();
    for (const Statement& statement : statements) out.add(statement, text, excerpt);
    return excerpt;
  };
  ADAPT_TRY_VOID(out.parse(file, assemble(), isomorphisms));
  if (out.parsed_.document->error_count() == 0) return out;
  for (Statement& statement : statements) {
    if (!statement.kept && !statement.text.name.empty()) continue;
    const pyast::Span span = statement.text.span;
    statement.broken = !is_python(text.substr(span.begin, span.end - span.begin));
    if (statement.broken) out.broken_.push_back(span.begin);
  }
  ADAPT_TRY_VOID(out.parse(file, assemble(), isomorphisms));
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
