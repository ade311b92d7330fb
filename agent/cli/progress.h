// Progress for people, on stderr: what is being done, for how long, and how far it got.
#pragma once

#include <cstdio>
#include <mutex>
#include <string>
#include <string_view>

#include "agent/pipeline/progress.h"
#include "tools/base/clock.h"

namespace adapt::cli {

// On a terminal one line is redrawn; elsewhere each change of candidate or stage is a line of its own.
class TerminalProgress final : public pipeline::Progress {
 public:
  TerminalProgress(const Clock& clock, std::FILE* out, bool quiet);
  ~TerminalProgress() override;
  TerminalProgress(const TerminalProgress&) = delete;
  TerminalProgress& operator=(const TerminalProgress&) = delete;

  void candidate(std::string_view description) override;
  void stage(std::string_view stage) override;
  void line(std::string_view text) override;  // a finding worth keeping on the screen

 private:
  void redraw();
  void clear();

  const Clock& clock_;
  std::FILE* out_;
  bool quiet_;
  bool is_terminal_;
  std::int64_t start_ms_;
  std::mutex mutex_;  // stages of overlapping calls report from two threads
  std::string candidate_;
  std::string stage_;
  std::string furthest_;
  bool drawn_ = false;
};

}  // namespace adapt::cli
