#include "tests/unit/llm/wire/answers.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

std::string chat_streamed(std::string_view lines, Ending ending = Ending::complete, std::string_view profile = "vllm") {
  const Profile chosen = profile_named(profile);
  return shown(answer_of({chosen, "m", "k"}, events(lines), ending));
}

std::string whole(std::string_view body, std::string_view profile = "vllm") {
  const Profile chosen = profile_named(profile);
  return shown(whole_of({chosen, "m", "k"}, body));
}

// A stream with these `tool_calls` lists, one a line, then a finish.
std::string calls(std::string_view lists, std::string_view finish = "tool_calls") {
  std::string lines;
  for (const std::string_view list : split_lines(lists))
    lines += fmt::format("{{\"choices\":[{{\"delta\":{{\"tool_calls\":{}}}}}]}}\n", list);
  return chat_streamed(lines +
                       fmt::format("{{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"{}\"}}]}}\n[DONE]\n", finish));
}

// conformance 21, Q39
TEST(ChatReducer, ReadsTextAfterAChunkThatOnlyNamesTheRole) {
  EXPECT_EQ(chat_streamed(R"({"id":"c1","model":"m1","choices":[{"delta":{"role":"assistant","content":null}}]}
{"choices":[{"delta":{"content":"Hel"}}]}
{"choices":[{"delta":{"content":[{"type":"text","text":"lo"}]}}]}
{"choices":[{"delta":{"content":""},"finish_reason":"stop"}]}
[DONE])"),
            "text Hello\nstop end (stop)\n");
}

// conformance 22
TEST(ChatReducer, JoinsACallFromManyFragments) {
  const std::string arguments = R"({"path":"src/model.py","line":12,"text":"a\nb"})";
  std::string lists = R"([{"index":0,"id":"c","type":"function","function":{"name":"read","arguments":""}}])"
                      "\n";
  for (const char c : arguments)
    lists += fmt::format("[{{\"index\":0,\"function\":{{\"arguments\":{}}}}}]\n", dump(Json(std::string(1, c))));
  EXPECT_EQ(calls(lists), "call c read " + arguments + "\nstop tool (tool_calls)\n");
}

// conformance 23
TEST(ChatReducer, KeepsInterleavedCallsApartByIndex) {
  EXPECT_EQ(calls(R"([{"index":0,"id":"a","function":{"name":"read","arguments":"{\"p\":"}}]
[{"index":1,"id":"b","function":{"name":"read","arguments":"{\"q\":"}}]
[{"index":0,"function":{"arguments":"1}"}},{"index":1,"function":{"arguments":"2}"}}])"),
            "call a read {\"p\":1}\ncall b read {\"q\":2}\nstop tool (tool_calls)\n");
}

// conformance 24, Q1
TEST(ChatReducer, FindsTheCallWithoutAnIndex) {
  const char* expected = "call a read {\"p\":1}\ncall b read {\"p\":2}\nstop tool (stop)\n";
  EXPECT_EQ(calls(R"([{"id":"a","function":{"name":"read","arguments":"{\"p\""}}]
[{"function":{"arguments":":1}"}}]
[{"id":"b","function":{"name":"read","arguments":"{\"p\":2}"}}])",
                  "stop"),
            expected);
  EXPECT_EQ(
      calls(
          R"([{"id":"a","function":{"name":"read","arguments":"{\"p\":1}"}},{"id":"b","function":{"name":"read","arguments":"{\"p\":2}"}}])",
          "stop"),
      expected);
}

// conformance 25, Q2
TEST(ChatReducer, ANewCallOnAnOccupiedIndexIsAnotherCall) {
  EXPECT_EQ(calls(R"([{"index":0,"id":"a","function":{"name":"read","arguments":"{\"p\":1}"}}]
[{"index":0,"id":"b","function":{"name":"read","arguments":"{\"p\":2}"}}]
[{"index":0,"id":"c","function":{"name":"write","arguments":""}}])"),
            "call a read {\"p\":1}\ncall b read {\"p\":2}\ncall c write {}\nstop tool (tool_calls)\n");
}

