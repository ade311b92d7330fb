// What is kept of a stream that may be endless: its first and its last bytes, and how many between them were dropped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace adapt::sandbox {

inline constexpr std::size_t kKeptHead = std::size_t{64} << 10U;          // bytes
inline constexpr std::size_t kKeptTail = std::size_t{192} << 10U;         // bytes
inline constexpr std::uint64_t kOutputLimit = std::uint64_t{256} << 20U;  // bytes; more stops the process

class CappedText {
 public:
  explicit CappedText(std::size_t head_limit = kKeptHead, std::size_t tail_limit = kKeptTail)
      : head_limit_(head_limit), tail_limit_(tail_limit) {}

  void append(std::string_view bytes);
  std::uint64_t total() const { return total_; }  // bytes seen
  std::uint64_t dropped() const;                  // bytes seen and not kept
  std::string text() const;                       // head, a line that counts the dropped bytes (if any), tail

 private:
  std::size_t head_limit_;
  std::size_t tail_limit_;
  std::uint64_t total_ = 0;
  std::string head_;
  std::string tail_;  // up to twice the limit, cut from time to time
};

}  // namespace adapt::sandbox
