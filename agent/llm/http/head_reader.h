// The head of an answer, from the lines that libcurl hands over one by one. Knows nothing of libcurl.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "agent/llm/http/transport.h"

namespace adapt::llm {

class HeadReader {
 public:
  // Of all heads and trailers of an answer together: interim answers (1xx) may come without end.
  static constexpr std::size_t kMaxBytes = std::size_t{128} << 10U;

  enum class State : std::uint8_t {
    reading,
    complete,  // said once, at the empty line of the first head that is no interim answer
    done,      // later lines are trailers, which nobody wants
    oversized,
  };
  // `line` with its line end.
  State take(std::string_view line);
  const Head& head() const { return head_; }

 private:
  void begin(std::string_view status_line);
  void add(std::string_view line);

  Head head_;
  std::size_t bytes_ = 0;
  bool done_ = false;
};

}  // namespace adapt::llm
