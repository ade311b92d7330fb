// The error objects of all kinds of servers, read into one form. For classify() only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::llm {

struct ErrorBody {
  // The server's own words in the order in which they decide: details' code, code, reason, type, status.
  std::vector<std::string> words;
  std::string code, type;  // of the error object
  std::string message;
  std::string request_id;
  int status = 0;  // a code that is an HTTP status
  std::optional<std::int64_t> wait_ms;
};

// Whatever is no error object gives no words and no message.
ErrorBody read_error_body(std::string_view body);

}  // namespace adapt::llm
