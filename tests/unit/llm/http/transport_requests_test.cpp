// What goes out, how often, and over which connection.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "exchange_text.h"

namespace adapt::llm {
namespace {

using fakes::answer;
using fakes::answers;
using fakes::Connection;
using fakes::FaultServer;
using fakes::SeenRequest;

HttpRequest to(const FaultServer& server, std::string body = "{}") {
  return {.url = server.url("/v1/x?y=1"), .headers = {{"content-type", "application/json"}}, .body = std::move(body)};
}

TEST(TransportRequests, SendsWhatItIsGivenAndLittleElse) {
  FaultServer server(answers({answer(200, "ok")}));
  HttpRequest request = to(server, "{\"a\":1}");
  request.headers.push_back({"x-api-key", "k"});
  request.headers.push_back({"x-empty", ""});
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, request).heard, (Heard{200, "ok", EndKind::complete}));
  ASSERT_EQ(server.requests().size(), 1U);
  const SeenRequest seen = server.requests()[0];
  EXPECT_EQ(seen.head, "POST /v1/x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                           "\r\nAccept: */*\r\ncontent-type: application/json\r\nx-api-key: k\r\nx-empty:\r\n"
                           "accept-encoding: identity\r\nContent-Length: 7");
  EXPECT_EQ(seen.body, "{\"a\":1}");
}

TEST(TransportRequests, SendsOtherMethodsAndEmptyBodies) {
  FaultServer server(answers({answer(200, "ok")}));
  const auto transport = start_transport();
  for (const char* method : {"GET", "DELETE", "POST"}) {
    HttpRequest request = to(server, "");
    request.method = method;
    EXPECT_EQ(ask(*transport, request).heard, (Heard{200, "ok", EndKind::complete})) << method;
    EXPECT_EQ(server.requests().back().line(), std::string(method) + " /v1/x?y=1 HTTP/1.1");
  }
}

// conformance 13
TEST(TransportRequests, ThousandRequestsOverConnectionsThatTheServerClosesWhenIdleArriveOnceEach) {
  constexpr std::size_t kEach = 50;  // requests until the server closes the connection
  FaultServer server([](Connection& c) {
    for (std::size_t i = 0; i < kEach; ++i) {
      const auto request = c.request();
      if (!request || !c.send(answer(200, request->body))) return;
    }
  });
  const auto transport = start_transport();
  for (std::size_t i = 0; i < 1000; ++i) {
    const std::string body = "request " + std::to_string(i);
    ASSERT_EQ(ask(*transport, to(server, body)).heard, (Heard{200, body, EndKind::complete}));
    // Closed while idle, not under a request.
    ASSERT_TRUE((i + 1) % kEach != 0 || server.wait_ended((i + 1) / kEach));
  }
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 1000U);
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(seen[i].body, "request " + std::to_string(i));
    EXPECT_EQ(seen[i].connection, i / kEach);
  }
}

// A reader of a stream stops at its last event, which comes before the stream's end.
TEST(TransportRequests, AConnectionWhoseAnswerEndsSoonAfterItsReaderServesTheNextRequest) {
  FaultServer server([](Connection& c) {
    for (int i = 0; i < 2; ++i) {
      if (!c.request()) return;
      c.send(fakes::head(200, fakes::kChunked) + fakes::chunk("data: last\n\n"));
      c.sleep(50);
      c.send(fakes::chunk(": and a rest\n\n") + fakes::chunk(""));
    }
  });
  const auto transport = start_transport();
  for (int i = 0; i < 2; ++i) {
    const auto exchange = transport->send(to(server));
    EXPECT_EQ(std::get<Head>(exchange->next()).status, 200);
    EXPECT_EQ(std::get<Bytes>(exchange->next()).data, "data: last\n\n");
    exchange->finish();
    if (i == 0) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  ASSERT_TRUE(server.wait_ended(1));
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests()[1].connection, 0U);
}

TEST(TransportRequests, AConnectionWhoseAnswerDoesNotEndIsClosedSoon) {
  FaultServer server([](Connection& c) {
    c.request();
    c.send(fakes::head(200, fakes::kChunked) + fakes::chunk("data: last\n\n"));
    EXPECT_TRUE(c.wait_closed());
  });
  const auto transport = start_transport();
  {
    const auto exchange = transport->send(to(server));
    exchange->next();
    exchange->next();
    exchange->finish();
  }
  EXPECT_TRUE(server.wait_ended(1));
}

// conformance 13
TEST(TransportRequests, ARequestLostWithAKeptConnectionIsACutAndNeverSentTwice) {
  FaultServer server([](Connection& c) {
    c.request();
    c.send(answer(200, "one"));
    c.request();  // taken in whole, then the server dies: who knows what it has done
  });
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, to(server, "first")).heard, (Heard{200, "one", EndKind::complete}));
  const Listener got = ask(*transport, to(server, "second"));
  EXPECT_EQ(got.heard, (Heard{0, "", EndKind::cut}));
  EXPECT_TRUE(got.detail.ends_with(": the kept connection was closed before an answer came")) << got.detail;
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_EQ(seen[1].connection, 0U) << "the second request did not use the kept connection";
  EXPECT_EQ(ask(*transport, to(server, "third")).heard, (Heard{200, "one", EndKind::complete}));
}

// conformance 13
TEST(TransportRequests, ALargeRequestLostWithAKeptConnectionIsNotSentTwiceEither) {
  FaultServer server([](Connection& c) {
    c.request();
    c.send(answer(200, "one"));
    c.request();
    c.reset();
  });
  const auto transport = start_transport();
  ask(*transport, to(server, "first"));
  EXPECT_EQ(ask(*transport, to(server, std::string(5U << 20U, 'x'))).heard, (Heard{0, "", EndKind::cut}));
  EXPECT_EQ(server.requests().size(), 2U);
}

// conformance 16
TEST(TransportRequests, ARedirectIsNotFollowedAndTheKeyStays) {
  FaultServer other(answers({answer(200, "stolen")}));
  for (const int status : {301, 302, 303, 307, 308}) {
    FaultServer server(answers({answer(status, "", "location: " + other.url() + "\r\n")}));
    HttpRequest request = to(server);
    request.headers.push_back({"authorization", "Bearer k"});
    const auto transport = start_transport();
    const Listener got = ask(*transport, request);
    EXPECT_EQ(got.heard, (Heard{status, "", EndKind::complete}));
    EXPECT_EQ(header(got.headers, "location"), other.url());
  }
  EXPECT_EQ(other.connections().size(), 0U);
}

// "hello hello hello\n", packed by gzip.
const std::string kPacked(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x5c\x00\x3b\x7c\x8a\xdf\x12\x00\x00"
    "\x00",
    29);

// conformance 17
TEST(TransportRequests, PackedAnswersAreAskedForAndUnpackedWhereNothingIsStreamed) {
  for (const int status : {200, 429}) {
    FaultServer server(answers({answer(status, kPacked, "content-encoding: gzip\r\n")}));
    HttpRequest request = to(server);
    request.stream = false;
    const auto transport = start_transport();
    EXPECT_EQ(ask(*transport, request).heard, (Heard{status, "hello hello hello\n", EndKind::complete}));
    EXPECT_NE(server.requests()[0].header("accept-encoding").find("gzip"), std::string::npos);
  }
}

// conformance 17
TEST(TransportRequests, AnErrorThatComesPackedIsUnpackedThoughTheStreamAskedForNone) {
  FaultServer server(answers({answer(500, kPacked, "content-encoding: gzip\r\n")}));
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, to(server)).heard, (Heard{500, "hello hello hello\n", EndKind::complete}));
  EXPECT_EQ(server.requests()[0].header("accept-encoding"), "identity");
}

TEST(TransportRequests, APackedAnswerCountsByItsUnpackedSize) {
  FaultServer server(answers({answer(200, kPacked, "content-encoding: gzip\r\n")}));
  HttpRequest request = to(server);
  request.max_bytes = 17;
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, request).heard, (Heard{200, "", EndKind::oversized}));
}

// conformance 19
TEST(TransportRequests, ALargeBodyIsSentWithoutAskingFirst) {
  FaultServer server(answers({answer(200, "ok")}));
  const std::string body(5'000'000, 'x');
  HttpRequest request = to(server, body);
  request.headers.push_back({"Expect", "100-continue"});
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, request).heard, (Heard{200, "ok", EndKind::complete}));
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].header("expect"), "");
  EXPECT_TRUE(server.requests()[0].body == body);
}

TEST(TransportRequests, AnAnswerBeforeTheBodyIsTakenIsHeard) {
  FaultServer server([](Connection& c) {
    c.send(answer(413, "too large", "connection: close\r\n"));
    c.wait_closed();
  });
  const auto transport = start_transport();
  const Listener got = ask(*transport, to(server, std::string(5'000'000, 'x')));
  EXPECT_EQ(got.heard.status, 413);
  EXPECT_EQ(got.heard.body, "too large");
}

}  // namespace
}  // namespace adapt::llm
