#include "agent/triage/words.h"

#include <algorithm>

namespace adapt::triage {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::size_t end_of_address(std::string_view line, std::size_t at) {
  const std::string_view rest = line.substr(at);
  if (!rest.starts_with("http://") && !rest.starts_with("https://")) return at;
  return std::min(line.find_first_of(" \t", at), line.size());
}

std::vector<std::string> single_words(std::string_view line) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < line.size() && out.size() < kMaxWords;) {
    if (const std::size_t end = end_of_address(line, i); end != i) {
      i = end;
      continue;
    }
    if (!is_letter(line[i]) && !is_digit(line[i])) {
      ++i;
      continue;
    }
    std::string word;
    for (; i < line.size() && (is_letter(line[i]) || is_digit(line[i])); ++i) {
      const char c = is_digit(line[i]) ? '#' : lower(line[i]);
      if (c != '#' || word.empty() || word.back() != '#') word += c;
    }
    if (word.size() > 1 && word.size() <= 40) out.push_back(std::move(word));
  }
  return out;
}

}  // namespace

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out = single_words(line);
  const std::size_t count = out.size();
  for (std::size_t i = 1; i < count; ++i) out.push_back(out[i - 1] + " " + out[i]);
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace adapt::triage
