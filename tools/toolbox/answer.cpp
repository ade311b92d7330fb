#include "tools/toolbox/answer.h"

#include <algorithm>

#include "tools/toolbox/quote.h"

namespace adapt::toolbox {
namespace {

constexpr std::size_t kReserve = 1024;  // for our own lines behind a long piece of data

}  // namespace

Answer& Answer::line(std::string_view text) {
  const std::size_t room = kMaxReply - text_.size();
  const std::string shown = capped(clean(text), std::min(room < 2 ? 0 : room - 1, kMaxReply / 4));
  if (!shown.empty()) text_ += shown + "\n";
  return *this;
}

Answer& Answer::data(std::string_view source, std::string_view text, std::size_t max_bytes) {
  const std::size_t taken = text_.size() + kMaxMarks + kReserve;
  if (taken + 200 > kMaxReply) return line("[no room for more]");
  text_ += quote(source, text, std::min(max_bytes, kMaxReply - taken));
  return *this;
}

}  // namespace adapt::toolbox
