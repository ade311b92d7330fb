// Clocks of an exchange against a server that is slow in every way. Minutes are scaled to fractions of a second.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>

#include "exchange_text.h"

namespace adapt::llm {
namespace {

using fakes::chunk;
using fakes::Connection;
using fakes::FaultServer;
using fakes::head;
using fakes::kChunked;

HttpRequest to(const FaultServer& server, Clocks clocks) {
  return {.url = server.url("/v1/x"), .body = "{}", .clocks = clocks};
}

// conformance 7
TEST(TransportClocks, HeartbeatsAloneKeepAStreamAlive) {
  FaultServer server([](Connection& c) {
    c.request();
    c.send(head(200, kChunked));
    for (int i = 0; i < 60; ++i) {
      c.sleep(50);
      c.send(chunk(":\n\n"));
    }
    c.send(chunk("data: 1\n\n") + chunk(""));
  });
  std::string beats;
  for (int i = 0; i < 60; ++i) beats += ":\n\n";
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, to(server, {.idle = 2000})).heard, (Heard{200, beats + "data: 1\n\n", EndKind::complete}));
}

// conformance 8
TEST(TransportClocks, SilenceBetweenPiecesEndsAsIdleAndKeepsWhatCame) {
  FaultServer server([](Connection& c) {
    c.request();
    c.send(head(200, kChunked) + chunk("data: 1\n\n"));
    c.wait_closed();
  });
  const auto transport = start_transport();
  const Listener got = ask(*transport, to(server, {.idle = 200}));
  EXPECT_EQ(got.heard, (Heard{200, "data: 1\n\n", EndKind::timed_out}));
  EXPECT_TRUE(got.detail.starts_with("idle: ")) << got.detail;
  EXPECT_TRUE(server.wait_ended(1)) << "the connection stayed open";
}

TEST(TransportClocks, SilenceInsideTheHeadEndsAsIdle) {
  FaultServer server([](Connection& c) {
    c.request();
    c.send("HTTP/1.1 200 OK\r\na: 1\r\n");
    c.wait_closed();
  });
  const auto transport = start_transport();
  const Listener got = ask(*transport, to(server, {.idle = 200}));
  EXPECT_EQ(got.heard, (Heard{0, "", EndKind::timed_out}));
  EXPECT_TRUE(got.detail.starts_with("idle: ")) << got.detail;
}

// conformance 12
TEST(TransportClocks, ALateHeadIsFineWithinItsLimit) {
  FaultServer server([](Connection& c) {
    c.request();
    c.sleep(400);
    c.send(fakes::answer(200, "late"));
  });
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, to(server, {.first_byte = 20'000, .idle = 100})).heard,
            (Heard{200, "late", EndKind::complete}));
}

// conformance 12
TEST(TransportClocks, AHeadThatDoesNotComeEndsAsFirstByte) {
  FaultServer server([](Connection& c) {
    c.request();
    c.wait_closed();
  });
  const auto transport = start_transport();
  const Listener got = ask(*transport, to(server, {.first_byte = 200}));
  EXPECT_EQ(got.heard, (Heard{0, "", EndKind::timed_out}));
  EXPECT_TRUE(got.detail.starts_with("first_byte: ")) << got.detail;
}

TEST(TransportClocks, ABodyThatIsNotTakenEndsAsUpload) {
  FaultServer server([](Connection& c) { c.sleep(20'000); });
  HttpRequest request = to(server, {.upload = 200});
  request.body = std::string(32U << 20U, 'x');  // more than the buffers of two sockets
  auto transport = start_transport();
  const Listener got = ask(*transport, request);
  EXPECT_EQ(got.heard, (Heard{0, "", EndKind::timed_out}));
  EXPECT_TRUE(got.detail.starts_with("upload: ")) << got.detail;
}

TEST(TransportClocks, AHandshakeThatIsNotAnsweredEndsAsConnect) {
  FaultServer server([](Connection& c) { c.wait_closed(); });
  HttpRequest request = to(server, {.connect = 200});
  request.url.replace(0, 4, "https");
  const auto transport = start_transport();
  const Listener got = ask(*transport, request);
  EXPECT_EQ(got.heard, (Heard{0, "", EndKind::timed_out}));
  EXPECT_TRUE(got.detail.starts_with("connect: ")) << got.detail;
}

TEST(TransportClocks, AStreamWithoutEndEndsAsWhole) {
  FaultServer server([](Connection& c) {
    c.request();
    c.send(head(200, kChunked));
    while (c.send(chunk(":\n\n"))) c.sleep(20);
  });
  const auto transport = start_transport();
  const Listener got = ask(*transport, to(server, {.idle = 5000, .whole = 300}));
  EXPECT_EQ(got.heard.end, EndKind::timed_out);
  EXPECT_TRUE(got.detail.starts_with("whole: ")) << got.detail;
}

TEST(TransportClocks, StandStillWhileTheCallerDoesNotRead) {
  const std::string piece(64U << 10U, 'x');
  FaultServer server([&](Connection& c) {
    c.request();
    c.send(head(200, kChunked));
    for (int i = 0; i < 256; ++i) c.send(chunk(piece));  // 16 MiB: more than the queue and the sockets hold
    c.send(chunk(""));
  });
  const auto transport = start_transport();
  const auto exchange = transport->send(to(server, {.idle = 1000, .whole = 0}));
  Listener listener;
  ASSERT_TRUE(listener.take(exchange->next()));
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));  // the slow caller is the subject
  while (listener.take(exchange->next())) {
  }
  EXPECT_EQ(listener.heard.end, EndKind::complete) << listener.detail;
  EXPECT_EQ(listener.heard.body.size(), 256 * piece.size());
}

}  // namespace
}  // namespace adapt::llm
