// Many exchanges at once, and their ends before their time.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "exchange_text.h"

namespace adapt::llm {
namespace {

using fakes::chunk;
using fakes::Connection;
using fakes::FaultServer;
using fakes::head;
using fakes::kChunked;
using Now = std::chrono::steady_clock;

constexpr int kEvents = 20;

HttpRequest stream_of(const FaultServer& server, std::string_view path = "/v1/x") {
  return {.url = server.url(path), .body = "{}"};
}

double ms_since(Now::time_point begin) { return std::chrono::duration<double, std::milli>(Now::now() - begin).count(); }

// Streams for ever; the script notes when the client leaves.
void stream_for_ever(Connection& c) {
  c.request();
  c.send(head(200, kChunked));
  while (c.send(chunk("data: 1\n\n"))) c.sleep(5);
}

// Says one thing, then waits for the client to leave.
void fall_silent(Connection& c) {
  c.request();
  c.send(head(200, kChunked) + chunk("data: 1\n\n"));
  c.wait_closed();
}

// conformance 14
TEST(TransportConcurrency, OneStalledStreamDoesNotHoldUpSixtyThreeOthers) {
  FaultServer server([](Connection& c) {
    const auto request = c.request();
    c.send(head(200, kChunked) + chunk("data: 0\n\n"));
    if (request && request->line().starts_with("POST /stalled")) {
      c.wait_closed(60'000);
      return;
    }
    for (int i = 1; i < kEvents; ++i) {
      c.sleep(20);
      c.send(chunk("data: " + std::to_string(i) + "\n\n"));
    }
    c.send(chunk(""));
  });
  std::string wanted;
  for (int i = 0; i < kEvents; ++i) wanted += "data: " + std::to_string(i) + "\n\n";

  const auto transport = start_transport();
  const auto stalled = transport->send(stream_of(server, "/stalled"));
  Listener waiting;
  ASSERT_TRUE(listen_for_bytes(*stalled, waiting));

  std::vector<Listener> heard(63);
  std::vector<double> longest(63);  // the longest time between two pieces
  {
    std::vector<std::jthread> callers;
    for (std::size_t i = 0; i < heard.size(); ++i) {
      callers.emplace_back([&, i] {
        const auto exchange = transport->send(stream_of(server));
        heard[i].take(exchange->next());
        auto last = Now::now();
        while (heard[i].take(exchange->next())) {
          longest[i] = std::max(longest[i], ms_since(last));
          last = Now::now();
        }
      });
    }
  }
  for (const Listener& one : heard) EXPECT_EQ(one.heard, (Heard{200, wanted, EndKind::complete})) << one.detail;
  std::cout << "longest gap between events sent 20 ms apart: " << *std::max_element(longest.begin(), longest.end())
            << " ms\n";
  EXPECT_EQ(waiting.heard, (Heard{200, "data: 0\n\n", EndKind::complete}));  // so far
}

// conformance 14
TEST(TransportConcurrency, ACallerWhoDoesNotReadDoesNotHoldUpOthers) {
  FaultServer server([](Connection& c) {
    c.request();
    c.send(head(200, kChunked));
    for (int i = 0; i < 64; ++i) c.send(chunk(std::string(64U << 10U, 'x')));
    c.send(chunk(""));
  });
  const auto transport = start_transport();
  const auto unread = transport->send(stream_of(server));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(ask(*transport, stream_of(server)).heard.end, EndKind::complete);
  EXPECT_EQ(listen(*unread).heard.body.size(), 4U << 20U);
}

// conformance 15
TEST(TransportConcurrency, ATokenClosesTheConnectionSoonAndNothingMoreArrives) {
  for (const auto& script : {stream_for_ever, fall_silent}) {
    FaultServer server(script);
    CancelToken token;
    HttpRequest request = stream_of(server);
    request.cancel = &token;
    const auto transport = start_transport();
    const auto exchange = transport->send(request);
    Listener listener;
    ASSERT_TRUE(listen_for_bytes(*exchange, listener));
    const auto begin = Now::now();
    token.request();
    while (listener.take(exchange->next())) {
    }
    const double told = ms_since(begin);
    EXPECT_EQ(listener.heard.end, EndKind::cancelled);
    ASSERT_TRUE(server.wait_ended(1));
    const double closed = std::chrono::duration<double, std::milli>(server.connections()[0].end - begin).count();
    std::cout << "cancelled: caller told after " << told << " ms, server saw it after " << closed << " ms\n";
    EXPECT_LT(closed, 2000);
    EXPECT_EQ(std::get<End>(exchange->next()).kind, EndKind::cancelled);
  }
}

TEST(TransportConcurrency, ATokenThatIsSetBeforehandKeepsTheRequestFromBeingAnswered) {
  FaultServer server(fall_silent);
  CancelToken token;
  token.request();
  HttpRequest request = stream_of(server);
  request.cancel = &token;
  const auto transport = start_transport();
  EXPECT_EQ(ask(*transport, request).heard, (Heard{0, "", EndKind::cancelled}));
}

// conformance 15
TEST(TransportConcurrency, AnExchangeThatIsDroppedClosesItsConnection) {
  FaultServer server(fall_silent);
  const auto transport = start_transport();
  {
    CancelToken token;  // ends with the exchange: nobody may look at it afterwards
    HttpRequest request = stream_of(server);
    request.cancel = &token;
    const auto exchange = transport->send(request);
    Listener listener;
    ASSERT_TRUE(listen_for_bytes(*exchange, listener));
  }
  EXPECT_TRUE(server.wait_ended(1));
}

TEST(TransportConcurrency, TheEndOfTheTransportCancelsWhatIsUnderWay) {
  FaultServer server(fall_silent);
  std::unique_ptr<Exchange> read;
  std::unique_ptr<Exchange> unread;
  Listener listener;
  {
    const auto transport = start_transport();
    read = transport->send(stream_of(server));
    ASSERT_TRUE(listen_for_bytes(*read, listener));
    unread = transport->send(stream_of(server));
  }
  EXPECT_FALSE(listener.take(read->next()));
  EXPECT_EQ(listener.heard, (Heard{200, "data: 1\n\n", EndKind::cancelled}));
  EXPECT_EQ(listen(*unread).heard, (Heard{0, "", EndKind::cancelled}));
}

TEST(TransportConcurrency, ManyThreadsMaySendCancelAndDropAtOnce) {
  FaultServer server(fakes::answers({fakes::answer(200, "ok")}));
  FaultServer silent(fall_silent);
  const auto transport = start_transport();
  std::atomic<int> complete = 0;
  std::atomic<int> cancelled = 0;
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 8; ++i) {
      callers.emplace_back([&] {
        for (int round = 0; round < 25; ++round) {
          if (ask(*transport, stream_of(server)).heard == Heard{200, "ok", EndKind::complete}) ++complete;
          CancelToken token;
          HttpRequest request = stream_of(silent);
          request.cancel = &token;
          const auto exchange = transport->send(request);
          const auto dropped = transport->send(stream_of(silent));
          token.request();
          if (listen(*exchange).heard.end == EndKind::cancelled) ++cancelled;
        }
      });
    }
  }
  EXPECT_EQ(complete, 200);
  EXPECT_EQ(cancelled, 200);
}

}  // namespace
}  // namespace adapt::llm