// conformance 26, Q3, Q5
TEST(ChatReducer, AnIdMayComeLateOrNeverOrBeEmpty) {
  EXPECT_EQ(calls(R"([{"index":0,"id":"","function":{"name":"read","arguments":"{"}}]
[{"index":0,"id":"late","function":{"arguments":"}"}}]
[{"index":0,"id":"","function":{"arguments":""}}])"),
            "call late read {}\nstop tool (tool_calls)\n");
  const Profile profile = profile_named("vllm");
  const auto ids = [&](std::string_view answer) {
    std::vector<std::string> out;
    for (const ToolCall& call : turn_of(whole_of({profile, "m", "k"}, answer)).message.calls()) out.push_back(call.id);
    return out;
  };
  const std::string two =
      R"({"id":"r","choices":[{"message":{"tool_calls":[{"function":{"name":"f","arguments":"{}"}},{"function":{"name":"f","arguments":"{}"}}]},"finish_reason":"stop"}]})";
  const auto minted = ids(two);
  ASSERT_EQ(minted.size(), 2U);
  EXPECT_TRUE(minted[0].starts_with("call_"));
  EXPECT_NE(minted[0], minted[1]);
  EXPECT_EQ(ids(two), minted);  // no chance, no clock
}

// conformance 27, Q4
TEST(ChatReducer, ARepeatedIdIsTheSameCall) {
  EXPECT_EQ(calls(R"([{"id":"0","function":{"name":"read","arguments":"{\"p\""}}]
[{"id":"0","function":{"name":"read","arguments":":1"}}]
[{"id":"0","function":{"arguments":"}"}}]
[{"id":"1","function":{"name":"read","arguments":"{}"}}])"),
            "call 0 read {\"p\":1}\ncall 1 read {}\nstop tool (tool_calls)\n");
}

// Q3: a server that makes up an id for each fragment
TEST(ChatReducer, ANewIdOnAFragmentThatNamesNothingIsNoNewCall) {
  EXPECT_EQ(calls(R"([{"index":0,"id":"a","function":{"name":"read","arguments":"{\"p\""}}]
[{"index":0,"id":"b","function":{"arguments":":1}"}}])"),
            "call a read {\"p\":1}\nstop tool (tool_calls)\n");
}

// Q41
TEST(ChatReducer, TwoCallsOfATurnNeverShareAnId) {
  const Profile profile = profile_named("vllm");
  const Turn turn = turn_of(whole_of({profile, "m", "k"}, R"({"choices":[{"message":{"tool_calls":[
{"id":"x","index":0,"function":{"name":"f","arguments":"{}"}},{"id":"x","index":1,"function":{"name":"g","arguments":"{}"}}]},"finish_reason":"stop"}]})"));
  ASSERT_EQ(turn.message.calls().size(), 2U);
  EXPECT_EQ(turn.message.calls()[0].id, "x");
  EXPECT_NE(turn.message.calls()[1].id, "x");
}

// conformance 28, 29, Q6
TEST(ChatReducer, ArgumentsMayBeAnObjectOrNothing) {
  EXPECT_EQ(calls(R"([{"index":0,"id":"a","function":{"name":"f","arguments":{"b":1,"a":2}}}]
[{"index":1,"id":"b","function":{"name":"g","arguments":""}}]
[{"index":2,"id":"c","function":{"name":"h"}}]
[{"index":3,"id":"d","function":{"name":"i","arguments":null}}])"),
            "call a f {\"b\":1,\"a\":2}\ncall b g {}\ncall c h {}\ncall d i {}\nstop tool (tool_calls)\n");
}

// conformance 30, 32, Q9
TEST(ChatReducer, ACallThatWasCutOffIsDroppedWhateverTheServerSays) {
  for (const std::string_view finish : {"tool_calls", "stop", "length"})
    EXPECT_EQ(calls(R"([{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]
[{"index":1,"id":"b","function":{"name":"f","arguments":"{\"p\":\"x"}}])",
                    finish),
              fmt::format("stop length ({})\nnote 2 of 2 calls dropped: length\n", finish));
}

