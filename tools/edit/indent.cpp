#include "tools/edit/indent.h"

#include <algorithm>
#include <vector>

namespace adapt::edit {
namespace {

// The lines of `code`, each with its line end; whether it starts inside a string.
struct Line {
  std::string_view text;
  bool in_string = false;
};

std::size_t end_of_line(std::string_view code, std::size_t at) { return std::min(code.find('\n', at), code.size()); }

// One past the string that opens at `at`. A string with one quote ends with its line unless a backslash continues it,
// so a stray quote costs one line and not the rest of the code.
std::size_t end_of_string(std::string_view code, std::size_t at) {
  const std::string_view three = code.substr(at, 3);
  const bool triple = three.size() == 3 && three[0] == three[1] && three[1] == three[2];
  const std::string_view quote = triple ? three : three.substr(0, 1);
  for (std::size_t i = at + quote.size(); i < code.size(); ++i) {
    if (code[i] == '\\') {
      const bool crlf = code.substr(i + 1, 2) == "\r\n";
      i += crlf ? 2 : 1;
    } else if (code.substr(i, quote.size()) == quote) {
      return i + quote.size();
    } else if (code[i] == '\n' && !triple) {
      return i;
    }
  }
  return code.size();
}

std::vector<Line> lines_of(std::string_view code) {
  std::vector<Line> lines;
  std::size_t line_start = 0;
  bool in_string = false;
  const auto finish_lines_before = [&](std::size_t limit, bool string_goes_on) {
    for (std::size_t end = code.find('\n', line_start); end < limit; end = code.find('\n', line_start)) {
      lines.push_back({code.substr(line_start, end + 1 - line_start), in_string});
      line_start = end + 1;
      in_string = string_goes_on;
    }
  };
  for (std::size_t at = 0; at < code.size();) {
    const char c = code[at];
    if (c == '#') {
      at = end_of_line(code, at);
    } else if (c == '\'' || c == '"') {
      finish_lines_before(at, false);
      at = end_of_string(code, at);
      finish_lines_before(at, true);
    } else {
      ++at;
    }
  }
  finish_lines_before(code.size(), false);
  if (line_start < code.size()) lines.push_back({code.substr(line_start), in_string});
  return lines;
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\f\r\n") == std::string_view::npos; }

std::string_view indentation_of(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t\f"), line.size()));
}

// A line that is indented less than the base (a comment, the inside of brackets) loses what it shares with it.
std::string_view without(std::string_view base, std::string_view line) {
  const std::size_t limit = std::min(base.size(), line.size());
  std::size_t shared = 0;
  while (shared < limit && base[shared] == line[shared]) ++shared;
  return line.substr(shared);
}

std::string reindent_from(std::size_t first, std::string_view code, std::string_view indentation) {
  const std::vector<Line> lines = lines_of(code);
  const auto code_line =
      std::find_if(lines.begin(), lines.end(), [](const Line& line) { return !is_blank(line.text); });
  const std::string_view base = code_line == lines.end() ? std::string_view() : indentation_of(code_line->text);
  std::string out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Line& line = lines[i];
    if (i < first || line.in_string || is_blank(line.text)) {
      out += line.text;
    } else {
      out += indentation;
      out += without(base, line.text);
    }
  }
  return out;
}

}  // namespace

std::string reindent(std::string_view code, std::string_view indentation) {
  return reindent_from(1, code, indentation);
}

std::string indent_block(std::string_view code, std::string_view indentation) {
  return reindent_from(0, code, indentation);
}

}  // namespace adapt::edit
