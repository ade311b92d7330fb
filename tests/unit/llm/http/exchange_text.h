// What a caller got out of an exchange, as values to compare.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent/llm/http/curl_transport.h"
#include "tests/fakes/fault_server.h"

namespace adapt::llm {

inline std::ostream& operator<<(std::ostream& out, EndKind kind) {
  constexpr const char* kNames[] = {"complete", "connect", "cut", "timed_out", "cancelled", "oversized"};
  return out << kNames[static_cast<int>(kind)];
}

// A whole exchange.
struct Heard {
  int status = 0;  // 0: there was no head
  std::string body;
  EndKind end = EndKind::complete;
  bool operator==(const Heard&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Heard& heard) {
  return out << heard.status << " '" << heard.body.substr(0, 200) << "' " << heard.end;
}

struct Listener {
  Heard heard;
  Headers headers;
  std::string detail;

  // False once the end has come.
  bool take(Piece piece) {
    if (auto* head = std::get_if<Head>(&piece)) {
      EXPECT_EQ(heard.status, 0) << "a second head";
      heard.status = head->status;
      headers = head->headers;
    } else if (auto* bytes = std::get_if<Bytes>(&piece)) {
      EXPECT_NE(heard.status, 0) << "bytes before a head";
      heard.body += bytes->data;
    } else {
      heard.end = std::get<End>(piece).kind;
      detail = std::get<End>(piece).detail;
      return false;
    }
    return true;
  }
};

inline Listener listen(Exchange& exchange) {
  Listener listener;
  while (listener.take(exchange.next())) {
  }
  return listener;
}

// Until bytes have come; false: the end came before.
inline bool listen_for_bytes(Exchange& exchange, Listener& listener) {
  while (listener.heard.body.empty())
    if (!listener.take(exchange.next())) return false;
  return true;
}

inline std::unique_ptr<CurlTransport> start_transport(NetworkEnvironment environment = {}) {
  auto transport = CurlTransport::start(std::move(environment));
  if (!transport) ADD_FAILURE() << transport.error().message;
  return std::move(transport).value();
}

inline Listener ask(Transport& transport, HttpRequest request) { return listen(*transport.send(std::move(request))); }

}  // namespace adapt::llm