TEST(ChatReducer, ACallThatIsNoJsonIsMalformedAndNothingOfTheTurnRuns) {
  EXPECT_EQ(calls(R"([{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]
[{"index":1,"id":"b","function":{"name":"f","arguments":"{'p': 1}"}}])"),
            "stop malformed (tool_calls)\nnote 2 of 2 calls dropped: malformed\n");
  EXPECT_EQ(calls(R"([{"index":0,"id":"a","function":{"name":"f","arguments":"[1]"}}])"),
            "stop malformed (tool_calls)\nnote 1 of 1 calls dropped: malformed\n");
  EXPECT_EQ(calls("[]"), "stop malformed (tool_calls)\n");  // announced, and none came
}

// Q40
TEST(ChatReducer, ArgumentsWithRawControlCharactersAreMended) {
  EXPECT_EQ(calls(R"([{"index":0,"id":"a","function":{"name":"f","arguments":"{\"text\":\"a\nb\"}"}}])"),
            "call a f {\"text\":\"a\\nb\"}\nstop tool (tool_calls)\nnote arguments of 'f' were not quite JSON and have "
            "been mended\n");
}

// Q14
TEST(ChatReducer, CompleteCallsBesideTheOutputCapRunOnlyWhereTheProfileAllows) {
  const std::string body =
      R"({"choices":[{"message":{"content":"x","tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}},{"id":"b","function":{"name":"f","arguments":"{"}}]},"finish_reason":"length"}]})";
  EXPECT_EQ(whole(body), "text x\nstop length (length)\nnote 2 of 2 calls dropped: length\n");
  Profile allowing = profile_named("llama-server");
  allowing.calls_beside_length = true;
  EXPECT_EQ(shown(whole_of({allowing, "m", "k"}, body)),
            "text x\ncall a f {}\nstop tool (length)\nnote 1 of 2 calls dropped: tool\n");
}

// conformance 31, Q8
TEST(ChatReducer, CallsAreATurnWithCallsEvenWhenTheServerSaysStop) {
  EXPECT_EQ(calls(R"([{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}])", "stop"),
            "call a f {}\nstop tool (stop)\n");
}

// conformance 33, Q10
TEST(ChatReducer, TheFirstFinishCounts) {
  EXPECT_EQ(chat_streamed(R"({"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}
{"choices":[{"delta":{},"finish_reason":"length"}]}
[DONE])"),
            "text a\nstop end (stop)\nnote a second stop, 'length', was ignored\n");
}

