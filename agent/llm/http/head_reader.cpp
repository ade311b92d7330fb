#include "agent/llm/http/head_reader.h"

#include <charconv>

#include "tools/base/text.h"

namespace adapt::llm {
HeadReader::State HeadReader::take(std::string_view line) {
  bytes_ += line.size();
  if (bytes_ > kMaxBytes) return State::oversized;
  if (done_) return State::done;
  const bool folded = !line.empty() && (line.front() == ' ' || line.front() == '\t');
  const std::string_view text = trim(line);
  if (text.empty()) {
    done_ = head_.status >= 200;
    return done_ ? State::complete : State::reading;
  }
  if (folded && !head_.headers.empty()) {
    head_.headers.back().second.append(" ").append(text);
  } else if (text.starts_with("HTTP/")) {
    begin(text);
  } else {
    add(text);
  }
  return State::reading;
}

// "HTTP/1.1 200 OK", "HTTP/2 200"
void HeadReader::begin(std::string_view status_line) {
  head_ = {};
  const std::size_t space = status_line.find(' ');
  if (space == std::string_view::npos) return;
  const std::string_view rest = trim(status_line.substr(space));
  std::from_chars(rest.data(), rest.data() + rest.size(), head_.status);
}

void HeadReader::add(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  head_.headers.emplace_back(lower_case(trim(line.substr(0, colon))), trim(line.substr(colon + 1)));
}

}  // namespace adapt::llm
