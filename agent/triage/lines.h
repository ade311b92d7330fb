// Cuts a stream of bytes into lines as a person sees them: without escape codes, a carriage return starts afresh.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace adapt::triage {

struct Line {
  std::string_view text;     // valid during the call
  std::uint64_t number = 1;  // from 1
  std::uint64_t offset = 0;  // bytes, of the line's begin as it was read
};

class LineCutter {
 public:
  // A longer line is handed on in pieces that overlap, all with its number, so that nothing in it is lost.
  static constexpr std::size_t kPiece = std::size_t{64} << 10U;
  static constexpr std::size_t kOverlap = 256;

  using Sink = std::function<void(const Line&)>;
  explicit LineCutter(Sink sink) : sink_(std::move(sink)) {}

  void feed(std::string_view block);
  void finish();  // what is left is a line too

  std::uint64_t lines() const { return number_ - 1; }  // after finish()
  std::uint64_t bytes() const { return bytes_; }

 private:
  void keep(std::string_view text);
  void end_line(std::string_view text, bool plain);
  void hand_on(std::string_view text, bool plain);

  Sink sink_;
  std::string carried_;  // of a line whose end was not seen yet
  std::string cleaned_;
  std::uint64_t number_ = 1, offset_ = 0, bytes_ = 0;
  bool begun_ = false;  // whether anything of the present line was seen
};

// Without escape sequences (CSI, OSC and the short ones), backspaces and other control characters but tabs.
void append_without_escapes(std::string_view text, std::string& out);

}  // namespace adapt::triage