// conformance 34, Q11, Q12, Q13
TEST(ChatReducer, TheLastUsageCountsAndItsAbsenceIsEstimated) {
  const Profile profile = profile_named("vllm");
  const auto usage = [&](std::string_view lines) {
    return shown(turn_of(answer_of({profile, "m", "k", 77}, events(lines))).usage);
  };
  EXPECT_EQ(usage(R"({"choices":[],"prompt_filter_results":[]}
{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":9,"completion_tokens":1}}
{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":null}
{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}
[DONE])"),
            "fresh 9 read 0 write 0 hour 0 out 4 reasoning 0\n");
  EXPECT_EQ(usage(R"({"choices":[{"delta":{"content":"1234567"},"finish_reason":"stop"}]}
[DONE])"),
            "fresh 77 read 0 write 0 hour 0 out 2 reasoning 0 estimated\n");
}

// conformance 35, Q17, Q25, Q36
TEST(ChatReducer, AnErrorInsideOfTheStreamIsAnError) {
  const std::string begun = R"({"choices":[{"delta":{"content":"a"}}]})"
                            "\n";
  EXPECT_EQ(
      chat_streamed(
          begun +
          R"({"error":{"code":500,"message":"does not match the expected peg-native format","type":"server_error"}})"),
      "error not_capable for endpoint, status 200, code 500, type server_error: does not match the expected "
      "peg-native format\n");
  EXPECT_EQ(chat_streamed(begun + "{\"error\":{\"message\":\"no type\"}}\n[DONE]"),
            "error server for request, status 200: no type\n");
  EXPECT_EQ(chat_streamed(begun + R"({"error":"out of memory"})"),
            "error server for request, status 200: out of memory\n");
  EXPECT_EQ(
      chat_streamed(
          begun +
          R"({"error":{"code":502,"message":"Provider disconnected"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]})"),
      "error server for request, status 200, code 502: Provider disconnected\n");
  EXPECT_EQ(chat_streamed(
                "{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"error\"}],\"error\":null}\n[DONE]"),
            "text a\nstop server_error (error)\n");
}

// conformance 36, Q35
TEST(ChatReducer, WithoutAFinishThereIsNoTurnAndWithoutTheLastWordThereIsANote) {
  const std::string begun = R"({"choices":[{"delta":{"content":"a"}}]})"
                            "\n";
  const std::string finish = R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"
                             "\n";
  EXPECT_EQ(chat_streamed(begun), "error cut for request, status 200: the answer ended without a stop\n");
  EXPECT_EQ(chat_streamed(begun, Ending::cut), "error cut for request, status 200: the answer broke off\n");
  EXPECT_EQ(chat_streamed(""), "error cut for request, status 200: the answer ended without a stop\n");
  const char* noted = "text a\nstop end (stop)\nnote the answer ended after its stop, without the closing event\n";
  EXPECT_EQ(chat_streamed(begun + finish), noted);
  EXPECT_EQ(chat_streamed(begun + finish, Ending::cut), noted);
  EXPECT_EQ(chat_streamed(begun + "[DONE]"),
            "text a\nstop end ()\nnote the server closed the answer without saying why it stopped\n");
}

TEST(ChatReducer, AnEventThatIsNoJsonBreaksTheAnswer) {
  EXPECT_EQ(chat_streamed("{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n<html>\n"),
            "error cut for request, status 200: the answer has an event that is no JSON\n");
}

// conformance 37, Q27
TEST(ChatReducer, ReadsBothNamesOfReasoningAndSendsItBackUnderTheProfiles) {
  for (const std::string_view key : {"reasoning", "reasoning_content"}) {
    const std::string lines = fmt::format(
        "{{\"choices\":[{{\"delta\":{{\"{}\":\"so \"}}}}]}}\n"
        "{{\"choices\":[{{\"delta\":{{\"{}\":\"then\",\"content\":\"a\"}},\"finish_reason\":\"stop\"}}]}}\n[DONE]\n",
        key, key);
    EXPECT_EQ(chat_streamed(lines, Ending::complete, "llama-server"),
              "reasoning {\"reasoning_content\":\"so then\"}\ntext a\nstop end (stop)\n");
    const Profile profile = profile_named("llama-server");
    const Profile forgetful = profile_named("vllm");
    EXPECT_EQ(dump_line(turn_of(answer_of({profile, "m", "k"}, events(lines))).message.raw),
              R"({"role":"assistant","content":"a","reasoning_content":"so then"})");
    EXPECT_EQ(dump_line(turn_of(answer_of({forgetful, "m", "k"}, events(lines))).message.raw),
              R"({"role":"assistant","content":"a"})");
  }
}

TEST(ChatReducer, JoinsTheFragmentsOfReasoningBlocksAndSendsThemBack) {
  const Profile profile = profile_named("openrouter");
  const Turn turn = turn_of(answer_of(
      {profile, "m", "k"},
      events(
          R"({"choices":[{"delta":{"reasoning":"a","reasoning_details":[{"type":"reasoning.text","index":0,"text":"a"}]}}]}
{"choices":[{"delta":{"reasoning":"b","reasoning_details":[{"type":"reasoning.text","index":0,"text":"b"}]}}]}
{"choices":[{"delta":{"reasoning_details":[{"type":"reasoning.text","index":0,"text":null,"signature":"S"},{"type":"reasoning.encrypted","index":1,"data":"D"}]}}]}
{"choices":[{"delta":{"content":"x"},"finish_reason":"stop"}]}
[DONE])")));
  EXPECT_EQ(
      dump_line(turn.message.raw),
      R"({"role":"assistant","content":"x","reasoning_details":[{"type":"reasoning.text","index":0,"text":"ab","signature":"S"},{"type":"reasoning.encrypted","index":1,"data":"D"}]})");
}

// conformance 38
TEST(ChatReducer, ARefusalIsARefusalWhateverTheFinish) {
  EXPECT_EQ(chat_streamed(R"({"choices":[{"delta":{"refusal":"I can"}}]}
{"choices":[{"delta":{"refusal":"not."},"finish_reason":"stop"}]}
[DONE])"),
            "text I cannot.\nstop refusal (stop)\n");
}

// conformance 39, Q34, Q38
TEST(ChatReducer, UnknownMembersAreIgnored) {
  EXPECT_EQ(
      chat_streamed(
          R"({"obfuscation":"xxxx","litellm_x":1,"timings":{},"choices":[{"delta":{"content":"a","odd":{}},"logprobs":null}]}
{"object":"something.new","choices":[{"delta":{},"finish_reason":"stop","matched_stop":2}],"service_tier":"default"}
[DONE])"),
      "text a\nstop end (stop)\n");
}

// conformance 40, Q7
TEST(ChatReducer, CallsInTheTextAreTakenOutOnlyWhereTheProfileSaysSo) {
  const std::string body =
      R"({"choices":[{"message":{"content":"<think>hm</think>I look.\n<tool_call>\n{\"name\":\"read\",\"arguments\":{\"path\":\"a\"}}\n</tool_call>"},"finish_reason":"stop"}]})";
  const Profile profile = profile_named("ollama");
  const Turn turn = turn_of(whole_of({profile, "m", "k"}, body));
  ASSERT_EQ(turn.message.calls().size(), 1U);
  EXPECT_EQ(shown(Answer(turn)),
            fmt::format(
                "reasoning {{\"reasoning\":\"hm\"}}\ntext I look.\ncall {} read {{\"path\":\"a\"}}\nstop tool (stop)\n",
                turn.message.calls()[0].id));
  EXPECT_EQ(turn_of(whole_of({profile_named("openai"), "m", "k"}, body)).message.calls().size(), 0U);
}

