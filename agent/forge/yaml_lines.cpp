#include "agent/forge/yaml_lines.h"

#include <algorithm>

#include "tools/base/text.h"

namespace adapt::forge {
namespace {

struct Line {
  Range range;  // without the line end
  std::size_t next = 0;
  std::size_t indent = 0;
  bool silent = false;  // blank or a comment
};

Line line_at(std::string_view text, std::size_t begin, std::size_t block_end) {
  const std::size_t newline = std::min(text.find('\n', begin), block_end);
  Line out{.range = {begin, newline}, .next = std::min(newline + 1, block_end)};
  if (newline > begin && text[newline - 1] == '\r') --out.range.end;
  const std::string_view content = part_of(text, out.range);
  out.indent = std::min(content.find_first_not_of(' '), content.size());
  out.silent = trim(content).empty() || content[out.indent] == '#';
  return out;
}

std::size_t end_of_brackets(std::string_view text, std::size_t at) {
  std::size_t open = 0;
  for (std::size_t i = at; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      const auto end = end_of_quotes(text, i);
      if (!end) return std::string_view::npos;
      i = *end;
      continue;
    }
    if (c == '#' && (text[i - 1] == ' ' || text[i - 1] == '\n')) {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (c == '[' || c == '{') ++open;
    if ((c == ']' || c == '}') && --open == 0) return i + 1;
    ++i;
  }
  return std::string_view::npos;
}

// Up to a comment, without the spaces before it.
std::size_t end_of_plain(std::string_view text, Range line) {
  std::size_t end = line.end;
  for (std::size_t i = line.begin + 1; i < line.end; ++i)
    if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t')) {
      end = i;
      break;
    }
  while (end > line.begin && (text[end - 1] == ' ' || text[end - 1] == '\t')) --end;
  return end;
}

// Where the value of a piece ends; `last` is the end of the last line that is its own.
std::size_t end_of_value(std::string_view text, std::size_t begin, const Line& line, std::size_t last) {
  const char first = text[begin];
  const std::string_view own = text.substr(0, last);
  std::size_t end = std::string_view::npos;
  if (first == '"' || first == '\'')
    end = end_of_quotes(own, begin).value_or(std::string_view::npos);
  else if (first == '[' || first == '{')
    end = end_of_brackets(own, begin);
  else if (last <= line.next)
    end = end_of_plain(text, {begin, line.range.end});
  return end == std::string_view::npos ? last : end;
}

struct Key {
  std::string name;
  std::size_t colon = 0;
};

// The key that begins the line, if one does.
std::optional<Key> key_of(std::string_view text, const Line& line) {
  const std::size_t begin = line.range.begin + line.indent;
  if (begin >= line.range.end || line.silent) return std::nullopt;
  const auto ends_key = [&](std::size_t colon) {
    return colon < line.range.end && text[colon] == ':' &&
           (colon + 1 == line.range.end || text[colon + 1] == ' ' || text[colon + 1] == '\t');
  };
  if (text[begin] == '"' || text[begin] == '\'') {
    const auto end = end_of_quotes(text.substr(0, line.range.end), begin);
    if (!end) return std::nullopt;
    const std::size_t colon = std::min(text.find_first_not_of(' ', *end), text.size());
    if (!ends_key(colon)) return std::nullopt;
    return Key{std::string(text.substr(begin + 1, *end - begin - 2)), colon + 1};
  }
  if (text.substr(begin).starts_with("- ")) return std::nullopt;
  for (std::size_t colon = begin; colon < line.range.end; ++colon)
    if (ends_key(colon)) return Key{std::string(trim(text.substr(begin, colon - begin))), colon + 1};
  return std::nullopt;
}

void finish(std::string_view text, const Line& line, std::size_t last, Piece& piece) {
  piece.whole = {line.range.begin, last};
  const std::size_t content = std::min(text.find_first_not_of(" \t", piece.colon), line.range.end);
  const bool has_value = content < line.range.end && text[content] != '#';
  piece.value = {content, has_value ? end_of_value(text, content, line, last) : content};
  if (has_value && text[piece.value.end - 1] == '\n') --piece.value.end;
  if (has_value && piece.value.end > piece.value.begin && text[piece.value.end - 1] == '\r') --piece.value.end;
  if (!has_value) piece.value = {piece.colon, piece.colon};
  const bool goes_on = piece.value.end > line.range.end;
  piece.children = goes_on ? Range{last, last} : Range{std::min(line.next, last), last};
}

}  // namespace

std::optional<std::size_t> end_of_quotes(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (std::size_t i = at + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '"' || i + 1 >= text.size() || text[i + 1] != '\'') return i + 1;
      ++i;
    }
  }
  return std::nullopt;
}

std::string_view part_of(std::string_view text, Range range) {
  return text.substr(range.begin, range.end - range.begin);
}

std::vector<Piece> pieces_of(std::string_view text, Range block) {
  std::vector<Piece> out;
  std::optional<Line> open;        // the line of the last key
  std::size_t last = block.begin;  // where the last line of that key's ends
  std::size_t indent = 0,
              number = 1 + static_cast<std::size_t>(
                               std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(block.begin), '\n'));
  for (std::size_t at = block.begin; at < block.end; ++number) {
    const Line line = line_at(text, at, block.end);
    at = line.next;
    if (line.range.empty() || (line.silent && (!open || line.indent <= indent))) continue;
    const auto key = !open || line.indent <= indent ? key_of(text, line) : std::nullopt;
    if (key) {
      if (open) finish(text, *open, last, out.back());
      if (out.empty()) indent = line.indent;
      out.push_back({.key = key->name, .indent = line.indent, .line = number, .colon = key->colon});
      open = line;
    }
    if (open && !trim(part_of(text, line.range)).empty()) last = line.next;
  }
  if (open) finish(text, *open, last, out.back());
  return out;
}

}  // namespace adapt::forge
