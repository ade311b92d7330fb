#include "agent/llm/http/network_environment.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <vector>

#include "agent/llm/http/headers.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

std::string first_of(std::initializer_list<const char*> names) {
  for (const char* name : names)
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  return "";
}

bool is_byte(std::string_view digits) {
  unsigned value = 256;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} && end == digits.data() + digits.size() && value < 256;
}

}  // namespace

NetworkEnvironment NetworkEnvironment::of_process() {
  return {
      .http_proxy = first_of({"http_proxy"}),
      .https_proxy = first_of({"https_proxy", "HTTPS_PROXY"}),
      .all_proxy = first_of({"all_proxy", "ALL_PROXY"}),
      .no_proxy = first_of({"no_proxy", "NO_PROXY"}),
      .ca_file = first_of({"CURL_CA_BUNDLE", "SSL_CERT_FILE"}),
  };
}

std::string NetworkEnvironment::proxy_for(std::string_view scheme, std::string_view host) const {
  if (is_loopback(host)) return "";
  const std::string& own = scheme == "https" ? https_proxy : http_proxy;
  return own.empty() ? all_proxy : own;
}

bool is_loopback(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host == "::1") return true;
  const std::string name = lower_case(host);
  if (name == "localhost" || name.ends_with(".localhost")) return true;
  const std::vector<std::string_view> parts = split(host, '.');
  return parts.size() == 4 && parts[0] == "127" && std::all_of(parts.begin(), parts.end(), is_byte);
}

}  // namespace adapt::llm
