#include "agent/forge/python_literal.h"

#include <charconv>
#include <cmath>
#include <string>

#include "tools/base/text.h"

namespace adapt::forge {
namespace {

void append_utf8(std::string& out, std::uint32_t rune) {
  const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((rune >> shift) & 0x3FU)); };
  if (rune < 0x80) {
    out += static_cast<char>(rune);
  } else if (rune < 0x800) {
    out += static_cast<char>(0xC0U | (rune >> 6U));
    tail(0);
  } else if (rune < 0x10000) {
    out += static_cast<char>(0xE0U | (rune >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (rune >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Json> whole() {
    ADAPT_TRY(Json out, value(0));
    skip_blanks();
    if (at_ < text_.size()) return wrong("something follows");
    return out;
  }

 private:
  tl::unexpected<Error> wrong(std::string_view what) const {
    return fail(ErrorKind::parse, "no Python literal: {} at byte {}", what, at_);
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (at_ < text_.size() && contains(" \t\r\n", text_.substr(at_, 1))) ++at_;
  }
  bool take(char c) {
    skip_blanks();
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  Result<Json> value(int depth) {
    if (depth > kMostLiteralDepth) return wrong("too deep");
    skip_blanks();
    const char c = peek();
    if (c == '{') return dict(depth);
    if (c == '[' || c == '(') return list(depth, c == '[' ? ']' : ')');
    if (c == '\'' || c == '"') {
      ADAPT_TRY(std::string out, string());
      return Json(std::move(out));
    }
    return word();
  }

  Result<Json> dict(int depth) {
    ++at_;
    Json out = Json::object();
    while (!take('}')) {
      ADAPT_TRY(Json key, value(depth + 1));
      if (!key.is_string()) return wrong("a key that is no text");
      if (!take(':')) return wrong("no ':'");
      ADAPT_TRY(Json item, value(depth + 1));
      out[key.get<std::string>()] = std::move(item);
      if (!take(',') && (skip_blanks(), peek() != '}')) return wrong("no ','");
    }
    return out;
  }

  Result<Json> list(int depth, char close) {
    ++at_;
    Json out = Json::array();
    while (!take(close)) {
      ADAPT_TRY(Json item, value(depth + 1));
      out.push_back(std::move(item));
      if (!take(',') && (skip_blanks(), peek() != close)) return wrong("no ','");
    }
    return out;
  }

  Result<std::string> string() {
    const char quote = text_[at_++];
    std::string out;
    while (peek() != quote) {
      if (at_ >= text_.size()) return wrong("a string that does not end");
      if (peek() != '\\') {
        out += text_[at_++];
        continue;
      }
      ++at_;
      ADAPT_TRY_VOID(escape(out));
    }
    ++at_;
    return out;
  }

  Result<void> escape(std::string& out) {
    constexpr std::string_view kNames = "nrt\\'\"/bf", kBytes = "\n\r\t\\'\"/\b\f";
    const char c = peek();
    ++at_;
    if (const std::size_t known = c == '\0' ? std::string_view::npos : kNames.find(c);
        known != std::string_view::npos) {
      out += kBytes[known];
      return {};
    }
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    std::uint32_t rune = 0;
    const std::string_view hex = at_ + digits <= text_.size() ? text_.substr(at_, digits) : std::string_view();
    const auto [end, code] = std::from_chars(hex.data(), hex.data() + hex.size(), rune, 16);
    if (digits == 0 || code != std::errc() || end != hex.data() + digits || rune > 0x10FFFF) return wrong("an escape");
    at_ += digits;
    append_utf8(out, rune >= 0xD800 && rune <= 0xDFFF ? 0xFFFD : rune);
    return {};
  }

  Result<Json> word() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !contains(",:]})( \t\r\n", text_.substr(at_, 1))) ++at_;
    const std::string_view word = text_.substr(begin, at_ - begin);
    if (word == "True" || word == "true") return Json(true);
    if (word == "False" || word == "false") return Json(false);
    if (word == "None" || word == "null") return Json();
    if (word == "nan" || word == "inf" || word == "-inf")
      return Json(std::string(word));  // as the checked readers take it
    std::int64_t integer = 0;
    double number = 0;
    const char* const end = word.data() + word.size();
    if (const auto [last, code] = std::from_chars(word.data(), end, integer); code == std::errc() && last == end)
      return Json(integer);
    if (const auto [last, code] = std::from_chars(word.data(), end, number);
        code == std::errc() && last == end && std::isfinite(number))
      return Json(number);
    at_ = begin;
    return wrong("an unknown word");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Json> parse_python_literal(std::string_view text) { return Parser(text).whole(); }

}  // namespace adapt::forge
