#include "agent/emit/python_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "agent/emit/python_literal.h"
#include "tools/base/text.h"

namespace adapt::emit {
namespace {

constexpr std::size_t kIndent = 4;

char closing(char open) { return open == '(' ? ')' : open == '[' ? ']' : '}'; }

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// A call keeps its arguments together on a line of their own where they fit; a display is always one item a line.
bool is_call(const Code& code) {
  return code.open == '(' && !code.text.empty() &&
         (is_word(code.text.back()) || code.text.back() == ')' || code.text.back() == ']');
}

bool is_lone_in_tuple(const Code& code) { return code.open == '(' && !is_call(code) && code.items.size() == 1; }

std::string flat(const Code& code) {
  if (code.open == '\0') return code.text;
  std::string out = code.text + code.open;
  for (std::size_t i = 0; i < code.items.size(); ++i) out += (i == 0 ? "" : ", ") + flat(code.items[i]);
  if (is_lone_in_tuple(code)) out += ',';
  return out + closing(code.open);
}

// Columns, not bytes.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

void emit(std::string& out, std::string_view prefix, const Code& code, std::string_view suffix, std::size_t indent) {
  const std::string blanks(indent, ' ');
  const std::string whole = blanks + std::string(prefix) + flat(code) + std::string(suffix);
  if (width(whole) <= kPythonColumns || code.open == '\0' || code.items.empty()) {
    out += whole + "\n";
    return;
  }
  out += blanks + std::string(prefix) + code.text + code.open + "\n";
  std::string together;
  for (const Code& item : code.items) together += (together.empty() ? "" : ", ") + flat(item);
  const bool lone_argument = is_call(code) && code.items.size() == 1;
  if (is_call(code) && indent + kIndent + width(together) <= kPythonColumns)
    out += blanks + std::string(kIndent, ' ') + together + "\n";
  else
    for (const Code& item : code.items) emit(out, "", item, lone_argument ? "" : ",", indent + kIndent);
  out += blanks + closing(code.open) + std::string(suffix) + "\n";
}

}  // namespace

Code call(std::string function, std::vector<Code> arguments) {
  return {std::move(function), '(', std::move(arguments)};
}
Code list(std::vector<Code> items, std::string before) { return {std::move(before), '[', std::move(items)}; }
Code tuple(std::vector<Code> items) { return {"", '(', std::move(items)}; }
Code dictionary(std::vector<Code> entries, std::string before) { return {std::move(before), '{', std::move(entries)}; }

Code named(std::string before, Code item) {
  item.text = std::move(before) + item.text;
  return item;
}

Code code_of(const Json& value) {
  if (value.is_string()) return {python_quoted(value.get<std::string>())};
  if (value.is_array()) {
    std::vector<Code> items;
    for (const Json& item : value) items.push_back(code_of(item));
    return list(std::move(items));
  }
  if (value.is_object()) {
    std::vector<Code> entries;
    for (const auto& [key, item] : value.items()) entries.push_back(named(python_quoted(key) + ": ", code_of(item)));
    return dictionary(std::move(entries));
  }
  return {python_literal(value)};
}

std::string python_quoted(std::string_view text) {
  std::string quoted = dump(Json(text));
  if (!contains(text, "\"") || contains(text, "'")) return quoted;
  return "'" + replace_all(quoted.substr(1, quoted.size() - 2), "\\\"", "\"") + "'";
}

std::string laid_out(std::string_view prefix, const Code& code, std::size_t indent) {
  std::string out;
  emit(out, prefix, code, "", indent);
  return out;
}

std::vector<std::string> wrapped(std::string_view prose, std::size_t indent, std::size_t columns) {
  std::vector<std::string> out;
  std::string line;
  for (const std::string_view word : split(prose, ' ')) {
    if (word.empty()) continue;
    if (!line.empty() && indent + width(line) + 1 + width(word) > columns) {
      out.push_back(std::string(indent, ' ') + line);
      line.clear();
    }
    line += (line.empty() ? "" : " ") + std::string(word);
  }
  if (!line.empty()) out.push_back(std::string(indent, ' ') + line);
  return out;
}

std::string docstring_text(std::string_view text, std::size_t limit) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool blank = byte <= ' ' || byte == 0x7F;
    if (blank && (out.empty() || out.back() == ' ')) continue;
    if (c == '\\')
      out += "\\\\";
    else
      out += blank ? ' ' : c;
    if (out.size() < limit) continue;
    while (!out.empty() && !is_utf8(out)) out.pop_back();
    while (out.ends_with('\\')) out.pop_back();
    out += "...";
    break;
  }
  while (out.ends_with(' ')) out.pop_back();
  if (!is_utf8(out))
    std::replace_if(
        out.begin(), out.end(), [](char c) { return (static_cast<unsigned char>(c) & 0x80U) != 0; }, '?');
  return replace_all(replace_all(out, "\"\"\"", "'''"), "'''", "'");
}

std::string identifier(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.empty() && out.back() != '_')
      out += '_';
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  return out.empty() ? "model" : out;
}

bool is_dotted_name(std::string_view text) {
  return std::ranges::all_of(split(text, '.'), [](std::string_view part) {
    return !part.empty() && std::isdigit(static_cast<unsigned char>(part.front())) == 0 &&
           std::ranges::all_of(part, is_word);
  });
}

}  // namespace adapt::emit
