// Cuts a stream of bytes into lines, and refuses a line over the limit before it is held.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::client {

inline constexpr std::size_t kMaxLine = std::size_t{1} << 20U;  // bytes, with the newline

class LineReader {
 public:
  // The lines that `bytes` completes, without their ends. Nothing more comes once too_long() holds.
  std::vector<std::string> feed(std::string_view bytes);
  bool too_long() const { return too_long_; }
  // What came after the last newline.
  std::string_view rest() const { return rest_; }

 private:
  std::string rest_;
  bool too_long_ = false;
};

}  // namespace adapt::client
