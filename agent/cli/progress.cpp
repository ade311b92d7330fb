#include "agent/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "harness/client/vocabulary.h"

namespace adapt::cli {

TerminalProgress::TerminalProgress(const Clock& clock, std::FILE* out, bool quiet)
    : clock_(clock),
      out_(out),
      quiet_(quiet),
      is_terminal_(::isatty(::fileno(out)) == 1),
      start_ms_(clock.monotonic_ms()) {}

TerminalProgress::~TerminalProgress() {
  const std::lock_guard lock(mutex_);
  clear();
}

void TerminalProgress::clear() {
  if (drawn_) fmt::print(out_, "\r\x1b[K");
  drawn_ = false;
}

void TerminalProgress::redraw() {
  if (quiet_) return;
  const double elapsed = static_cast<double>(clock_.monotonic_ms() - start_ms_) / 1000.0;
  const std::string past = furthest_.empty() || furthest_ == stage_ ? "" : fmt::format(" (furthest: {})", furthest_);
  const std::string text = fmt::format("[{:6.1f} s] {}: {}{}", elapsed, candidate_, stage_, past);
  if (!is_terminal_) {
    fmt::print(out_, "{}\n", text);
    return;
  }
  clear();
  fmt::print(out_, "{}", text);
  std::fflush(out_);
  drawn_ = true;
}

void TerminalProgress::candidate(std::string_view description) {
  const std::lock_guard lock(mutex_);
  candidate_ = description;
  stage_.clear();
}

void TerminalProgress::stage(std::string_view stage) {
  const std::lock_guard lock(mutex_);
  if (stage_ == stage) return;
  stage_ = stage;
  const auto known = client::parse_stage(stage);
  if (known && (furthest_.empty() || *known > client::parse_stage(furthest_))) furthest_ = stage;
  redraw();
}

void TerminalProgress::line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (quiet_) return;
  clear();
  fmt::print(out_, "{}\n", text);
}

}  // namespace adapt::cli
