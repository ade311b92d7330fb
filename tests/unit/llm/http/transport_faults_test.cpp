// Answers that break, lie or never end.
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "exchange_text.h"

namespace adapt::llm {
namespace {

using fakes::answer;
using fakes::chunk;
using fakes::Connection;
using fakes::FaultServer;
using fakes::head;
using fakes::kChunked;

HttpRequest request_to(const FaultServer& server) { return {.url = server.url("/v1/x"), .body = "{}"}; }

// Asks a server that reads a request, sends `bytes` and closes.
Listener after(const std::string& bytes) {
  FaultServer server([&](Connection& c) {
    c.request();
    c.send(bytes);
  });
  const auto transport = start_transport();
  return ask(*transport, request_to(server));
}

// conformance 10
TEST(TransportFaults, ACloseInsideAChunkIsACut) {
  EXPECT_EQ(after(head(200, kChunked) + chunk("data: 1\n\n") + "20\r\ndata: half").heard,
            (Heard{200, "data: 1\n\ndata: half", EndKind::cut}));
}

// conformance 10
TEST(TransportFaults, ACloseBetweenChunksIsACut) {
  EXPECT_EQ(after(head(200, kChunked) + chunk("data: 1\n\n")).heard, (Heard{200, "data: 1\n\n", EndKind::cut}));
}

// conformance 10
TEST(TransportFaults, ACloseWithoutALengthLooksComplete) {
  EXPECT_EQ(after("HTTP/1.0 200 OK\r\n\r\ndata: 1\n\n").heard, (Heard{200, "data: 1\n\n", EndKind::complete}));
}

TEST(TransportFaults, ABodyShorterThanItsLengthIsACut) {
  EXPECT_EQ(after("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort").heard, (Heard{200, "short", EndKind::cut}));
}

// conformance 11
TEST(TransportFaults, AResetInTheStreamIsACut) {
  std::atomic<bool> read = false;  // a reset throws away what the other side has not read yet
  FaultServer server([&](Connection& c) {
    c.request();
    c.send(head(200, kChunked) + chunk("data: 1\n\n"));
    for (int i = 0; i < 4000 && !read; ++i) c.sleep(5);
    c.reset();
  });
  const auto transport = start_transport();
  const auto exchange = transport->send(request_to(server));
  Listener listener;
  ASSERT_TRUE(listen_for_bytes(*exchange, listener));
  read = true;
  while (listener.take(exchange->next())) {
  }
  EXPECT_EQ(listener.heard, (Heard{200, "data: 1\n\n", EndKind::cut}));
}

TEST(TransportFaults, ACloseWithoutAnAnswerIsACutAndTheRequestIsNotSentAgain) {
  FaultServer server([](Connection& c) { c.request(); });
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, request_to(server)).heard, (Heard{0, "", EndKind::cut}));
  EXPECT_EQ(server.requests().size(), 1U);
}

// conformance 11
TEST(TransportFaults, WhatIsNotHttpIsACut) {
  for (const char* bytes :
       {"garbage\r\n\r\n", "\x15\x03\x01\x00\x02\x02\x28", "SSH-2.0-x\r\n", "HTTP/9.9 what\r\n\r\n"})
    EXPECT_EQ(after(bytes).heard, (Heard{0, "", EndKind::cut})) << bytes;
}

// conformance 11
TEST(TransportFaults, APlainServerBehindHttpsCannotBeConnectedTo) {
  FaultServer server([](Connection& c) {
    c.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    c.wait_closed();
  });
  HttpRequest request = request_to(server);
  request.url.replace(0, 4, "https");
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, request).heard, (Heard{0, "", EndKind::connect}));
  EXPECT_EQ(server.requests().size(), 0U);
}

// conformance 11
TEST(TransportFaults, AnErrorPageIsHandedOnAsItIs) {
  const Listener got = after(answer(200, "<html>hello</html>", "Content-Type: text/html\r\n"));
  EXPECT_EQ(got.heard, (Heard{200, "<html>hello</html>", EndKind::complete}));
  EXPECT_EQ(header(got.headers, "content-type"), "text/html");
}

