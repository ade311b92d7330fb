#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace adapt::llm {

// Of a request or an answer, in order; names in lower case.
using Headers = std::vector<std::pair<std::string, std::string>>;

// ASCII letters only, as names of headers and hosts have them.
inline std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

// The first value of `name`, or "".
inline std::string_view header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers)
    if (key == name) return value;
  return {};
}

}  // namespace adapt::llm
