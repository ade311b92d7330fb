#include "sandbox/capped_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace adapt::sandbox {

void CappedText::append(std::string_view bytes) {
  total_ += bytes.size();
  const std::size_t to_head = std::min(bytes.size(), head_limit_ - head_.size());
  head_ += bytes.substr(0, to_head);
  bytes.remove_prefix(to_head);
  if (bytes.size() > tail_limit_) bytes.remove_prefix(bytes.size() - tail_limit_);
  tail_ += bytes;
  if (tail_.size() > 2 * tail_limit_) tail_.erase(0, tail_.size() - tail_limit_);
}

std::uint64_t CappedText::dropped() const { return total_ - head_.size() - std::min(tail_.size(), tail_limit_); }

std::string CappedText::text() const {
  const std::string_view tail = std::string_view(tail_).substr(tail_.size() - std::min(tail_.size(), tail_limit_));
  if (dropped() == 0) return head_ + std::string(tail);
  return fmt::format("{}\n[{} bytes dropped]\n{}", head_, dropped(), tail);
}

}  // namespace adapt::sandbox
