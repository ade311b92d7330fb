// Server-sent events out of whatever pieces the bytes arrive in.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "tools/base/result.h"

namespace adapt::llm {

struct SseEvent {
  std::string name;  // "" when the server named none
  std::string data;  // lines joined with '\n'
};

// LF, CRLF and CR end lines, also mixed; a byte order mark at the start is skipped; comments, `id:` and `retry:` are
// ignored. An event that no blank line ended is never handed out. Holds at most kMaxEventBytes.
class SseDecoder {
 public:
  static constexpr std::size_t kMaxEventBytes = std::size_t{32} << 20U;

  explicit SseDecoder(std::size_t max_event_bytes = kMaxEventBytes) : max_event_bytes_(max_event_bytes) {}

  // Calls `on_event` for each event that these bytes complete. Fails (kind llm) when one event is too large; the
  // decoder is of no more use then.
  Result<void> feed(std::string_view bytes, const std::function<void(const SseEvent&)>& on_event);

  // Comment lines so far: heartbeats.
  std::size_t comments() const { return comments_; }
  // Whether bytes of an unfinished event are held.
  bool has_rest() const { return !line_.empty() || has_data_ || !event_.name.empty(); }

 private:
  void end_line(const std::function<void(const SseEvent&)>& on_event);

  std::size_t max_event_bytes_;
  std::string line_;
  SseEvent event_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool at_start_ = true;
  std::size_t comments_ = 0;
};

}  // namespace adapt::llm
