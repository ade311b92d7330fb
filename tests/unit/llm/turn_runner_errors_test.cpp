// What becomes of a turn when a server fails: over sockets, through the whole of the runner.
#include <gtest/gtest.h>

#include "agent/llm/http/curl_transport.h"
#include "rig.h"
#include "tests/fakes/fault_server.h"

namespace adapt::llm {
namespace {

using fakes::answer;
using fakes::answers;
using fakes::Connection;
using fakes::FaultServer;
using fakes::head;

std::string good(const std::string& text = "hello") {
  return answer(200, chat_stream(text), "content-type: text/event-stream\r\n");
}

CurlTransport& network() {
  static const std::unique_ptr<CurlTransport> transport = CurlTransport::start({}).value();
  return *transport;
}

struct Met {
  std::string told;
  std::size_t requests = 0;  // that the server saw
  std::vector<std::int64_t> waits;
  Spend spent;
  std::vector<Settlement> settlements;
  std::string message{};  // of the failure
};

Met ask(fakes::Script script, RigOptions options = {}) {
  const FaultServer server(std::move(script));
  options.base_url = server.url("/v1");
  Rig rig(network(), options);
  const Result<TurnOutcome> outcome = rig.ask();
  EXPECT_EQ(rig.budget.reserved(), (Amount{0, 0})) << "something stayed reserved";
  Met met{told(outcome), server.requests().size(), rig.pause.waits, rig.budget.spent(), rig.log.settlements};
  if (outcome)
    if (const auto* failed = std::get_if<Failed>(&*outcome)) met.message = failed->error.message;
  return met;
}
Met ask(std::vector<std::string> texts) { return ask(answers(std::move(texts))); }

std::string error_json(std::string_view message, std::string_view more = "") {
  return fmt::format(R"({{"error":{{"message":"{}"{}}}}})", message, more);
}

// conformance 71
TEST(TurnErrors, EachStatusEndsAsItsKindAfterItsAttemptsWhateverTheBodyIs) {
  struct Row {
    int status;
    const char* same;  // how it ends when each answer is the same
    std::size_t same_attempts;
  };
  const Row rows[] = {{400, "caller", 1},   {401, "auth", 2},     {402, "money", 1},    {403, "auth", 2},
                      {404, "caller", 1},   {408, "conflict", 4}, {409, "conflict", 4}, {413, "caller", 1},
                      {422, "caller", 1},   {429, "rate", 10},    {500, "poison", 2},   {502, "poison", 2},
                      {503, "overload", 8}, {504, "poison", 2},   {520, "poison", 2},   {529, "overload", 8}};
  const std::string bodies[] = {error_json("no"), "[" + error_json("no") + "]", "<html><body>no</body></html>", ""};
  for (const Row& row : rows)
    for (const std::string& body : bodies) {
      const Met met = ask({answer(row.status, body)});
      EXPECT_EQ(met.told, fmt::format("{} {} after {}", row.same, row.status, row.same_attempts)) << body;
      EXPECT_EQ(met.requests, row.same_attempts) << row.status << body;
      EXPECT_EQ(met.spent.usage.total(), 0) << "a refusal costs nothing";
      EXPECT_EQ(met.spent.calls, static_cast<std::int64_t>(row.same_attempts));
    }
}

// conformance 72
TEST(TurnErrors, TheWaitThatAServerAsksForIsWaited) {
  struct Row {
    std::string header;
    std::int64_t least, most;  // of the wait before the second attempt
  };
  constexpr std::int64_t kOwnLeast = 2000, kOwnMost = 2500;
  const Row rows[] = {{"retry-after: 7", 7000, 7000},
                      {"retry-after: 7.5", 7500, 7500},
                      {"Retry-After: Fri, 20 Nov 2026 12:00:31 GMT", 30'000, 30'000},
                      {"retry-after: 2026-11-20T12:00:31Z", 30'000, 30'000},
                      {"retry-after-ms: 4250", 4250, 4250},
                      {"retry-after: 60\r\nretry-after-ms: 4250", 4250, 4250},
                      {"x-ratelimit-remaining-tokens: 0\r\nx-ratelimit-reset-tokens: 6m0s", 360'000, 360'000},
                      {"anthropic-ratelimit-requests-remaining: 0\r\n"
                       "anthropic-ratelimit-requests-reset: 2026-11-20T12:01:01Z",
                       60'000, 60'000},
                      // Of these nothing can be made: the wait is our own.
                      {"retry-after: Fri, 20 Nov 2026 11:59:00 GMT", kOwnLeast, kOwnMost},
                      {"retry-after: 0", kOwnLeast, kOwnMost},
                      {"retry-after: -5", kOwnLeast, kOwnMost},
                      {"retry-after: 1e9", kOwnLeast, kOwnMost},
                      {"retry-after: 1000000000", kOwnLeast, kOwnMost},
                      {"retry-after: NaN", kOwnLeast, kOwnMost},
                      {"retry-after: soon", kOwnLeast, kOwnMost}};
  for (const Row& row : rows) {
    const Met met = ask({answer(429, error_json("slow"), row.header + "\r\n"), good()});
    EXPECT_EQ(met.told, "turn 'hello' after 2") << row.header;
    ASSERT_GE(met.waits.size(), 1U) << row.header;
    EXPECT_GE(met.waits[0], row.least) << row.header;
    EXPECT_LE(met.waits[0], row.most) << row.header;
  }
}

// conformance 72
TEST(TurnErrors, AServerThatAsksForMoreThanAQuarterOfAnHourEndsTheTurn) {
  const Met met = ask({answer(429, error_json("slow"), "retry-after: 901\r\n"), good()});
  EXPECT_EQ(met.told, "rate 429 after 1");
  EXPECT_EQ(met.message, "slow (the next try would be in 901 s)");
  EXPECT_EQ(met.waits, std::vector<std::int64_t>{});
}

// conformance 72
TEST(TurnErrors, TheServersWordDecidesWhetherToTryAgain) {
  EXPECT_EQ(ask({answer(400, error_json("odd"), "x-should-retry: true\r\n"), good()}).told, "turn 'hello' after 2");
  EXPECT_EQ(ask({answer(503, error_json("no"), "x-should-retry: false\r\n"), good()}).told, "overload 503 after 1");
  EXPECT_EQ(ask({answer(402, error_json("no"), "x-should-retry: true\r\n"), good()}).told, "money 402 after 1");
}

// conformance 73, 74
TEST(TurnErrors, AnAccountThatMaySpendNoMoreIsNotAskedAgain) {
  for (const std::string& body :
       {error_json("You exceeded your current quota", R"(,"type":"insufficient_quota","code":"insufficient_quota")"),
        error_json("m", R"(,"type":"rate_limit_error","details":{"error_code":"enforced_spend_limit_reached"})"),
        error_json("m", R"(,"code":"billing_hard_limit_reached")")}) {
    const Met met = ask({answer(429, body, "retry-after: 1\r\nx-should-retry: true\r\n"), good()});
    EXPECT_EQ(met.told, "money 429 after 1") << body;
    EXPECT_EQ(met.requests, 1U);
  }
}

// conformance 75
TEST(TurnErrors, AnOverloadThatPassesIsOneTurnOfFourAttempts) {
  const std::string busy = answer(529, error_json("Overloaded", R"(,"type":"overloaded_error")"));
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Met met = ask(answers({busy, busy, busy, good()}), {.seed = seed});
    EXPECT_EQ(met.told, "turn 'hello' after 4");
    EXPECT_EQ(met.requests, 4U);
    ASSERT_EQ(met.waits.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_GE(met.waits[i], 2000 << i);
      EXPECT_LE(met.waits[i], 2500 << i);
    }
    EXPECT_EQ(met.spent.calls, 4);
    EXPECT_EQ(met.spent.usage, (Usage{.fresh = 100, .output = 10}));
  }
}

// conformance 76
TEST(TurnErrors, TheSameFailureTwiceIsNotMetAThirdTime) {
  const Met met = ask({answer(500, error_json("tool call arguments are not JSON")),
                       answer(500, error_json("tool call arguments are not JSON")), good()});
  EXPECT_EQ(met.told, "poison 500 after 2");
  EXPECT_EQ(met.requests, 2U);
  EXPECT_EQ(ask({answer(500, error_json("a")), answer(500, error_json("b")), good()}).told, "turn 'hello' after 3");
}

fakes::Script cut_after(std::vector<std::size_t> places) {
  auto next = std::make_shared<std::atomic<std::size_t>>(0);
  return [places = std::move(places), next](Connection& c) {
    const std::string whole = chat_stream(std::string(4000, 'x'));
    while (c.request()) {
      const std::size_t at = (*next)++;
      if (at >= places.size()) {
        c.send(good());
        continue;
      }
      c.send(
          answer(200, whole, "content-type: text/event-stream\r\n")
              .substr(0, answer(200, whole, "content-type: text/event-stream\r\n").size() - whole.size() + places[at]));
      return;
    }
  };
}

// conformance 76, 82
TEST(TurnErrors, AStreamThatIsCutTwiceAtOnePlaceIsPoisonAndItsGuessIsOnRecord) {
  const Met met = ask(cut_after({2000, 2010}));
  EXPECT_EQ(met.told, "poison 200 after 2");
  EXPECT_EQ(met.requests, 2U);
  ASSERT_EQ(met.settlements.size(), 2U);
  for (const Settlement& settlement : met.settlements) {
    EXPECT_EQ(settlement.ended, "cut");
    EXPECT_TRUE(settlement.waste);
    EXPECT_TRUE(settlement.usage.estimated);
    EXPECT_GE(settlement.usage.output, 2000 / 4);
    EXPECT_GT(settlement.usage.fresh, 0);
    EXPECT_GT(settlement.nano_usd.value_or(0), 0);
  }
  EXPECT_TRUE(met.spent.usage.estimated);
  EXPECT_EQ(met.spent.waste_tokens, met.spent.usage.total());
}

TEST(TurnErrors, CutsAtDifferentPlacesAreTriedAgain) {
  EXPECT_EQ(ask(cut_after({500, 1000, 1500})).told, "turn 'hello' after 4");
  EXPECT_EQ(ask(cut_after({0, 0, 0})).told, "turn 'hello' after 4") << "an answer of a head alone";
}

// conformance 82: what a cap allows is the most that a cut answer can have cost
TEST(TurnErrors, TheGuessOfACutAnswerStaysBelowWhatItWasAllowed) {
  const Met met = ask([](Connection& c) {
    c.request();
    c.send(head(200) + "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n" + std::string(100'000, ':'));
  });
  ASSERT_GE(met.settlements.size(), 1U);
  EXPECT_EQ(met.settlements[0].usage.output, 1000);
}

// conformance 77
TEST(TurnErrors, AConversationThatIsTooLongIsReturnedAtOnce) {
  for (const auto& [status, body] : std::initializer_list<std::pair<int, std::string>>{
           {400, error_json("m", R"(,"code":"context_length_exceeded")")},
           {400, error_json("prompt is too long: 213462 tokens > 200000 maximum")},
           {413, error_json("the request exceeds the available context size")}}) {
    const Met met = ask({answer(status, body), good()});
    EXPECT_EQ(met.told, fmt::format("context {} after 1", status));
    EXPECT_EQ(met.requests, 1U);
  }
}

// conformance 79
TEST(TurnErrors, ARefusedKeyIsReadAgainOnce) {
  const FaultServer server(answers({answer(401, error_json("no")), good(), answer(401, error_json("no"))}));
  Rig rig(network(), {.base_url = server.url("/v1")});
  const std::string old_key = rig.key;
  rig.runner.on_progress = [] {};
  EXPECT_EQ(told(rig.ask()), "turn 'hello' after 2");
  EXPECT_EQ(rig.keys_asked, 2);
  rig.key = "another-key";
  EXPECT_EQ(told(rig.ask()), "auth 401 after 2");
  EXPECT_EQ(rig.keys_asked, 3);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests[2].header("authorization"), "Bearer " + old_key);
  EXPECT_EQ(requests[3].header("authorization"), "Bearer another-key");
}

// conformance 79
TEST(TurnErrors, AnotherKeysRunnerGoesOn) {
  const FaultServer server([](Connection& c) {
    while (const auto request = c.request())
      c.send(request->header("authorization") == "Bearer bad" ? answer(401, error_json("no")) : good());
  });
  Rig bad(network(), {.base_url = server.url("/v1")}), other(network(), {.base_url = server.url("/v1")});
  bad.key = "bad";
  EXPECT_EQ(told(bad.ask()), "auth 401 after 2");
  EXPECT_EQ(told(other.ask()), "turn 'hello' after 1");
  EXPECT_EQ(other.keys_asked, 1);
}

TEST(TurnErrors, AServerThatLoadsIsWaitedFor) {
  const std::string loading = answer(503, error_json("Loading model", R"(,"type":"unavailable_error")"));
  std::vector<std::string> texts(20, loading);
  texts.push_back(good());
  const Met met = ask(texts);
  EXPECT_EQ(met.told, "turn 'hello' after 21");
  for (const std::int64_t wait : met.waits) EXPECT_LE(wait, 2500);
}

// conformance 84
TEST(TurnErrors, NobodyThereIsTriedSixTimesWithTheBreakerBetween) {
  const int port = FaultServer([](Connection&) {}).port();
  Rig rig(network(), {.base_url = fmt::format("http://127.0.0.1:{}/v1", port)});
  EXPECT_EQ(told(rig.ask()), "connect 0 after 6");
  EXPECT_EQ(rig.budget.spent(), (Spend{.calls = 6})) << "what was never sent costs nothing";
  std::int64_t waited = 0;
  for (const std::int64_t wait : rig.pause.waits) waited += wait;
  EXPECT_GE(waited, 30'000);
}

// conformance 11
TEST(TurnErrors, AnErrorInsideOfAGoodStatusIsAnError) {
  EXPECT_EQ(ask({answer(200, error_json("slow down", R"(,"code":429)")), good()}).told, "turn 'hello' after 2");
  EXPECT_EQ(
      ask({answer(200, "data: " + error_json("Overloaded", R"(,"type":"overloaded_error")") + "\n\n"), good()}).told,
      "turn 'hello' after 2");
  EXPECT_EQ(ask({answer(200, "<html>log in</html>", "content-type: text/html\r\n")}).told, "poison 200 after 2");
  EXPECT_EQ(ask({answer(200, "")}).told, "poison 200 after 2");
}

TEST(TurnErrors, TheDeadlineOfATurnEndsItsWaits) {
  const Met met = ask(answers({answer(529, error_json("busy"))}), {.clocks = {.turn_ms = 10'000}});
  EXPECT_EQ(met.told, "overload 529 after 3");
}

}  // namespace
}  // namespace adapt::llm
