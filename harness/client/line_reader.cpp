#include "harness/client/line_reader.h"

namespace adapt::client {

std::vector<std::string> LineReader::feed(std::string_view bytes) {
  std::vector<std::string> lines;
  while (!too_long_ && !bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (rest_.size() + part.size() + 1 > kMaxLine) {
      too_long_ = true;
      rest_.clear();
      break;
    }
    rest_ += part;
    if (end == std::string_view::npos) break;
    lines.push_back(std::move(rest_));
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace adapt::client