// conformance 40
TEST(ChatReducer, CallsInACodeFenceAreText) {
  const std::string body =
      R"({"choices":[{"message":{"content":"Like this:\n```\n<tool_call>{\"name\":\"f\"}</tool_call>\n```\n"},"finish_reason":"stop"}]})";
  EXPECT_EQ(whole(body, "ollama"),
            "text Like this:\n```\n<tool_call>{\"name\":\"f\"}</tool_call>\n```\n\nstop end (stop)\n");
}

TEST(ChatReducer, ACallInTheTextThatIsCutOrBrokenDoesNotRun) {
  EXPECT_EQ(
      whole(
          R"({"choices":[{"message":{"content":"<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":"},"finish_reason":"stop"}]})",
          "ollama"),
      "stop length (stop)\nnote 1 of 1 calls dropped: length\n");
  EXPECT_EQ(whole(R"({"choices":[{"message":{"content":"<tool_call>{name: f}</tool_call>"},"finish_reason":"stop"}]})",
                  "ollama"),
            "stop malformed (stop)\nnote 1 of 1 calls dropped: malformed\n");
}

// conformance 68, 69, Q26
TEST(ChatReducer, SignaturesOfCallsAreKeptAndGoBack) {
  const Profile profile = profile_named("compatible");
  const Target target{profile, "m", "k"};
  const Turn turn = turn_of(answer_of(
      target,
      events(
          R"({"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","type":"function","function":{"name":"f","arguments":"{}"},"extra_content":{"google":{"thought_signature":"SIG"}}}]}}]}
{"choices":[{"delta":{},"finish_reason":"stop"}]}
[DONE])")));
  EXPECT_EQ(shown(turn.message.parts),
            "call a f {} with {\"extra_content\":{\"google\":{\"thought_signature\":\"SIG\"}}}\n");
  Request request;
  request.messages = {UserText{"u"}, turn.message, ToolResults{{{"a", "f", "r"}}}};
  EXPECT_EQ(
      dump(body_of(request, target)["messages"][1]["tool_calls"][0]),
      R"({"extra_content":{"google":{"thought_signature":"SIG"}},"function":{"arguments":"{}","name":"f"},"id":"a","type":"function"})");
}

// Q32
TEST(ChatReducer, WordsOfOtherServersAreKnownAndAnUnknownOneRunsNothing) {
  const auto stop = [&](std::string_view word) {
    return std::string(to_string(
        turn_of(
            whole_of(
                {profile_named("tt"), "m", "k"},
                fmt::format(
                    R"({{"choices":[{{"message":{{"content":"a","tool_calls":[{{"id":"a","function":{{"name":"f","arguments":"{{}}"}}}}]}},"finish_reason":"{}"}}]}})",
                    word)))
            .stop));
  };
  EXPECT_EQ(stop("error"), "server_error");
  EXPECT_EQ(stop("timeout_error"), "server_error");
  EXPECT_EQ(stop("content_filter"), "refusal");
  EXPECT_EQ(stop("function_call"), "tool");
  EXPECT_EQ(stop("brand_new"), "unknown");
}

// Q43
TEST(ChatReducer, BlanksBeforeAWholeAnswerDoNotMatterAndAnythingElseDoes) {
  EXPECT_EQ(whole("\n\n   \r\n{\"choices\":[{\"message\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}"),
            "text a\nstop end (stop)\n");
  EXPECT_EQ(whole(" \n"), "error cut for request, status 200: the answer is empty\n");
  EXPECT_EQ(whole("{\"choices\":["), "error cut for request, status 200: the answer is no JSON\n");
  EXPECT_EQ(whole("<html>busy</html>"), "error server for request, status 200: the answer is no JSON\n");
  EXPECT_EQ(whole(R"({"error":{"code":429,"message":"later"}})"), "error rate for key, status 200, code 429: later\n");
  EXPECT_EQ(whole("{}"), "error cut for request, status 200: the answer ended without a stop\n");
}

TEST(ChatReducer, TellsProgressOutputAndTheEnd) {
  const Profile profile = profile_named("vllm");
  const auto reducer = dialect(DialectName::chat).reducer({profile, "m", "k"});
  reducer->take({"", R"({"choices":[{"delta":{"role":"assistant","content":""}}]})"});
  EXPECT_EQ(reducer->progress(), 0U);
  EXPECT_FALSE(reducer->has_output());
  reducer->take({"", R"({"choices":[{"delta":{"content":"a"}}]})"});
  EXPECT_EQ(reducer->progress(), 1U);
  EXPECT_TRUE(reducer->has_output());
  EXPECT_FALSE(reducer->is_done());
  reducer->take({"", "[DONE]"});
  EXPECT_TRUE(reducer->is_done());
}

TEST(ChatReducer, AnAnswerOfCountlessCallsIsRefused) {
  const Profile profile = profile_named("vllm");
  const auto reducer = dialect(DialectName::chat).reducer({profile, "m", "k"});
  for (int i = 0; i < 5000; ++i)
    reducer->take(
        {"",
         fmt::format(R"({{"choices":[{{"delta":{{"tool_calls":[{{"index":{},"function":{{"name":"f"}}}}]}}}}]}})", i)});
  EXPECT_EQ(shown(reducer->end(Ending::complete)),
            "error oversized for request, status 200: the answer has more than 4096 parts\n");
}

}  // namespace
}  // namespace adapt::llm
