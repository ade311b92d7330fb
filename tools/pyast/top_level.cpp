#include "tools/pyast/top_level.h"

#include <array>

namespace adapt::pyast {
namespace {

constexpr unsigned kMaxNesting = 64;  // of f-strings in f-strings

constexpr std::array<bool, 256> make_word_table() {
  std::array<bool, 256> table{};
  for (unsigned c = 0; c < 256; ++c)
    table[c] = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 128;
  return table;
}
constexpr std::array<bool, 256> kWord = make_word_table();

bool is_word(char c) { return kWord[static_cast<unsigned char>(c)]; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }
bool ends_line(char c) { return c == '\n' || c == '\r'; }

// What a statement at the left margin goes on with instead of being one of its own.
bool is_clause(std::string_view word) {
  return word == "else" || word == "elif" || word == "except" || word == "finally";
}

bool is_string_prefix(std::string_view word) {
  if (word.size() > 2) return false;
  for (const char c : word)
    if (std::string_view("rRbBuUfFtT").find(c) == std::string_view::npos) return false;
  return true;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::optional<TopLevel> run() {
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    if (!code('\0', 0) || !open_.empty()) return std::nullopt;
    close_statement(text_.size());
    return std::move(out_);
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  // Reads code to the end of the text, or to the bracket or mark that ends the replacement field of an f-string.
  bool code(char until, unsigned depth) {
    const std::size_t brackets = open_.size();
    bool line_start = depth == 0;
    while (at_ < text_.size()) {
      if (line_start) {
        if (!begin_line()) return false;
        line_start = false;
        continue;
      }
      const char c = text_[at_];
      if (until != '\0' && open_.size() == brackets &&
          (c == '}' || (c == ':' && until == ':') || (c == '!' && peek(1) != '=')))
        return true;
      if (is_word(c)) {
        if (!word(depth)) return false;
      } else if (c == '"' || c == '\'') {
        if (!string(false, depth)) return false;
      } else if (c == '#') {
        while (at_ < text_.size() && !ends_line(text_[at_])) ++at_;
      } else if (c == '\\') {
        at_ += peek(1) == '\r' && peek(2) == '\n' ? 3 : 2;
      } else if (c == '\n' || c == '\r') {
        if (c == '\r' && peek(1) != '\n') return false;  // a line end to Python, a blank to the grammar
        at_ += c == '\r' ? 2 : 1;
        line_start = depth == 0 && open_.empty();
      } else {
        if (!mark(c)) return false;
        ++at_;
      }
    }
    return until == '\0';
  }

  bool mark(char c) {
    if (c == '(' || c == '[' || c == '{') {
      open_.push_back(c == '(' ? ')' : c == '[' ? ']' : '}');
    } else if (c == ')' || c == ']' || c == '}') {
      if (open_.empty() || open_.back() != c) return false;
      open_.pop_back();
    } else if (c == ':' && peek(1) == '=') {
      binds_more_ = true;  // at worst a slice like x[:=...], which is no Python
    } else if (is_blank(c)) {
      return true;
    }
    after_as_ = false;
    previous_ = {};
    return true;
  }

  // At the first byte of a line that is in no string, bracket or continuation. False when the text begins indented.
  bool begin_line() {
    bool indented = false;
    const std::size_t line = at_;
    for (; at_ < text_.size() && is_blank(text_[at_]); ++at_) indented = text_[at_] != '\f';
    if (at_ >= text_.size() || ends_line(text_[at_]) || text_[at_] == '#') return true;
    if (indented) return started_;
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const bool clause = is_clause(text_.substr(at_, end - at_));
    const bool decorator = text_[at_] == '@';
    if (!decorated_ && !clause) close_statement(line);
    decorated_ = decorator;
    heading_ = !decorator && !clause;  // the words that follow say whether it is a definition
    is_definition_ = false;
    return true;
  }

  bool word(unsigned depth) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    const char next = peek();
    if ((next == '"' || next == '\'') && is_string_prefix(word)) {
      const bool formatted = word.find_first_of("fFtT") != std::string_view::npos;
      heading_ = false;
      return string(formatted, depth);
    }
    if (heading_) read_heading(word);
    if (word == "global") binds_more_ = true;
    if (after_as_) out_.aliases.emplace_back(original_, word);
    after_as_ = word == "as" && !previous_.empty();
    original_ = previous_;
    previous_ = word;
    return true;
  }

  void read_heading(std::string_view word) {
    if (word == "async") return;
    if (word == "def" || word == "class") {
      is_class_ = word == "class";
      is_definition_ = true;
      return;
    }
    name_ = is_definition_ ? word : std::string_view{};
    heading_ = false;
  }

  // At the opening quote.
  bool string(bool formatted, unsigned depth) {
    const char quote = text_[at_];
    const bool triple = peek(1) == quote && peek(2) == quote;
    after_as_ = false;
    previous_ = {};
    at_ += triple ? 3 : 1;
    if (!triple && peek() == quote && text_[at_ - 1] == quote) {
      ++at_;
      return true;  // empty
    }
    return string_rest(quote, triple, formatted, depth);
  }

  bool string_rest(char quote, bool triple, bool formatted, unsigned depth) {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\') {
        at_ += peek(1) == '\r' && peek(2) == '\n' ? 3 : 2;
      } else if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
        at_ += triple ? 3 : 1;
        return true;
      } else if (!triple && ends_line(c)) {
        return false;
      } else if (formatted && c == '{' && peek(1) == '{') {
        at_ += 2;
      } else if (formatted && c == '{') {
        ++at_;
        if (!replacement(quote, triple, depth + 1)) return false;
      } else {
        ++at_;
      }
    }
    return false;
  }

  // Behind the `{` of a replacement field, up to and with its `}`.
  bool replacement(char quote, bool triple, unsigned depth) {
    if (depth > kMaxNesting || !code(':', depth)) return false;
    if (peek() == '!')
      while (at_ < text_.size() && text_[at_] != ':' && text_[at_] != '}') ++at_;
    if (peek() == ':') {  // a format: text again, with fields of its own
      for (++at_; at_ < text_.size() && text_[at_] != '}';) {
        if (text_[at_] == quote && !triple) return false;
        if (text_[at_++] == '{' && !replacement(quote, triple, depth + 1)) return false;
      }
    }
    if (peek() != '}') return false;
    ++at_;
    return true;
  }

  void close_statement(std::size_t end) {
    if (end > begin_ && (started_ || end == text_.size())) {
      TopLevelStatement statement;
      statement.span = {static_cast<std::uint32_t>(begin_), static_cast<std::uint32_t>(end)};
      if (!binds_more_ && started_) statement.name = name_;
      statement.is_class = is_class_;
      out_.statements.push_back(statement);
      begin_ = end;
    }
    started_ = true;
    binds_more_ = false;
    name_ = {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<char> open_;  // closing brackets that are awaited
  TopLevel out_;
  // The statement that is being read
  std::size_t begin_ = 0;
  bool started_ = false;  // what stands before the first statement belongs to it
  bool decorated_ = false;
  bool heading_ = false;
  bool is_definition_ = false;
  bool is_class_ = false;
  bool binds_more_ = false;
  std::string_view name_;
  // For `A as B`
  std::string_view previous_, original_;
  bool after_as_ = false;
};

}  // namespace

std::optional<TopLevel> split_top_level(std::string_view text) { return Splitter(text).run(); }

}  // namespace adapt::pyast
