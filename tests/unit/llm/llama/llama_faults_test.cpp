// A real server that dies, loads, asks for a key or talks nonsense.
#include <algorithm>
#include <future>

#include "tests/unit/llm/llama/client.h"

namespace adapt::llm {
namespace {

class LlamaFaults : public InDialect {
 protected:
  // Of text that the cap ended. In Responses this server calls it complete (0.7.0).
  static std::string capped() { return GetParam() == DialectName::responses ? "end" : "length"; }
};
ADAPT_IN_EACH_DIALECT(LlamaFaults);

// Without tools: where there are some, this server refuses to hand on what it cannot read.
Request talk(std::int64_t tokens) {
  Request request = request_of("Talk.");
  request.tools.clear();
  request.max_output_tokens = tokens;
  return request;
}

std::vector<std::string> kinds_of(const std::vector<FailedAttempt>& failed) {
  std::vector<std::string> out;
  for (const FailedAttempt& attempt : failed) out.emplace_back(to_string(attempt.error.kind));
  return out;
}

// conformance 20
TEST_P(LlamaFaults, DeathInMidStreamIsACutAndTheTurnGoesOnWithTheNextServer) {
  serve({.variant = "endless"});
  Client client = this->client(profile());
  const Request request = talk(/*tokens=*/2'000);
  int events = 0;
  std::future<Result<void>> restarted;
  client.runner.on_progress = [&] {
    if (++events != 10) return;
    server_->kill();
    restarted = std::async(std::launch::async, [&] { return server_->start_process(); });
  };
  const Result<TurnOutcome> outcome = client.ask(request);
  ASSERT_TRUE(restarted.valid());
  EXPECT_TRUE(restarted.get());
  const Turn turn = turn_of(outcome);
  EXPECT_EQ(to_string(turn.stop), capped());
  ASSERT_TRUE(outcome && std::holds_alternative<Done>(*outcome));
  const std::vector<std::string> kinds = kinds_of(std::get<Done>(*outcome).failed);
  ASSERT_FALSE(kinds.empty());
  EXPECT_EQ(kinds.front(), "cut");
  EXPECT_EQ(std::ranges::count_if(
                kinds, [](const std::string& kind) { return kind != "cut" && kind != "connect" && kind != "loading"; }),
            0);
  EXPECT_GT(client.budget.spent().waste_tokens, 0);  // what the dead server had said is counted
}

// conformance 20
TEST_P(LlamaFaults, AServerThatStillLoadsIsWaitedFor) {
  std::vector<std::string> kinds;
  // On a slow day the model is there before we can ask: then once more.
  for (int tries = 0; tries < 3 && kinds.empty(); ++tries) {
    auto server = LlamaServer::start({.variant = "heavy"});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(server).value();
    const Result<void> up = server_->wait_until_connectable();
    ASSERT_TRUE(up) << up.error().message;
    Client client = this->client(profile());
    const Result<TurnOutcome> outcome = client.ask(request_of("Repair the model."));
    EXPECT_EQ(complaint_about(turn_of(outcome)), "");
    if (outcome)
      if (const auto* done = std::get_if<Done>(&*outcome)) kinds = kinds_of(done->failed);
  }
  ASSERT_FALSE(kinds.empty()) << "never seen loading";
  EXPECT_EQ(std::ranges::count(kinds, "loading"), static_cast<std::ptrdiff_t>(kinds.size()));
}

TEST_P(LlamaFaults, AKeyIsAskedForAndChecked) {
  serve({.key = "the-right-key"});
  Client stranger = client(profile());
  Client wrong = client(profile(), "another-key");
  Client right = client(profile(), "the-right-key");
  EXPECT_EQ(told(stranger.ask(request_of("Repair the model."))), "auth 401");
  EXPECT_EQ(told(wrong.ask(request_of("Repair the model."))), "auth 401");
  EXPECT_EQ(complaint_about(turn_of(right.ask(request_of("Repair the model.")))), "");
}

// Control characters and broken UTF-8: text is all that may come of it, and it may go back.
TEST_P(LlamaFaults, NonsenseIsTextAndCanBeSentBack) {
  serve({.variant = "endless"});
  Client client = this->client(profile());
  Request request = talk(/*tokens=*/400);
  for (int i = 0; i < 5; ++i) {
    const Turn turn = turn_of(client.ask(request));
    EXPECT_EQ(to_string(turn.stop), capped());
    EXPECT_NE(turn.message.text(), "");
    EXPECT_TRUE(turn.message.calls().empty());
    request.messages.emplace_back(turn.message);
    request.messages.emplace_back(UserText{"Go on."});
  }
}

// The server reads the answer by the form in which its model calls. Some nonsense it takes for text; of the rest it
// says in mid stream that it cannot read it.
TEST_P(LlamaFaults, NonsenseInPlaceOfCallsIsTextOrAModelThatCannotCall) {
  serve({.variant = "endless"});
  Client client = this->client(profile());
  Request request = request_of("Repair the model.");
  request.max_output_tokens = 400;
  for (int i = 0; i < 5; ++i) {
    const Result<TurnOutcome> outcome = client.ask(request);
    if (told(outcome) == "not_capable 200") continue;
    EXPECT_EQ(told(outcome), capped());
    EXPECT_EQ(complaint_about(turn_of(outcome)), "");
  }
}

TEST_P(LlamaFaults, CancellingStopsTheServersWork) {
  serve({.variant = "endless"});
  Client client = this->client(profile());
  Request request = talk(/*tokens=*/10'000);
  int events = 0;
  client.runner.on_progress = [&] {
    if (++events == 10) client.cancel.request();
  };
  EXPECT_EQ(told(client.ask(request)), "interrupted: interrupted");
  // The server has one place for a conversation, so this one is answered only if that is free again.
  Client next = this->client(profile());
  request.max_output_tokens = 20;
  EXPECT_EQ(told(next.ask(request)), capped());
}

}  // namespace
}  // namespace adapt::llm
