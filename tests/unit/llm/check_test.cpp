#include "agent/llm/check.h"

#include "rig.h"

namespace adapt::llm {
namespace {

std::vector<Piece> streamed(const std::string& text) {
  return {Head{200, {{"content-type", "text/event-stream"}}}, Bytes{text}, End{}};
}

std::vector<Piece> call_of_echo(const std::string& arguments) {
  return streamed(
      "data: "
      "{\"model\":\"m\",\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"i\",\"function\":{\"name\":"
      "\"echo\",\"arguments\":" +
      dump(Json(arguments)) +
      "}}]},\"finish_reason\":\"tool_calls\"}]}\n\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2000,\"completion_tokens\":9}}\n\ndata: [DONE]\n\n");
}

std::vector<Piece> cached_turn() {
  return streamed(
      "data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"parrot\"},\"finish_reason\":\"stop\"}]}\n\n"
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":2100,\"completion_tokens\":2,\"prompt_tokens_details\":"
      "{\"cached_tokens\":1920}}}\n\ndata: [DONE]\n\n");
}

// A line each; what is needed has a star.
std::string found(std::vector<std::vector<Piece>> answers, const std::string& model = "m") {
  std::size_t next = 0;
  StandInTransport transport([&](const HttpRequest&) { return answers[std::min(next++, answers.size() - 1)]; });
  Rig rig(transport, {.model = model});
  const auto findings = check_endpoint(rig.runner, rig.ledger);
  EXPECT_EQ(rig.budget.reserved(), (Amount{0, 0}));
  if (!findings) return findings.error().message;
  std::string out;
  for (const Finding& finding : *findings)
    out += fmt::format("{}{}: {}, {}\n", finding.what, finding.needed ? "*" : "", to_string(finding.found),
                       finding.evidence);
  return out;
}

TEST(Check, AServerThatCanDoItAllIsToldSo) {
  EXPECT_EQ(found({good_turn("ready"), call_of_echo(R"({"word":"parrot"})"), cached_turn()}),
            "price: yes, $1.00 in, $10.00 out a million tokens\n"
            "answers*: yes, m in 0 ms\n"
            "streaming: yes, 4 events\n"
            "usage: yes, 100 tokens in, 10 out\n"
            "tools*: yes, called with the right arguments\n"
            "results of tools*: yes, taken\n"
            "caching: yes, 1920 of 2100 tokens of the same beginning came from a cache\n");
}

TEST(Check, AModelThatDoesNotCallIsToldApartFromAServerThatCannot) {
  const std::string before =
      "price: no, not known: token limits rule\nanswers*: yes, m in 0 ms\nstreaming: yes, 4 events\n"
      "usage: yes, 100 tokens in, 10 out\n";
  EXPECT_EQ(found({good_turn("ready"), good_turn("parrot")}, "nobody"),
            before + "tools*: no, it answered without a call: --set llm.tools=text may help\n");
  EXPECT_EQ(found({good_turn("ready"), refusal(400, R"({"error":{"message":"m does not support tools"}})")}, "nobody"),
            before + "tools*: no, m does not support tools\n");
}

TEST(Check, AWholeAnswerIsNoStream) {
  const std::string whole = R"({"model":"m","choices":[{"message":{"content":"ready"},"finish_reason":"stop"}],)"
                            R"("usage":{"prompt_tokens":3,"completion_tokens":4}})";
  const std::string all = found({streamed(whole), good_turn("parrot")});
  EXPECT_NE(all.find("streaming: no, the answer came as a whole, where a stream was asked for\n"), std::string::npos)
      << all;
}

TEST(Check, WrongArgumentsAndRefusedResultsAreSeen) {
  const std::string all = found(
      {good_turn("ready"), call_of_echo(R"({"word":"cat"})"), refusal(400, R"({"error":{"message":"bad role"}})")});
  EXPECT_NE(all.find("tools*: yes, called, with other arguments than asked for\nresults of tools*: no, bad role\n"),
            std::string::npos)
      << all;
}

TEST(Check, AServerThatIsNotThereIsSaidToBeAtOnce) {
  StandInTransport transport([](const HttpRequest&) { return std::vector<Piece>{End{EndKind::connect, "refused"}}; });
  Rig rig(transport);
  const auto findings = check_endpoint(rig.runner, rig.ledger);
  ASSERT_TRUE(findings && findings->size() == 2);
  EXPECT_EQ((*findings)[1].found, Found::no);
  EXPECT_EQ((*findings)[1].evidence, "refused");
  EXPECT_EQ(transport.asked.size(), 1U);
  EXPECT_TRUE(rig.pause.waits.empty());
}

TEST(Check, AServerThatDoesNotAnswerIsAskedNothingElse) {
  EXPECT_EQ(found({refusal(404, R"({"error":{"message":"no such model"}})")}),
            "price: yes, $1.00 in, $10.00 out a million tokens\nanswers*: no, no such model\n");
}

}  // namespace
}  // namespace adapt::llm
