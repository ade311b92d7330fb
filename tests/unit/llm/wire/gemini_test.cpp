#include "tests/unit/llm/wire/answers.h"

namespace adapt::llm {
namespace {

const Profile& gemini() {
  static const Profile profile = profile_named("gemini");
  return profile;
}

Answer gemini_streamed(std::string_view lines) { return answer_of({gemini(), "m", "k"}, events(lines)); }

constexpr std::string_view kAnswer =
    R"({"candidates":[{"content":{"role":"model","parts":[{"text":"I think","thought":true}]}}],"responseId":"r1","modelVersion":"g"}
{"candidates":[{"content":{"role":"model","parts":[{"text":" so.","thought":true},{"text":"Hel"}]}}]}
{"candidates":[{"content":{"parts":[{"text":"lo"}]}}]}
{"candidates":[{"content":{"parts":[{"functionCall":{"name":"read","args":{"path":"b","all":true}},"thoughtSignature":"SIG"},{"functionCall":{"id":"x7","name":"list"}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":100,"cachedContentTokenCount":40,"candidatesTokenCount":20,"thoughtsTokenCount":7}}
)";

// conformance 70, 69
TEST(GeminiReducer, AStopWithCallsIsATurnWithCallsAndKeepsTheirSignatures) {
  const Turn turn = turn_of(gemini_streamed(kAnswer));
  ASSERT_EQ(turn.message.calls().size(), 2U);
  EXPECT_EQ(shown(Answer(turn)), fmt::format(R"(reasoning {{"text":"I think so.","thought":true}}
text Hello
call {} read {{"path":"b","all":true}} with {{"thoughtSignature":"SIG"}}
call x7 list {{}}
stop tool (STOP)
)",
                                             turn.message.calls()[0].id));
  EXPECT_EQ(shown(turn.usage), "fresh 60 read 40 write 0 hour 0 out 27 reasoning 7\n");
  EXPECT_EQ(turn.model, "g");
}

// conformance 69
TEST(GeminiDialect, ATurnGoesBackAsItCameAndTheServersIdsWithTheResults) {
  const Turn turn = turn_of(gemini_streamed(kAnswer));
  const auto calls = turn.message.calls();
  Request request;
  request.messages = {UserText{"u"}, turn.message,
                      ToolResults{{{calls[0].id, "read", "x"}, {"x7", "list", "no", true}}}};
  const std::string body = dialect(DialectName::gemini).encode(request, {gemini(), "m", "k"}).body;
  EXPECT_NE(
      body.find(
          R"("contents":[{"role":"user","parts":[{"text":"u"}]},{"role":"model","parts":[{"text":"I think so.","thought":true},{"text":"Hello"},{"functionCall":{"name":"read","args":{"path":"b","all":true}},"thoughtSignature":"SIG"},{"functionCall":{"id":"x7","name":"list"}}]},{"role":"user","parts":[{"functionResponse":{"name":"read","response":{"output":"x"}}},{"functionResponse":{"name":"list","id":"x7","response":{"error":"no"}}}]}]})"),
      std::string::npos)
      << body;
}

TEST(GeminiDialect, CallsOfAnotherModelAreMarkedAsUnsigned) {
  const Json contents = body_of(asked_with_calls(), {gemini(), "m", "k"})["contents"];
  EXPECT_EQ(
      dump(contents[1]),
      R"({"parts":[{"text":"Let me look."},{"functionCall":{"args":{"path":"a.py"},"name":"read"},"thoughtSignature":"skip_thought_signature_validator"},{"functionCall":{"args":{},"name":"write"}}],"role":"model"})");
}

// conformance 70
TEST(GeminiReducer, KnowsEachFinishReason) {
  const auto stop = [&](std::string_view word) {
    return std::string(to_string(
        turn_of(gemini_streamed(fmt::format(
                    R"({{"candidates":[{{"content":{{"parts":[{{"text":"a"}}]}},"finishReason":"{}"}}]}})", word)))
            .stop));
  };
  EXPECT_EQ(stop("STOP"), "end");
  EXPECT_EQ(stop("MAX_TOKENS"), "length");
  for (const std::string_view word : {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"})
    EXPECT_EQ(stop(word), "refusal");
  for (const std::string_view word : {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS"})
    EXPECT_EQ(stop(word), "malformed");
  EXPECT_EQ(stop("OTHER"), "server_error");
  EXPECT_EQ(stop("BRAND_NEW"), "unknown");
}

TEST(GeminiReducer, ABlockedPromptIsARefusal) {
  EXPECT_EQ(
      shown(gemini_streamed(R"({"promptFeedback":{"blockReason":"SAFETY"},"usageMetadata":{"promptTokenCount":5}})")),
      "stop refusal (SAFETY)\n");
}

TEST(GeminiReducer, WithoutAFinishTheAnswerIsCut) {
  EXPECT_EQ(shown(gemini_streamed(R"({"candidates":[{"content":{"parts":[{"text":"a"}]}}]})")),
            "error cut for request, status 200: the answer ended without a stop\n");
}

// conformance 68, for this dialect
TEST(GeminiReducer, AnErrorObjectOrListIsAnError) {
  const char* expected = "error overload for endpoint, status 200, code 503: The model is overloaded.\n";
  const std::string object = R"({"error":{"code":503,"message":"The model is overloaded.","status":"UNAVAILABLE"}})";
  EXPECT_EQ(shown(gemini_streamed(object)), expected);
  EXPECT_EQ(shown(whole_of({gemini(), "m", "k"}, "[" + object + "]")), expected);
}

TEST(GeminiReducer, AWholeBodyOrAListOfChunksGivesTheSameTurnAsTheStream) {
  std::string list = "[";
  std::string_view lines = kAnswer;
  for (std::size_t end = lines.find('\n'); end != std::string_view::npos; end = lines.find('\n')) {
    list += fmt::format("{}{}", list.size() > 1 ? "," : "", lines.substr(0, end));
    lines.remove_prefix(end + 1);
  }
  EXPECT_EQ(shown(whole_of({gemini(), "m", "k"}, list + "]")), shown(gemini_streamed(kAnswer)));
}

TEST(GeminiDialect, TheModelsNameCannotLeaveItsPlaceInThePath) {
  Request request;
  request.messages = {UserText{"u"}};
  EXPECT_EQ(dialect(DialectName::gemini).encode(request, {gemini(), "g-3?x/../y", "k"}).path,
            "/models/g-3%3Fx%2F..%2Fy:streamGenerateContent?alt=sse");
  Profile whole = gemini();
  whole.stream = false;
  EXPECT_EQ(dialect(DialectName::gemini).encode(request, {whole, "g-3", "k"}).path, "/models/g-3:generateContent");
}

}  // namespace
}  // namespace adapt::llm