TEST(TransportFaults, NobodyThereCannotBeConnectedTo) {
  int port = 0;
  {
    port = FaultServer([](Connection&) {}).port();
  }
  const auto transport = start_transport();
  const Listener got = ask(*transport, {.url = "http://127.0.0.1:" + std::to_string(port) + "/?key=hidden"});
  EXPECT_EQ(got.heard, (Heard{0, "", EndKind::connect}));
  EXPECT_EQ(got.detail, "127.0.0.1:" + std::to_string(port) + ": Couldn't connect to server (Connection refused)");
}

TEST(TransportFaults, InterimAnswersAreNotTheAnswer) {
  EXPECT_EQ(
      after("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + answer(201, "made")).heard,
      (Heard{201, "made", EndKind::complete}));
}

TEST(TransportFaults, TrailersAreNotASecondHead) {
  EXPECT_EQ(after(head(200, kChunked) + chunk("a") + "0\r\nx-cost: 1\r\n\r\n").heard,
            (Heard{200, "a", EndKind::complete}));
}

TEST(TransportFaults, ABodyAboveTheLimitIsStoppedThere) {
  FaultServer server([](Connection& c) {
    c.request();
    c.send(head(200, kChunked));
    while (c.send(chunk(std::string(1000, 'x')))) {
    }
  });
  HttpRequest request = request_to(server);
  request.max_bytes = 100'000;
  const auto transport = start_transport();
  const Listener got = ask(*transport, request);
  EXPECT_EQ(got.heard.end, EndKind::oversized);
  EXPECT_LE(got.heard.body.size(), 100'000U);
  EXPECT_TRUE(server.wait_ended(1)) << "the connection stayed open";
}

TEST(TransportFaults, AHeadWithoutEndIsStopped) {
  for (const std::size_t line : {std::size_t{100}, std::size_t{1} << 20U}) {
    FaultServer server([&](Connection& c) {
      c.request();
      c.send("HTTP/1.1 200 OK\r\n");
      while (c.send("a: " + std::string(line, 'x') + "\r\n")) {
      }
    });
    const auto transport = start_transport();
    EXPECT_EQ(ask(*transport, request_to(server)).heard, (Heard{0, "", EndKind::oversized})) << line;
  }
}

TEST(TransportFaults, NoTextOfARequestOrAnswerIsInAnError) {
  const std::string secret = "sk-canary-0123456789";
  for (const std::string& bytes :
       {std::string("HTTP/1.1 200 OK\r\ncontent-length: " + secret + "\r\n\r\n"), secret + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: " + secret + "\r\n\r\n" + secret,
        "HTTP/1.1 200 OK\r\ncontent-encoding: " + secret + "\r\n\r\n" + secret, head(200, kChunked) + secret + "\r\n",
        "HTTP/1.1 " + secret + "\r\n\r\n"}) {
    FaultServer server([&](Connection& c) {
      c.request();
      c.send(bytes);
    });
    HttpRequest request = request_to(server);
    request.url += "?key=" + secret;
    request.headers = {{"authorization", "Bearer " + secret}};
    request.body = secret;
    const auto transport = start_transport();
    EXPECT_EQ(ask(*transport, request).detail.find("canary"), std::string::npos) << bytes;
  }
}

TEST(TransportFaults, ARequestThatCannotBeSentSaysWhyWithoutItsText) {
  const auto transport = start_transport();
  const auto said = [&](HttpRequest request) {
    const Listener got = ask(*transport, std::move(request));
    EXPECT_EQ(got.heard, (Heard{0, "", EndKind::connect}));
    return got.detail;
  };
  const std::string url = "http://127.0.0.1:1/";
  EXPECT_EQ(said({.url = "ftp://127.0.0.1/x"}), "the request's URL is neither http nor https");
  EXPECT_EQ(said({.url = "file:///etc/passwd"}), "the request's URL is neither http nor https");
  EXPECT_EQ(said({.url = "http://"}), "the request's URL cannot be read");
  EXPECT_EQ(said({.method = "PO ST", .url = url}), "the request's method is not a word");
  for (const char* bad : {"Bearer a\r\nx-other: b", "a\nb"})
    EXPECT_EQ(said({.url = url, .headers = {{"authorization", bad}}}),
              "a header of the request is not one line of text");
  for (const char* bad : {"", "a b", "a:b", "a\r\nb"})
    EXPECT_EQ(said({.url = url, .headers = {{bad, "x"}}}), "a header of the request is not one line of text");
}

}  // namespace
}  // namespace adapt::llm
