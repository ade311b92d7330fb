// Calls of tools as a real server writes them. What the model says differs from answer to answer.
#include <algorithm>
#include <set>

#include "tests/unit/llm/llama/client.h"

namespace adapt::llm {
namespace {

constexpr int kTurns = 20;

class LlamaCalls : public InDialect {};
ADAPT_IN_EACH_DIALECT(LlamaCalls);

// conformance 41
TEST_P(LlamaCalls, AreWholeAndFitTheirSchemasInEveryTurn) {
  serve();
  Profile forcing = profile();
  forcing.forced_tool = true;  // the server takes the wish, which our profile does not rely on
  Client client = this->client(forcing);
  int with_calls = 0;
  for (int i = 0; i < kTurns; ++i) {
    Request request = request_of(fmt::format("Repair model {}.", i));
    request.wish = i % 2 == 0 ? ToolWish::required : ToolWish::optional;
    const Turn turn = turn_of(client.ask(request));
    EXPECT_EQ(complaint_about(turn), "") << i;
    EXPECT_FALSE(turn.usage.estimated);
    with_calls += turn.stop == Stop::tool ? 1 : 0;
  }
  EXPECT_GT(with_calls, kTurns / 2);
}

TEST_P(LlamaCalls, AreNoneWhereTheModelOnlyTalks) {
  serve({.variant = "silent"});
  Client client = this->client(profile());
  for (int i = 0; i < 5; ++i) {
    Request request = request_of(fmt::format("Repair model {}.", i));
    request.wish = ToolWish::required;
    const Turn turn = turn_of(client.ask(request));
    EXPECT_EQ(to_string(turn.stop), "end");
    EXPECT_TRUE(turn.message.calls().empty());
    EXPECT_NE(turn.message.text(), "");
  }
}

TEST_P(LlamaCalls, OfAModelWhoseTemplateKnowsNoToolsCanBeRunOrAreNone) {
  serve({.variant = "toolless"});
  Client client = this->client(profile());
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(complaint_about(turn_of(client.ask(request_of(fmt::format("Repair model {}.", i))))), "") << i;
}

// The server takes the wish for one call a turn, and its model may make several all the same (0.7.0 does): so whoever
// wishes it has to live with more.
// conformance 42
TEST_P(LlamaCalls, ThatAreMoreThanWishedAreStillWhole) {
  serve();
  Client client = this->client(profile());
  for (const bool parallel : {true, false}) {
    std::size_t most = 0;
    for (int i = 0; i < kTurns / 2; ++i) {
      Request request = request_of(fmt::format("Repair model {}.", i));
      request.parallel_calls = parallel;
      const Turn turn = turn_of(client.ask(request));
      EXPECT_EQ(complaint_about(turn), "");
      most = std::max(most, turn.message.calls().size());
    }
    EXPECT_GE(most, 1U);
    RecordProperty(parallel ? "most_calls" : "most_calls_where_one_is_wished", std::to_string(most));
  }
}

// conformance 43
TEST_P(LlamaCalls, ThatTheCapCutAreNeverHandedOn) {
  serve();
  Client client = this->client(profile());
  int cut = 0;
  int whole = 0;
  for (std::int64_t cap = 5; cap <= 200; cap += 13) {
    Request request = request_of("Repair the model.");
    request.max_output_tokens = cap;
    const Turn turn = turn_of(client.ask(request));
    EXPECT_EQ(complaint_about(turn), "") << cap << ", " << turn.native_stop;
    EXPECT_LE(turn.usage.output, cap);
    cut += turn.stop == Stop::length ? 1 : 0;
    whole += turn.stop == Stop::tool ? 1 : 0;
  }
  EXPECT_GT(cut, 0);
  EXPECT_GT(whole, 0);
}

std::string calls_in(const Turn& turn) {
  std::string out;
  for (const ToolCall& call : turn.message.calls())
    out += call.name + " " + dump(parse_json(call.arguments).value_or(Json())) + "\n";
  return out + std::string(to_string(turn.stop)) + " " + turn.message.text();
}

// What the server's own choice of bytes is, however it is sent.
// conformance 54
TEST_P(LlamaCalls, AreTheSameStreamedAndWhole) {
  Profile whole = profile();
  whole.stream = false;
  std::set<std::string> answers;
  for (const int seed : {1, 2, 3}) {
    serve({.seed = seed});
    Client streaming_client = client(profile());
    Client whole_client = client(whole);
    const Turn streamed = turn_of(streaming_client.ask(request_of("Repair the model.")));
    const Turn at_once = turn_of(whole_client.ask(request_of("Repair the model.")));
    EXPECT_EQ(calls_in(streamed), calls_in(at_once));
    EXPECT_EQ(streamed.usage.output, at_once.usage.output);
    EXPECT_EQ(streamed.usage.input(), at_once.usage.input());
    answers.insert(calls_in(streamed));
  }
  EXPECT_GT(answers.size(), 1U);  // seeds that change nothing would prove nothing
}

}  // namespace
}  // namespace adapt::llm
