// What of the process's environment concerns the network. Read once and handed on, so that a test can hold it still and
// nothing reads the environment while another thread changes it.
#pragma once

#include <string>
#include <string_view>

namespace adapt::llm {

struct NetworkEnvironment {
  std::string http_proxy{};   // http_proxy in lower case only: where programs answer HTTP, a client can set HTTP_PROXY
  std::string https_proxy{};  // https_proxy, else HTTPS_PROXY
  std::string all_proxy{};    // all_proxy, else ALL_PROXY: for the scheme that has none of its own
  std::string no_proxy{};     // no_proxy, else NO_PROXY: hosts and domains behind commas, or "*"
  std::string ca_file{};      // CURL_CA_BUNDLE, else SSL_CERT_FILE; "": what libcurl was built with

  static NetworkEnvironment of_process();

  // The proxy for a request, "": none. A host that is this machine is never asked for through a proxy.
  std::string proxy_for(std::string_view scheme, std::string_view host) const;
};

// "localhost", names below it, 127.0.0.0/8, ::1 (with or without brackets).
bool is_loopback(std::string_view host);

}  // namespace adapt::llm
