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

// First words of statements that bind something, or of which that is not known, without an '=' or ':' to show it.
bool may_bind(std::string_view word) {
  for (const std::string_view known : {"import", "from", "del", "type", "global", "nonlocal", "exec"})
    if (word == known) return true;
  return false;
}

// Characters that are blanks to the grammar only: nobody writes them in code.
bool has_odd_blank(std::string_view word) {
  for (const std::string_view mark : {"\xef\xbb\xbf", "\xe2\x81\xa0", "\xe2\x80\x8b"})
    if (word.find(mark) != std::string_view::npos) return true;
  return false;
}

bool is_string_prefix(std::string_view word) {
  if (word.size() > 2) return false;
  for (const char c : word)
    if (std::string_view("rRbBuUfFtT").find(c) == std::string_view::npos) return false;
  return true;
}

// A statement that is being read: of the module, or of a class in it.
struct Open {
  std::size_t begin = 0;
  bool started = false;    // what stands before the first statement belongs to it
  bool decorated = false;  // only decorators yet
  bool heading = false;    // the next words say what it is
  bool is_function = false, is_class = false;
  bool in_body = false;   // behind the colon of its heading
  bool one_line = false;  // the body stands behind the colon
  std::string_view body;  // indentation of its first line
  bool binds_more = false;
  std::string_view name, first;  // of a definition; its first word
  std::size_t equals = 0;        // '=' outside of brackets
  std::size_t value = 0;         // behind the first of them
  bool is_plain_target = false;  // the first '=' came right behind the first word
  bool has_colon = false, has_semicolon = false;
  bool is_annotated = false;
};

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
        const std::size_t begin = at_;
        while (at_ < text_.size() && !ends_line(text_[at_])) ++at_;
        add_text(begin);
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

  void add_text(std::size_t begin) {
    out_.texts.push_back({static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(at_)});
  }

  bool mark(char c) {
    if (c == '(' || c == '[' || c == '{') {
      open_.push_back(c == '(' ? ')' : c == '[' ? ']' : '}');
    } else if (c == ')' || c == ']' || c == '}') {
      if (open_.empty() || open_.back() != c) return false;
      open_.pop_back();
    } else if (c == ':' && peek(1) == '=') {
      see_walrus();  // at worst a slice like x[:=...], which is no Python
    } else if (is_blank(c)) {
      return true;
    } else if (open_.empty()) {
      see_mark(top_, c);
      if (in_member_) see_mark(member_, c);
    }
    after_as_ = false;
    previous_ = {};
    return true;
  }

  void see_mark(Open& open, char c) {
    if (c == '=' && ++open.equals == 1) {
      open.value = at_ + 1;
      open.is_plain_target = open.is_annotated || (!open.first.empty() && previous_.data() == open.first.data());
    }
    if (c == ';') open.has_semicolon = true;
    if (c == ':') {
      // `name: annotation = value` has one, right behind the name.
      open.is_annotated = !open.has_colon && !open.first.empty() && previous_.data() == open.first.data();
      open.has_colon = true;
      if (!open.decorated && !open.in_body && (open.is_function || open.is_class)) {
        open.in_body = true;
        const std::size_t next = text_.find_first_not_of(" \t\f\r", at_ + 1);
        open.one_line = next != std::string_view::npos && text_[next] != '\n' && text_[next] != '#';
      }
    }
  }

  // It binds in the function around it, else in the class or module.
  void see_walrus() {
    if (in_member_) {
      if (!(member_.is_function && member_.in_body)) member_.binds_more = true;
    } else if (!(top_.is_function && top_.in_body)) {
      top_.binds_more = true;
    }
  }

  // At the first byte of a line that is in no string, bracket or continuation. False when the text begins indented.
  bool begin_line() {
    const std::size_t line = at_;
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (at_ >= text_.size() || ends_line(text_[at_]) || text_[at_] == '#') return true;
    out_.lines.push_back(static_cast<std::uint32_t>(line));
    const std::string_view indentation = text_.substr(line, at_ - line);
    const std::size_t end = indentation.find_last_of('\f');  // a form feed starts the count anew
    if (end == std::string_view::npos ? indentation.empty() : end + 1 == indentation.size()) {
      if (continues(top_)) return true;
      close_statement(line);
      begin(top_, top_.started ? line : 0);
      return true;
    }
    if (!top_.started) return false;
    see_indented(top_, indentation);
    if (top_.is_class && !top_.name.empty() && is_regular_) member_line(line, indentation);
    return true;
  }

  void member_line(std::size_t line, std::string_view indentation) {
    if (!in_member_) {
      is_regular_ = indentation.find('\f') == std::string_view::npos;
      indentation_ = indentation;
    } else if (indentation != indentation_) {
      is_regular_ = indentation.starts_with(indentation_);
      see_indented(member_, indentation);
      return;
    } else if (continues(member_)) {
      return;
    } else {
      close_member(line);
    }
    in_member_ = true;
    begin(member_, line);
  }

  // The grammar lets indentation go wrong and may see such a line outside of the statement.
  static void see_indented(Open& open, std::string_view indentation) {
    if (!open.in_body || open.one_line)
      open.binds_more = true;
    else if (open.body.empty())
      open.body = indentation;
    else if (!indentation.starts_with(open.body))
      open.binds_more = true;
  }

  // Whether the line at hand belongs to the statement before it: a clause, or what is decorated.
  bool continues(Open& open) {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    const bool clause = is_clause(text_.substr(at_, end - at_));
    if (!clause && !open.decorated) return false;
    open.heading = !clause && text_[at_] != '@';
    open.decorated = !clause && text_[at_] == '@';
    return true;
  }

  void begin(Open& open, std::size_t from) {
    open = Open{};
    open.begin = from;
    open.started = true;
    open.decorated = text_[at_] == '@';
    open.heading = !open.decorated;
  }

  bool word(unsigned depth) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (has_odd_blank(word)) return false;
    const char next = peek();
    if ((next == '"' || next == '\'') && is_string_prefix(word)) {
      const bool formatted = word.find_first_of("fFtT") != std::string_view::npos;
      top_.heading = member_.heading = false;
      return string(formatted, depth);
    }
    if (in_member_) read_heading(member_, word);
    if (!in_member_) read_heading(top_, word);
    if (word == "global") top_.binds_more = member_.binds_more = true;
    if (after_as_) out_.aliases.emplace_back(original_, word);
    after_as_ = word == "as" && !previous_.empty();
    original_ = previous_;
    previous_ = word;
    return true;
  }

  static void read_heading(Open& open, std::string_view word) {
    if (!open.heading || word == "async") return;
    if (open.first.empty()) open.first = word;
    if (word == "def" || word == "class") {
      open.is_class = word == "class";
      open.is_function = !open.is_class;
      return;
    }
    if (open.is_class || open.is_function) open.name = word;
    open.heading = false;
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
    std::size_t begin = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\') {
        at_ += peek(1) == '\r' && peek(2) == '\n' ? 3 : 2;
      } else if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
        add_text(begin);
        at_ += triple ? 3 : 1;
        return true;
      } else if (!triple && ends_line(c)) {
        return false;
      } else if (formatted && c == '{' && peek(1) == '{') {
        at_ += 2;
      } else if (formatted && c == '{') {
        add_text(begin);
        ++at_;
        if (!replacement(quote, triple, depth + 1)) return false;
        begin = at_;
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

  Binds binds(const Open& open) const {
    if (!open.started || open.binds_more) return Binds::anything;
    if (!open.name.empty()) return open.is_class ? Binds::class_ : Binds::function;
    if ((open.has_colon && !(open.is_annotated && open.equals == 1)) || open.has_semicolon || may_bind(open.first))
      return Binds::anything;
    if (open.equals == 0) return Binds::nothing;
    if (open.equals > 1 || !open.is_plain_target) return Binds::anything;
    // `x = None` is a placeholder to whoever asks what a name means.
    const std::size_t value = text_.find_first_not_of(" \t(", open.value);
    const bool plain = value != std::string_view::npos && text_.substr(value, 4) != "None" && text_[value] != '#' &&
                       text_[value] != '\\' && !ends_line(text_[value]);
    return plain ? Binds::variable : Binds::anything;
  }

  Statement closed(const Open& open, std::size_t end) const {
    Statement out;
    out.span = {static_cast<std::uint32_t>(open.begin), static_cast<std::uint32_t>(end)};
    out.binds = binds(open);
    out.name = out.binds == Binds::variable ? open.first : open.name;
    return out;
  }

  void close_member(std::size_t end) { members_.push_back(closed(member_, end)); }

  void close_statement(std::size_t end) {
    if (in_member_) close_member(end);
    if (end > top_.begin && (top_.started || end == text_.size())) {
      Statement& statement = out_.statements.emplace_back(closed(top_, end));
      if (is_regular_ && in_member_) {
        statement.members = std::move(members_);
        statement.indentation = indentation_;
      }
    }
    members_.clear();
    member_ = {};
    in_member_ = false;
    is_regular_ = true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<char> open_;  // closing brackets that are awaited
  TopLevel out_;
  Open top_;
  // Of the class that is being read
  Open member_;
  bool in_member_ = false;
  bool is_regular_ = true;  // its lines show where members begin
  std::string_view indentation_;
  std::vector<Statement> members_;
  // For `A as B`
  std::string_view previous_, original_;
  bool after_as_ = false;
};

}  // namespace

std::optional<TopLevel> split_top_level(std::string_view text) { return Splitter(text).run(); }

}  // namespace adapt::pyast
