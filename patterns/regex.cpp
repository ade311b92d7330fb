#include "patterns/regex.h"

#include <regex.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace adapt::patterns {

struct Regex::Compiled {
  regex_t anywhere{};
  regex_t whole{};
  bool has_anywhere = false;
  bool has_whole = false;
  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (has_anywhere) regfree(&anywhere);
    if (has_whole) regfree(&whole);
  }
};

namespace {

// POSIX takes a backslash inside [...] literally and knows no \d, so classes are spelled out.
Result<std::string> to_posix(std::string_view in) {
  std::string out;
  bool in_set = false;
  std::size_t repeats = 1;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const char c = in[i];
    if (c == '\0') return fail(ErrorKind::parse, "a regular expression holds a zero byte");
    if (c == '\\') {
      if (++i == in.size()) return fail(ErrorKind::parse, "regular expression '{}' ends in a backslash", in);
      const char e = in[i];
      if (std::isdigit(static_cast<unsigned char>(e)) != 0)
        return fail(ErrorKind::parse, "regular expression '{}' has a back-reference; they are not allowed", in);
      if (e == 'd')
        out += in_set ? "0-9" : "[0-9]";
      else if (e == 'n')
        out += '\n';
      else if (e == 't')
        out += '\t';
      else if (in_set && e == 'w')
        out += "[:alnum:]_";
      else if (in_set && e == 's')
        out += "[:space:]";
      else if (in_set && (e == ']' || e == '^' || e == '-'))
        return fail(ErrorKind::parse, "regular expression '{}': write '{}' outside the brackets", in, e);
      else if (in_set)
        out += e;
      else if (std::isalpha(static_cast<unsigned char>(e)) != 0 &&
               std::string_view("wWsSbB").find(e) == std::string_view::npos)
        return fail(ErrorKind::parse, "regular expression '{}': '\\{}' is not known", in, e);
      else
        (out += '\\') += e;
      continue;
    }
    if (!in_set && c == '(' && in.substr(i).starts_with("(?:")) {
      out += '(';
      i += 2;
      continue;
    }
    if (!in_set && c == '(' && in.substr(i).starts_with("(?"))
      return fail(ErrorKind::parse, "regular expression '{}': of the '(?...)' forms only '(?:...)' is known", in);
    if (!in_set && c == '{') {  // nested counts multiply the size of the automaton
      std::size_t number = 0;
      std::size_t largest = 1;
      for (std::size_t k = i + 1; k < in.size() && in[k] != '}'; ++k) {
        number = std::isdigit(static_cast<unsigned char>(in[k])) != 0 && number < 10000
                     ? number * 10 + static_cast<std::size_t>(in[k] - '0')
                     : 0;
        largest = std::max(largest, number);
      }
      repeats *= largest;
      if (repeats > 1000) return fail(ErrorKind::parse, "regular expression '{}' repeats more than 1000 times", in);
    }
    if (!in_set && c == '[') {
      in_set = true;
      out += c;
      if (i + 1 < in.size() && in[i + 1] == '^') out += in[++i];
      if (i + 1 < in.size() && in[i + 1] == ']') out += in[++i];
      continue;
    }
    if (in_set && c == ']') in_set = false;
    out += c;
  }
  return out;
}

std::string cut(std::string_view text) { return std::string(text.substr(0, Regex::kMaxInput)); }

}  // namespace

Result<Regex> Regex::compile(std::string_view expression, bool ignore_case) {
  if (expression.size() > kMaxExpression)
    return fail(ErrorKind::parse, "a regular expression is longer than {} characters", kMaxExpression);
  ADAPT_TRY(const std::string posix, to_posix(expression));
  auto compiled = std::make_shared<Compiled>();
  const int flags = REG_EXTENDED | REG_NOSUB | (ignore_case ? REG_ICASE : 0);
  const auto make = [&](regex_t& into, bool& has, const std::string& text) -> Result<void> {
    if (const int code = regcomp(&into, text.c_str(), flags); code != 0) {
      std::array<char, 128> why{};
      regerror(code, &into, why.data(), why.size());
      return fail(ErrorKind::parse, "regular expression '{}': {}", expression, why.data());
    }
    has = true;
    return {};
  };
  ADAPT_TRY_VOID(make(compiled->anywhere, compiled->has_anywhere, posix));
  ADAPT_TRY_VOID(make(compiled->whole, compiled->has_whole, "^(" + posix + ")$"));
  Regex regex;
  regex.text_ = std::string(expression);
  regex.compiled_ = std::move(compiled);
  return regex;
}

bool Regex::found_in(std::string_view text) const {
  return compiled_ && regexec(&compiled_->anywhere, cut(text).c_str(), 0, nullptr, 0) == 0;
}

bool Regex::matches_all(std::string_view text) const {
  return compiled_ && regexec(&compiled_->whole, cut(text).c_str(), 0, nullptr, 0) == 0;
}

}  // namespace adapt::patterns
