// What is sent: checked here by our own eyes on whole bodies, for every dialect.
#include "tests/unit/llm/wire/answers.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

std::string encoded(const Request& request, std::string_view profile_name) {
  const Profile profile = profile_named(profile_name);
  return dialect(profile.dialect).encode(request, {profile, "m", "k"}).body;
}

constexpr std::string_view kSchema =
    R"({"additionalProperties":false,"properties":{"path":{"type":"string"}},"required":["path"],"type":"object"})";

// conformance 64, Q21: arguments that are no JSON are never sent
TEST(Encode, AChatBody) {
  EXPECT_EQ(
      encoded(asked_with_calls(), "vllm"),
      fmt::format(
          R"({{"model":"m","max_tokens":4096,"stream":true,"stream_options":{{"include_usage":true}},"tools":[)"
          R"({{"type":"function","function":{{"name":"read","description":"does it","parameters":{0}}}}},)"
          R"({{"type":"function","function":{{"name":"write","description":"does it","parameters":{0}}}}}],)"
          R"("messages":[{{"role":"system","content":"You repair models."}},{{"role":"user","content":"Mend it."}},)"
          R"({{"role":"assistant","content":"Let me look.","tool_calls":[)"
          R"({{"id":"call_1_0","type":"function","function":{{"name":"read","arguments":"{{\"path\":\"a.py\"}}"}}}},)"
          R"({{"id":"call_1_1","type":"function","function":{{"name":"write","arguments":"{{}}"}}}}]}},)"
          R"({{"role":"tool","tool_call_id":"call_1_0","content":"x = 1"}},)"
          R"({{"role":"tool","tool_call_id":"call_1_1","content":"error: not allowed"}}]}})",
          kSchema));
}

TEST(Encode, AResponsesBody) {
  EXPECT_EQ(
      encoded(asked_with_calls(), "responses"),
      fmt::format(
          R"({{"model":"m","max_output_tokens":4096,"stream":true,"store":false,"include":["reasoning.encrypted_content"],)"
          R"("instructions":"You repair models.","tools":[)"
          R"({{"type":"function","name":"read","description":"does it","parameters":{0},"strict":true}},)"
          R"({{"type":"function","name":"write","description":"does it","parameters":{0},"strict":true}}],)"
          R"("input":[{{"role":"user","content":"Mend it."}},{{"role":"assistant","content":"Let me look."}},)"
          R"({{"type":"function_call","call_id":"call_1_0","name":"read","arguments":"{{\"path\":\"a.py\"}}"}},)"
          R"({{"type":"function_call","call_id":"call_1_1","name":"write","arguments":"{{}}"}},)"
          R"({{"type":"function_call_output","call_id":"call_1_0","output":"x = 1"}},)"
          R"({{"type":"function_call_output","call_id":"call_1_1","output":"error: not allowed"}}]}})",
          kSchema));
}

// conformance 63, 64
TEST(Encode, AMessagesBody) {
  EXPECT_EQ(
      encoded(asked_with_calls(), "anthropic"),
      fmt::format(
          R"({{"model":"m","max_tokens":4096,"stream":true,"tools":[)"
          R"({{"name":"read","description":"does it","input_schema":{0}}},)"
          R"({{"name":"write","description":"does it","input_schema":{0},"cache_control":{{"type":"ephemeral"}}}}],)"
          R"("system":[{{"type":"text","text":"You repair models.","cache_control":{{"type":"ephemeral"}}}}],)"
          R"("messages":[{{"role":"user","content":[{{"type":"text","text":"Mend it.","cache_control":{{"type":"ephemeral"}}}}]}},)"
          R"({{"role":"assistant","content":[{{"type":"text","text":"Let me look."}},)"
          R"({{"type":"tool_use","id":"call_1_0","name":"read","input":{{"path":"a.py"}}}},)"
          R"({{"type":"tool_use","id":"call_1_1","name":"write","input":{{}}}}]}},)"
          R"({{"role":"user","content":[{{"type":"tool_result","tool_use_id":"call_1_0","content":"x = 1"}},)"
          R"({{"type":"tool_result","tool_use_id":"call_1_1","content":"not allowed","is_error":true,"cache_control":{{"type":"ephemeral"}}}}]}}]}})",
          kSchema));
}

