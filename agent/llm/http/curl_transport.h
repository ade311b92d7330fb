// Transport over libcurl: one thread owns one multi handle, callers wait for pieces.
//
// A request is sent at most once: when a kept connection breaks under it, the exchange ends as cut. Proxies are taken
// from the environment, never for this machine itself. Certificates and host names are always checked.
#pragma once

#include <memory>

#include "agent/llm/http/network_environment.h"
#include "agent/llm/http/transport.h"
#include "tools/base/result.h"

namespace adapt::llm {

class CurlLoop;

class CurlTransport final : public Transport {
 public:
  // Fails (environment) when libcurl cannot be set up.
  static Result<std::unique_ptr<CurlTransport>> start(
      NetworkEnvironment environment = NetworkEnvironment::of_process());
  // Ends every exchange that is under way as cancelled, then waits for the thread. Exchanges may outlive it.
  ~CurlTransport() override;

  std::unique_ptr<Exchange> send(HttpRequest request) override;

 private:
  explicit CurlTransport(std::shared_ptr<CurlLoop> loop);
  std::shared_ptr<CurlLoop> loop_;  // shared with the exchanges, which may end later
};

}  // namespace adapt::llm
