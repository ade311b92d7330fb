#include "agent/llm/http/curl_errors.h"

#include <fmt/format.h>

#include <system_error>

namespace adapt::llm {
namespace {

// The results of OpenSSL's check of a chain that people meet (X509_V_ERR_...).
std::string certificate_complaint(long result) {
  switch (result) {
    case 0:
    case 1:  // the chain was good and libcurl stopped before it noted that
      return "its certificate was issued to another host name";
    case 10: return "its certificate has expired";
    case 18: return "its certificate is self-signed";
    case 19:
    case 20:
    case 21: return "its certificate comes from an authority that is not trusted here";
    default: return fmt::format("its certificate was refused (result {})", result);
  }
}

}  // namespace

std::string describe_failure(CURL* handle, CURLcode code, std::string_view place) {
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    long result = 0;
    curl_easy_getinfo(handle, CURLINFO_SSL_VERIFYRESULT, &result);
    return fmt::format("{}: {}", place, certificate_complaint(result));
  }
  long number = 0;
  curl_easy_getinfo(handle, CURLINFO_OS_ERRNO, &number);
  if (number == 0) return fmt::format("{}: {}", place, curl_easy_strerror(code));
  return fmt::format("{}: {} ({})", place, curl_easy_strerror(code),
                     std::generic_category().message(static_cast<int>(number)));
}

}  // namespace adapt::llm
