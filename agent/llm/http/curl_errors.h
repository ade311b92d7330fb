// What went wrong in a transfer, in words that hold nothing of the request but its host and port.
#pragma once

#include <curl/curl.h>

#include <string>
#include <string_view>

namespace adapt::llm {

// `place` is "host:port". libcurl's own error texts are not used: some of them quote headers, URLs or proxy passwords.
std::string describe_failure(CURL* handle, CURLcode code, std::string_view place);

}  // namespace adapt::llm
