// What a runner makes of answers and of what it is asked; failures over sockets are in turn_runner_errors_test.cpp.
#include "agent/llm/turn_runner.h"

#include "agent/llm/turn_record.h"
#include "rig.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

std::vector<Piece> in_pieces(const std::string& bytes, std::size_t size, End end = {}) {
  std::vector<Piece> out = {Head{200, {}}};
  for (std::size_t at = 0; at < bytes.size(); at += size) out.emplace_back(Bytes{bytes.substr(at, size)});
  out.emplace_back(end);
  return out;
}

std::string told_of(const std::vector<Piece>& pieces, RigOptions options = {}) {
  StandInTransport transport([&](const HttpRequest&) { return pieces; });
  Rig rig(transport, options);
  return told(rig.ask());
}

// conformance 1, 2
TEST(TurnRunner, AStreamReadsTheSameHoweverItIsCutAndWhateverComesBeforeIt) {
  const std::string text = "gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80";
  for (const char* before : {"", "\xEF\xBB\xBF", "\n\n", ": hello\n\n", "event: message\n", "\r\n\r\n \n"})
    for (const std::size_t size : {1U, 2U, 3U, 7U, 10'000U})
      EXPECT_EQ(told_of(in_pieces(before + chat_stream(text), size)), "turn '" + text + "' after 1") << before << size;
}

// Some servers send blanks for as long as they think, then the whole answer.
TEST(TurnRunner, BlanksBeforeAWholeAnswerAreHeartbeats) {
  const std::string whole =
      R"({"id":"c","model":"m","choices":[{"message":{"content":"hello"},"finish_reason":"stop"}],)"
      R"("usage":{"prompt_tokens":3,"completion_tokens":4}})";
  EXPECT_EQ(told_of(in_pieces(std::string(50'000, '\n') + whole, 1)), "turn 'hello' after 1");
  EXPECT_EQ(told_of(in_pieces(std::string(50'000, ' '), 1)), "poison 200 after 2");
}

TEST(TurnRunner, WhatFollowsTheEndOfATurnIsNotWaitedFor) {
  EXPECT_EQ(told_of(in_pieces(chat_stream("hello") + "data: nonsense\n\n", 10'000, {EndKind::timed_out, "idle: x"})),
            "turn 'hello' after 1");
}

TEST(TurnRunner, EachEndOfATransportHasItsKind) {
  const auto end_as = [](EndKind kind, std::string detail = "d") { return told_of({End{kind, std::move(detail)}}); };
  EXPECT_EQ(end_as(EndKind::connect), "connect 0 after 6");
  EXPECT_EQ(end_as(EndKind::timed_out, "connect: h did not answer in time"), "connect 0 after 6");
  EXPECT_EQ(end_as(EndKind::timed_out, "first byte: h did not answer in time"), "silent 0 after 4");
  EXPECT_EQ(end_as(EndKind::cut), "cut 0 after 4");
  EXPECT_EQ(end_as(EndKind::complete), "cut 0 after 4");
  EXPECT_EQ(end_as(EndKind::oversized), "oversized 0 after 1");
  EXPECT_EQ(end_as(EndKind::missing), "missing 0 after 1");
  EXPECT_EQ(end_as(EndKind::cancelled), "interrupted: interrupted");
}

// A server may send forever what is no event that is too large.
TEST(TurnRunner, AStreamWithoutAnEndIsTooLong) {
  std::vector<Piece> pieces = {Head{200, {}}};
  pieces.insert(pieces.end(), 65, Bytes{": " + std::string(std::size_t{1} << 20U, 'x') + "\n\n"});
  EXPECT_EQ(told_of(pieces), "oversized 0 after 1");
}

// What may have reached the server may have cost something; what cannot have, did not.
TEST(TurnRunner, ARequestThatMayHaveArrivedIsPaidForByGuess) {
  const auto waste = [](End end) {
    StandInTransport transport([&](const HttpRequest&) { return std::vector<Piece>{end}; });
    Rig rig(transport);
    static_cast<void>(rig.ask());
    EXPECT_EQ(rig.log.settlements.size(), rig.log.reservations.size());
    return rig.budget.spent().usage;
  };
  for (const EndKind kind : {EndKind::cut, EndKind::oversized, EndKind::cancelled, EndKind::complete}) {
    EXPECT_GT(waste({kind, ""}).fresh, 0) << static_cast<int>(kind);
    EXPECT_TRUE(waste({kind, ""}).estimated);
  }
  EXPECT_GT(waste({EndKind::timed_out, "idle: x"}).fresh, 0);
  for (const End& end : {End{EndKind::connect, ""}, End{EndKind::missing, ""}, End{EndKind::timed_out, "connect: x"}})
    EXPECT_EQ(waste(end), Usage{});
}

// conformance 9
TEST(TurnRunner, HeartbeatsAloneAreSilenceInTheEnd) {
  StandInClock* clock = nullptr;
  class Beating final : public Exchange {
   public:
    explicit Beating(StandInClock& clock) : clock_(clock) {}
    Piece next() override {
      clock_.now += 10'000;
      return first_ ? (first_ = false, Piece(Head{200, {}})) : Piece(Bytes{": beat\n\n"});
    }

   private:
    StandInClock& clock_;
    bool first_ = true;
  };
  class StandInHeart final : public Transport {
   public:
    explicit StandInHeart(StandInClock*& clock) : clock_(clock) {}
    std::unique_ptr<Exchange> send(HttpRequest) override { return std::make_unique<Beating>(*clock_); }

   private:
    StandInClock*& clock_;
  } heart(clock);
  Rig rig(heart);
  clock = &rig.clock;
  const auto outcome = rig.ask();
  EXPECT_EQ(told(outcome), "silent 0 after 4");
  EXPECT_EQ(error_in(outcome).message, "heartbeats and nothing else for 900 s");
}

TEST(TurnRunner, TheRequestCarriesTheKeyTheClocksAndTheCap) {
  StandInTransport transport([](const HttpRequest&) { return good_turn(); });
  Rig rig(transport, {.base_url = "http://h/v1", .profile = "vllm"});
  ASSERT_EQ(told(rig.ask()), "turn 'hello' after 1");
  const HttpRequest& http = transport.asked.at(0);
  EXPECT_EQ(http.url, "http://h/v1/chat/completions");
  EXPECT_EQ(http.path, "/chat/completions");
  EXPECT_EQ(header(http.headers, "authorization"), "Bearer key-of-the-test");
  EXPECT_EQ(http.clocks.first_byte, 1'800'000) << "slow boards read a prompt for half an hour";
  EXPECT_EQ(int_or(*parse_json(http.body), "max_tokens", 0), 1000);
  EXPECT_EQ(http.body, rig.runner.body_of(Rig::request_of("hi")));
}

TEST(TurnRunner, HeartbeatsThatAServerIsKnownForStretchTheIdleClock) {
  StandInTransport transport([](const HttpRequest&) { return good_turn(); });
  Rig rig(transport, {.profile = "llama-server", .clocks = {.attempt = {.idle = 1000}}});
  ASSERT_EQ(told(rig.ask()), "turn 'hello' after 1");
  EXPECT_EQ(transport.asked.at(0).clocks.idle, 90'000);
}

TEST(TurnRunner, WithoutAKeyNothingIsAsked) {
  StandInTransport transport([](const HttpRequest&) { return good_turn(); });
  Rig rig(transport);
  TurnRunner runner(
      Rig::endpoint_of({}), []() -> Result<std::string> { return fail(ErrorKind::environment, "no key"); },
      Line{transport, rig.gate, rig.ledger, rig.redactor, rig.clock, rig.pause, rig.cancel}, {}, 1);
  EXPECT_EQ(told(runner.run(Rig::request_of("hi"))), "environment: no key");
  EXPECT_EQ(transport.asked.size(), 0U);
}

TEST(TurnRunner, ACallBeyondTheBudgetIsNotMade) {
  StandInTransport transport([](const HttpRequest&) { return good_turn(); });
  Rig rig(transport, {.caps = {.tokens = 1000}});
  const auto outcome = rig.ask();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().kind, ErrorKind::budget);
  EXPECT_EQ(transport.asked.size(), 0U);
}

TEST(TurnRunner, TheBudgetHoldsForEachAttempt) {
  StandInTransport transport([](const HttpRequest&) { return std::vector<Piece>{End{EndKind::cut, ""}}; });
  Rig rig(transport, {.caps = {.tokens = 1100}});
  const auto outcome = rig.ask();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().kind, ErrorKind::budget);
  EXPECT_LT(transport.asked.size(), 4U);
  EXPECT_EQ(rig.budget.reserved(), (Amount{0, 0}));
}

TEST(TurnRunner, AnAttemptThatCannotBeRecordedEndsTheTurn) {
  StandInTransport transport([](const HttpRequest&) { return refusal(529, ""); });
  Rig rig(transport);
  rig.log.is_full = true;
  EXPECT_EQ(told(rig.ask()), "io: the disk is full");
  EXPECT_EQ(transport.asked.size(), 0U);
}

TEST(TurnRunner, AStopDuringAWaitEndsTheTurn) {
  StandInTransport transport([](const HttpRequest&) { return refusal(529, ""); });
  Rig rig(transport);
  rig.pause.stops = true;
  EXPECT_EQ(told(rig.ask()), "interrupted: interrupted");
  EXPECT_EQ(rig.log.settlements.size(), 1U) << "what was asked is on record";
}

TEST(TurnRunner, WhatServersCountCorrectsOurGuess) {
  StandInTransport transport([](const HttpRequest&) {
    return std::vector<Piece>{Head{200, {}}, Bytes{chat_stream("hello", 120, 1)}, End{}};
  });
  Rig rig(transport);
  const Request request = Rig::request_of("hi");
  const std::int64_t before = rig.runner.estimate(request);
  ASSERT_EQ(told(rig.ask(request)), "turn 'hello' after 1");
  EXPECT_LT(before, 60);
  EXPECT_GE(rig.runner.estimate(request), 120);
  EXPECT_LE(rig.runner.estimate(request), 122);
}

TEST(TurnRunner, AServerThatGivesUpInTheMiddleIsAskedAgainAndPaid) {
  int calls = 0;
  StandInTransport transport([&](const HttpRequest&) {
    if (calls++ > 0) return good_turn();
    return std::vector<Piece>{
        Head{200, {}},
        Bytes{"data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"error\"}]}\n\n"
              "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":70,\"completion_tokens\":7}}\n\ndata: [DONE]\n\n"},
        End{}};
  });
  Rig rig(transport);
  EXPECT_EQ(told(rig.ask()), "turn 'hello' after 2");
  EXPECT_EQ(rig.log.settlements.at(0).usage, (Usage{.fresh = 70, .output = 7}));
  EXPECT_TRUE(rig.log.settlements.at(0).waste);
}

TEST(TurnRunner, CallsInPlainTextAreAskedForAndRead) {
  StandInTransport transport([](const HttpRequest&) { return good_turn("::tool read\n::path a.py\n::end\n"); });
  Rig rig(transport, {.profile = "tt"});
  Request request = Rig::request_of("hi");
  request.tools = {{"read", "reads", *parse_json(R"({"type":"object","properties":{"path":{"type":"string"}}})")}};
  const auto outcome = rig.ask(request);
  ASSERT_TRUE(outcome && std::holds_alternative<Done>(*outcome)) << told(outcome);
  const Turn& turn = std::get<Done>(*outcome).turn;
  EXPECT_EQ(turn.stop, Stop::tool);
  ASSERT_EQ(turn.message.calls().size(), 1U);
  EXPECT_EQ(turn.message.calls()[0].arguments, R"({"path":"a.py"})");
  const Json body = *parse_json(transport.asked.at(0).body);
  EXPECT_FALSE(body.contains("tools"));
  EXPECT_TRUE(contains(string_or(body["messages"][0], "content", ""), "read"));
}

constexpr const char* kCanary = "canary-0123456789-\"quoted\"";

// conformance 87
TEST(TurnRunner, ASecretIsNeverSent) {
  StandInTransport transport([](const HttpRequest&) { return good_turn(); });
  Rig rig(transport, {.secrets = {kCanary}});
  const auto outcome = rig.ask(std::string("look: ") + kCanary);
  EXPECT_EQ(told(outcome), "bug: a secret was about to be sent to test");
  EXPECT_EQ(transport.asked.size(), 0U);
}

// conformance 87
TEST(TurnRunner, ASecretThatAnErrorEchoesIsNowhere) {
  for (const int status : {400, 401, 429, 500, 529}) {
    const std::string quoted = dump(Json(kCanary));
    const std::string body = fmt::format(
        R"({{"error":{{"message":{0},"code":{0},"type":{0}}},"request_id":{0},"x":"Bearer sk-0123456789abcdef"}})",
        quoted);
    StandInTransport transport([&](const HttpRequest&) { return refusal(status, body, {{"x-request-id", kCanary}}); });
    Rig rig(transport, {.secrets = {kCanary}});
    const auto outcome = rig.ask();
    EXPECT_FALSE(contains(error_in(outcome).message, "canary")) << error_in(outcome).message;
    EXPECT_FALSE(contains(dump(to_json(*outcome)), "canary")) << status;
  }
  StandInTransport transport([&](const HttpRequest&) {
    return refusal(401, R"({"error":{"message":"Incorrect API key provided: sk-proj-0123456789abcdef."}})");
  });
  Rig rig(transport);
  EXPECT_EQ(error_in(rig.ask()).message, "Incorrect API key provided: [redacted].");
}

// conformance 87
TEST(TurnRunner, ASecretThatAnAnswerHoldsGoesNoFurther) {
  const std::string first = std::string(kCanary).substr(0, 9), second = std::string(kCanary).substr(9);
  const auto delta = [](const std::string& member) { return "data: {\"choices\":[{\"delta\":{" + member + "}}]}\n\n"; };
  const std::string stream =
      delta("\"content\":" + dump(Json("it is " + first))) + delta("\"content\":" + dump(Json(second + "."))) +
      delta("\"reasoning\":" + dump(Json("hm " + std::string(kCanary)))) +
      delta(R"("tool_calls":[{"index":0,"id":"i","function":{"name":"f","arguments":)" +
            dump(Json(dump(Json{{"a", kCanary}}))) + "}}]") +
      "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\ndata: [DONE]\n\n";
  StandInTransport transport([&](const HttpRequest&) {
    return std::vector<Piece>{Head{200, {}}, Bytes{stream}, End{}};
  });
  Rig rig(transport, {.secrets = {kCanary}});
  Request request = Rig::request_of("hi");
  const auto outcome = rig.ask(request);
  ASSERT_TRUE(outcome && std::holds_alternative<Done>(*outcome)) << told(outcome);
  EXPECT_FALSE(contains(dump(to_json(*outcome)), "canary")) << dump(to_json(*outcome));
  const Turn& turn = std::get<Done>(*outcome).turn;
  EXPECT_EQ(turn.message.text(), "it is [redacted].");
  ASSERT_EQ(turn.message.calls().size(), 1U);
  EXPECT_EQ(turn.message.calls()[0].arguments, R"({"a":"[redacted]"})");
  // And the conversation can go on.
  request.messages.emplace_back(turn.message);
  request.messages.emplace_back(ToolResults{{{"i", "f", "done", false}}});
  EXPECT_EQ(told(rig.ask(request)).substr(0, 4), "turn");
}

}  // namespace
}  // namespace adapt::llm
