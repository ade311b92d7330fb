// An answer under construction: our own words, and what is not ours between data marks. Never longer than kMaxReply.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "tools/base/result.h"
#include "tools/toolbox/toolbox.h"

namespace adapt::toolbox {

class Answer {
 public:
  template <class... Parts>
  Answer& say(fmt::format_string<Parts...> format, Parts&&... parts) {
    return line(fmt::format(format, std::forward<Parts>(parts)...));
  }
  Answer& line(std::string_view text);
  // At most `max_bytes` of it, and no more than there is room for.
  Answer& data(std::string_view source, std::string_view text, std::size_t max_bytes = kMaxReply);

  Reply reply() && { return {.text = std::move(text_)}; }
  // For a call that could not do what it was asked, see Toolbox::call.
  tl::unexpected<Error> complaint() && { return tl::unexpected<Error>(Error{ErrorKind::usage, std::move(text_)}); }

 private:
  std::string text_;
};

}  // namespace adapt::toolbox