TEST(Encode, AGeminiBody) {
  EXPECT_EQ(
      encoded(asked_with_calls(), "gemini"),
      fmt::format(
          R"({{"generationConfig":{{"maxOutputTokens":4096}},"systemInstruction":{{"parts":[{{"text":"You repair models."}}]}},)"
          R"("tools":[{{"functionDeclarations":[{{"name":"read","description":"does it","parametersJsonSchema":{0}}},)"
          R"({{"name":"write","description":"does it","parametersJsonSchema":{0}}}]}}],)"
          R"("contents":[{{"role":"user","parts":[{{"text":"Mend it."}}]}},)"
          R"({{"role":"model","parts":[{{"text":"Let me look."}},{{"functionCall":{{"name":"read","args":{{"path":"a.py"}}}},"thoughtSignature":"skip_thought_signature_validator"}},)"
          R"({{"functionCall":{{"name":"write","args":{{}}}}}}]}},)"
          R"({{"role":"user","parts":[{{"functionResponse":{{"name":"read","response":{{"output":"x = 1"}}}}}},)"
          R"({{"functionResponse":{{"name":"write","response":{{"error":"not allowed"}}}}}}]}}]}})",
          kSchema));
}

// conformance 64
TEST(Encode, WishesAreSentWhereTheProfileAllowsThemAndReportedWhereNot) {
  Request request = asked_with_calls();
  request.wish = ToolWish::required;
  request.parallel_calls = false;
  request.effort = "low";
  request.format = *parse_json(R"({"type":"object","properties":{},"additionalProperties":false})");
  request.cache_key = "job";
  const auto wishes = [&](std::string_view name) {
    const Profile profile = profile_named(name);
    const Encoded encoded = dialect(profile.dialect).encode(request, {profile, "m", "k"});
    const Json body = *parse_json(encoded.body);
    std::string out = "dropped: " + join(encoded.dropped, ",") + ";";
    for (const auto* key : {"tool_choice", "toolConfig", "parallel_tool_calls", "reasoning_effort", "reasoning",
                            "output_config", "response_format", "text", "generationConfig", "prompt_cache_key"})
      if (body.contains(key)) out += fmt::format(" {} {}", key, dump(body[key]));
    for (const auto* key : {"temperature", "top_p", "top_k"}) EXPECT_FALSE(body.contains(key));
    return out;
  };
  const std::string format = R"({"additionalProperties":false,"properties":{},"type":"object"})";
  EXPECT_EQ(
      wishes("openai"),
      R"(dropped: ; tool_choice "required" parallel_tool_calls false reasoning_effort "low" response_format {"json_schema":{"name":"answer","schema":)" +
          format + R"(,"strict":true},"type":"json_schema"} prompt_cache_key "job")");
  EXPECT_EQ(
      wishes("responses"),
      R"(dropped: ; tool_choice "required" parallel_tool_calls false reasoning {"effort":"low"} text {"format":{"name":"answer","schema":)" +
          format + R"(,"strict":true,"type":"json_schema"}} prompt_cache_key "job")");
  EXPECT_EQ(
      wishes("anthropic"),
      R"(dropped: forced_tool; tool_choice {"disable_parallel_tool_use":true,"type":"auto"} output_config {"effort":"low","format":{"schema":)" +
          format + R"(,"type":"json_schema"}})");
  EXPECT_EQ(
      wishes("gemini"),
      R"(dropped: single_call; toolConfig {"functionCallingConfig":{"mode":"ANY"}} generationConfig {"maxOutputTokens":4096,"responseJsonSchema":)" +
          format + R"(,"responseMimeType":"application/json","thinkingConfig":{"thinkingLevel":"low"}})");
  EXPECT_EQ(wishes("compatible"), "dropped: forced_tool,single_call,effort,format;");
  EXPECT_EQ(
      wishes("llama-server"),
      R"(dropped: forced_tool,effort; parallel_tool_calls false response_format {"json_schema":{"name":"answer","schema":)" +
          format + R"(,"strict":true},"type":"json_schema"})");
}

