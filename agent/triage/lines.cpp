#include "agent/triage/lines.h"

#include <algorithm>
#include <cstring>

namespace adapt::triage {
namespace {

constexpr char kEscape = '\x1b';
constexpr std::size_t kMaxSequence = 256;  // bytes; what is longer is no escape sequence

bool has(std::string_view text, char c) { return std::memchr(text.data(), c, text.size()) != nullptr; }

bool is_plain(std::string_view text) {
  return text.empty() || (!has(text, kEscape) && !has(text, '\r') && !has(text, '\0') && !has(text, '\b'));
}

// Length of the escape sequence that `text` begins with.
std::size_t sequence_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  const std::size_t most = std::min(text.size(), kMaxSequence);
  if (text[1] == '[') {  // parameters, then one byte from @ to ~
    for (std::size_t i = 2; i < most; ++i) {
      if (text[i] >= '@' && text[i] <= '~') return i + 1;
      if (text[i] < ' ' || text[i] > '?') return i;
    }
    return most == text.size() ? most : 2;
  }
  if (text[1] == ']' || text[1] == 'P' || text[1] == '_' ||
      text[1] == '^') {  // a string, ended by BEL or ESC and a backslash
    for (std::size_t i = 2; i < most; ++i) {
      if (text[i] == '\a') return i + 1;
      if (text[i] == kEscape) return i + 1 < text.size() && text[i + 1] == '\\' ? i + 2 : i;
    }
    return most == text.size() ? most : 2;
  }
  std::size_t i = 1;
  while (i < most && text[i] >= ' ' && text[i] <= '/') ++i;  // such as the choice of a character set
  return std::min(i + 1, text.size());
}

}  // namespace

void append_without_escapes(std::string_view text, std::string& out) {
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == kEscape) {
      i += sequence_length(text.substr(i));
      continue;
    }
    ++i;
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= ' ' && byte != 0x7f) || c == '\t') out += c;
  }
}

void LineCutter::feed(std::string_view block) {
  const bool plain = is_plain(block);
  while (!block.empty()) {
    const void* found = std::memchr(block.data(), '\n', block.size());
    if (found == nullptr) {
      bytes_ += block.size();
      return keep(block);
    }
    const auto length = static_cast<std::size_t>(static_cast<const char*>(found) - block.data());
    end_line(block.substr(0, length), plain);
    block.remove_prefix(length + 1);
    bytes_ += length + 1;
    offset_ = bytes_;
  }
}

void LineCutter::finish() {
  if (begun_) end_line({}, true);
}

// Also hands on what is longer than a piece.
void LineCutter::keep(std::string_view text) {
  if (text.empty()) return;
  begun_ = true;
  while (carried_.size() + text.size() > kPiece) {
    const std::size_t room = kPiece - carried_.size();
    carried_ += text.substr(0, room);
    text.remove_prefix(room);
    hand_on(carried_, false);
    carried_.erase(0, carried_.size() - kOverlap);
  }
  carried_ += text;
}

void LineCutter::end_line(std::string_view text, bool plain) {
  if (carried_.empty() && text.size() <= kPiece) {
    hand_on(text, plain);
  } else {
    keep(text);
    hand_on(carried_, false);
  }
  carried_.clear();
  begun_ = false;
  ++number_;
}

void LineCutter::hand_on(std::string_view text, bool plain) {
  if (plain || is_plain(text)) return sink_({text, number_, offset_});
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\r'), text.size());
    cleaned_.clear();
    append_without_escapes(text.substr(0, end), cleaned_);
    if (!cleaned_.empty()) sink_({cleaned_, number_, offset_});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace adapt::triage