TEST(Encode, NoCallNowIsAlwaysSaid) {
  Request request = asked_with_calls();
  request.wish = ToolWish::none;
  EXPECT_TRUE(contains(encoded(request, "compatible"), R"("tool_choice":"none")"));
  EXPECT_TRUE(contains(encoded(request, "responses"), R"("tool_choice":"none")"));
  EXPECT_TRUE(contains(encoded(request, "anthropic"), R"("tool_choice":{"type":"none"})"));
  EXPECT_TRUE(contains(encoded(request, "gemini"), R"("mode":"NONE")"));
}

// conformance 64
TEST(Encode, HeadersNameTheContentAndTheVersion) {
  const Profile anthropic = profile_named("anthropic");
  EXPECT_EQ(dialect(DialectName::messages).headers({anthropic, "m", "k"}),
            Headers({{"content-type", "application/json"},
                     {"accept", "text/event-stream"},
                     {"anthropic-version", "2023-06-01"}}));
  Profile whole = profile_named("openai");
  whole.stream = false;
  EXPECT_EQ(dialect(DialectName::chat).headers({whole, "m", "k"}),
            Headers({{"content-type", "application/json"}, {"accept", "application/json"}}));
}

TEST(Encode, TheFieldOfTheCapAndItsBoundComeFromTheProfile) {
  Request request;
  request.messages = {UserText{"u"}};
  request.max_output_tokens = 9000;
  Profile profile = profile_named("openai");
  profile.max_output_tokens = 5000;
  EXPECT_EQ(body_of(request, {profile, "m", "k"})["max_completion_tokens"], Json(5000));
}

TEST(Encode, BlankTextsAndEmptyTurnsBecomeSomethingThatServersTake) {
  Request request;
  AssistantTurn empty;
  request.messages = {UserText{" \n"}, empty, UserText{"go on"}};
  EXPECT_EQ(
      dump(body_of(request, {profile_named("anthropic"), "m", "k"})["messages"]),
      R"x([{"content":[{"cache_control":{"type":"ephemeral"},"text":"(nothing)","type":"text"}],"role":"user"},{"content":[{"text":"(nothing)","type":"text"}],"role":"assistant"},{"content":[{"cache_control":{"type":"ephemeral"},"text":"go on","type":"text"}],"role":"user"}])x");
  EXPECT_EQ(
      dump(body_of(request, {profile_named("vllm"), "m", "k"})["messages"]),
      R"x([{"content":"(nothing)","role":"user"},{"content":"(nothing)","role":"assistant"},{"content":"go on","role":"user"}])x");
}

TEST(Encode, BytesThatAreNoTextDoNotBreakTheBody) {
  Request request;
  request.messages = {UserText{"a\xff\xfe b"}};
  for (const std::string& name : profile_names()) EXPECT_TRUE(is_utf8(encoded(request, name))) << name;
}

// A conversation of `turns` turns with `calls` calls each, all said by `origin`.
Request long_request(std::size_t turns, std::size_t calls) {
  Request request;
  request.system = "s";
  request.cache_key = "job";
  request.tools = {tool_named("read")};
  request.messages = {UserText{"u"}};
  for (std::size_t i = 0; i < turns; ++i) {
    AssistantTurn turn;
    ToolResults results;
    turn.parts.emplace_back(Text{fmt::format("turn {}", i)});
    for (std::size_t k = 0; k < calls; ++k) {
      turn.parts.emplace_back(ToolCall{fmt::format("id{}", k), "read", R"({"path":"a"})"});
      results.results.push_back({fmt::format("id{}", k), "read", k % 3 == 2 ? "" : "text", k % 2 == 1});
    }
    request.messages.emplace_back(turn);
    if (calls > 0)
      request.messages.emplace_back(results);
    else
      request.messages.emplace_back(UserText{"more"});
  }
  return request;
}

std::string without_markers(const std::string& body) {
  return replace_all(body, R"(,"cache_control":{"type":"ephemeral"})", "");
}

// conformance 65: the history is append-only, but for the markers
TEST(Encode, ALongerConversationBeginsWithTheBytesOfTheShorterOne) {
  for (const std::string& name : profile_names())
    for (const std::size_t calls : {0U, 1U, 3U, 12U})
      for (std::size_t turns = 0; turns < 4; ++turns) {
        std::string shorter = without_markers(encoded(long_request(turns, calls), name));
        const std::string longer = without_markers(encoded(long_request(turns + 1, calls), name));
        ASSERT_TRUE(shorter.ends_with("]}"));
        shorter.resize(shorter.size() - 2);
        EXPECT_TRUE(longer.starts_with(shorter)) << name << "\n" << shorter << "\n" << longer;
      }
}

TEST(Encode, EqualRequestsGiveEqualBytes) {
  for (const std::string& name : profile_names())
    EXPECT_EQ(encoded(long_request(3, 2), name), encoded(long_request(3, 2), name));
}

// conformance 65
TEST(Encode, MarkersAreFewRollAlongAndNeverSitOnNothing) {
  const Profile profile = profile_named("anthropic");
  for (const std::size_t calls : {0U, 1U, 3U, 25U}) {
    std::string end_of_the_one_before;
    for (std::size_t turns = 0; turns < 5; ++turns) {
      const Json body = body_of(long_request(turns, calls), {profile, "m", "k"});
      std::vector<std::string> marked;  // "message/block"
      for (std::size_t i = 0; i < body["messages"].size(); ++i)
        for (std::size_t k = 0; k < body["messages"][i]["content"].size(); ++k) {
          const Json& block = body["messages"][i]["content"][k];
          if (!block.contains("cache_control")) continue;
          EXPECT_FALSE(string_or(block, "text", "").empty() && string_or(block, "content", "").empty());
          marked.push_back(fmt::format("{}/{}", i, k));
        }
      EXPECT_TRUE(body["tools"].back().contains("cache_control"));
      EXPECT_TRUE(body["system"].back().contains("cache_control"));
      EXPECT_EQ(marked.size(), turns == 0 ? 1U : 2U);
      // What the request before has written is read, however much a turn has added.
      if (turns > 0) {
        EXPECT_EQ(marked.front(), end_of_the_one_before);
      }
      end_of_the_one_before = marked.back();
    }
  }
}

TEST(Encode, ASingleQuestionIsNotWrittenToACache) {
  Request request = long_request(0, 0);
  request.cache_key.clear();
  const Json body = body_of(request, {profile_named("anthropic"), "m", "k"});
  EXPECT_FALSE(body["messages"][0]["content"][0].contains("cache_control"));
  EXPECT_TRUE(body["system"][0].contains("cache_control"));
}

// Q22
TEST(EncodeDeathTest, AConversationThatServersRefuseIsABugOfOurs) {
  Request request;
  request.messages = {UserText{"u"}, ToolResults{{{"a", "f", "r"}}}};
  EXPECT_DEATH(encoded(request, "vllm"), "a conversation that servers refuse");
}

TEST(ComplaintAbout, NamesWhatIsWrongWithAConversation) {
  const auto complaint = [](std::vector<Message> messages) {
    Request request;
    request.messages = std::move(messages);
    return complaint_about(request);
  };
  const auto answers = [](const std::vector<std::string>& ids) {
    ToolResults out;
    for (const std::string& id : ids) out.results.push_back({id, "f", "r"});
    return out;
  };
  AssistantTurn two, twice;
  two.parts = {ToolCall{"a", "f", "{}"}, ToolCall{"b", "f", "{}"}};
  twice.parts = {ToolCall{"a", "f", "{}"}, ToolCall{"a", "f", "{}"}};
  EXPECT_EQ(complaint({UserText{"u"}, two, answers({"a", "b"})}), "");
  EXPECT_EQ(complaint({}), "nothing is asked");
  EXPECT_EQ(complaint({UserText{"u"}, two}), "the last word is the model's own");
  EXPECT_EQ(complaint({UserText{"u"}, two, UserText{"u"}}), "message 1: calls that nothing answers");
  EXPECT_EQ(complaint({UserText{"u"}, two, answers({"a"})}), "message 2: 1 results for 2 calls");
  EXPECT_EQ(complaint({UserText{"u"}, two, answers({"b", "a"})}), "message 2: result 0 answers 'b', the call is 'a'");
  EXPECT_EQ(complaint({UserText{"u"}, twice, answers({"a", "a"})}), "message 1: two calls of a turn are 'a'");
  EXPECT_EQ(complaint({two, answers({"a", "b"})}), "message 0: a turn that nothing was said before");
}

}  // namespace
}  // namespace adapt::llm
