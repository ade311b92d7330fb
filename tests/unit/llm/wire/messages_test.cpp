#include "tests/unit/llm/wire/answers.h"

namespace adapt::llm {
namespace {

const Profile& anthropic() {
  static const Profile profile = profile_named("anthropic");
  return profile;
}

Answer messages_streamed(std::string_view lines, Ending ending = Ending::complete) {
  return answer_of({anthropic(), "m", "k"}, named_events(lines), ending);
}

constexpr std::string_view kStart =
    R"({"type":"message_start","message":{"id":"msg_1","model":"m1","role":"assistant","content":[],"stop_reason":null,"usage":{"input_tokens":10,"cache_read_input_tokens":5,"cache_creation_input_tokens":3,"output_tokens":1}}})"
    "\n";

std::string ended(std::string_view reason) {
  return fmt::format(R"({{"type":"message_delta","delta":{{"stop_reason":"{}"}},"usage":{{"output_tokens":40}}}})"
                     "\n{{\"type\":\"message_stop\"}}\n",
                     reason);
}

// A thinking block, a redacted one, an empty one, text and a call, as they are streamed.
constexpr std::string_view kThoughtful =
    R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"ping"}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me "}}
{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"see."}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"SIG=="}}
{"type":"content_block_stop","index":0}
{"type":"content_block_start","index":1,"content_block":{"type":"redacted_thinking","data":"ENC"}}
{"type":"content_block_stop","index":1}
{"type":"content_block_start","index":2,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"content_block_delta","index":2,"delta":{"type":"signature_delta","signature":"S2"}}
{"type":"content_block_stop","index":2}
{"type":"content_block_start","index":3,"content_block":{"type":"text","text":""}}
{"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"I read."}}
{"type":"content_block_stop","index":3}
{"type":"content_block_start","index":4,"content_block":{"type":"tool_use","id":"toolu_1","name":"read","input":{}}}
{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":"{\"path\": \"b\","}}
{"type":"content_block_delta","index":4,"delta":{"type":"input_json_delta","partial_json":" \"all\": true}"}}
{"type":"content_block_stop","index":4}
)";

// conformance 56, 60, Q37, Q38
TEST(MessagesReducer, ReadsAWholeSequence) {
  const std::string odd = R"({"type":"brand_new","x":1})"
                          "\n";
  const Turn turn =
      turn_of(messages_streamed(std::string(kStart) + odd + std::string(kThoughtful) + ended("tool_use")));
  EXPECT_EQ(shown(Answer(turn)), R"(reasoning {"type":"thinking","thinking":"Let me see.","signature":"SIG=="}
reasoning {"type":"redacted_thinking","data":"ENC"}
reasoning {"type":"thinking","thinking":"","signature":"S2"}
text I read.
call toolu_1 read {"path": "b", "all": true}
stop tool (tool_use)
)");
  EXPECT_EQ(shown(turn.usage), "fresh 10 read 5 write 3 hour 0 out 40 reasoning 0\n");
  EXPECT_EQ(turn.request_id, "msg_1");
  EXPECT_EQ(turn.model, "m1");
}

// conformance 59, Q37
TEST(MessagesReducer, ThinkingGoesBackByteForByteAndOnlyToWhomItCameFrom) {
  const Turn turn = turn_of(messages_streamed(std::string(kStart) + std::string(kThoughtful) + ended("tool_use")));
  Request request;
  request.messages = {UserText{"u"}, turn.message, ToolResults{{{"toolu_1", "read", "x = 1"}}}};
  const Dialect& messages = dialect(DialectName::messages);
  const std::string same = messages.encode(request, {anthropic(), "m", "k"}).body;
  const std::string blocks =
      R"({"role":"assistant","content":[{"type":"thinking","thinking":"Let me see.","signature":"SIG=="},{"type":"redacted_thinking","data":"ENC"},{"type":"thinking","thinking":"","signature":"S2"},{"type":"text","text":"I read."},{"type":"tool_use","id":"toolu_1","name":"read","input":{"path":"b","all":true}}]})";
  EXPECT_NE(same.find(blocks), std::string::npos) << same;
  for (const Target& other : {Target{anthropic(), "m2", "k"}, Target{anthropic(), "m", "k2"}}) {
    const std::string body = messages.encode(request, other).body;
    EXPECT_EQ(body.find("thinking"), std::string::npos) << body;
    EXPECT_NE(body.find(R"({"type":"tool_use","id":"call_1_0","name":"read","input":{"path":"b","all":true}})"),
              std::string::npos)
        << body;
    EXPECT_NE(body.find(R"("tool_use_id":"call_1_0")"), std::string::npos);
  }
}

// conformance 57, Q18, Q19, conformance 58
TEST(MessagesReducer, BlocksMayOverlapAndACallMayHaveNoInput) {
  EXPECT_EQ(
      shown(messages_streamed(std::string(kStart) +
                              R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}
{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"chatcmpl-9","name":"list"}}
{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}
{"type":"content_block_stop","index":0}
{"type":"content_block_stop","index":1}
)" + ended("tool_use"))),
      "text a\ncall chatcmpl-9 list {}\nstop tool (tool_use)\n");
}

TEST(MessagesReducer, ADeltaWithoutItsBlockIsNotLost) {
  EXPECT_EQ(shown(messages_streamed(std::string(kStart) +
                                    R"({"type":"content_block_delta","index":3,"delta":{"type":"text_delta","text":"a"}}
{"type":"content_block_delta","index":9,"delta":{"type":"input_json_delta","partial_json":"{"}}
{"type":"content_block_delta","index":3,"delta":{"type":"who_knows","text":"b"}}
)" + ended("end_turn"))),
            "text a\nstop end (end_turn)\n");
}

// conformance 60
TEST(MessagesReducer, LaterCountsReplaceEarlierOnes) {
  const Turn turn =
      turn_of(messages_streamed(std::string(kStart) + R"({"type":"message_delta","delta":{},"usage":{"output_tokens":7}}
{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":12,"cache_read_input_tokens":6,"cache_creation_input_tokens":9,"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":5},"output_tokens":20,"output_tokens_details":{"thinking_tokens":11}}}
{"type":"message_stop"}
)"));
  EXPECT_EQ(shown(turn.usage), "fresh 12 read 6 write 4 hour 5 out 20 reasoning 11\n");
}

TEST(MessagesReducer, WhatTheEndDoesNotTellOfTheCacheStaysAsTheBeginningToldIt) {
  const auto ending_with = [](std::string_view usage) {
    return shown(
        turn_of(
            messages_streamed(
                std::string(
                    R"({"type":"message_start","message":{"id":"m","role":"assistant","content":[],"usage":{"input_tokens":12,"cache_read_input_tokens":6,"cache_creation_input_tokens":9,"cache_creation":{"ephemeral_5m_input_tokens":4,"ephemeral_1h_input_tokens":5},"output_tokens":1}}}
)") + R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":)" +
                std::string(usage) + "}\n" + R"({"type":"message_stop"})" + "\n"))
            .usage);
  };
  const std::string same = "fresh 12 read 6 write 4 hour 5 out 20 reasoning 0\n";
  EXPECT_EQ(ending_with(R"({"output_tokens":20})"), same);
  EXPECT_EQ(ending_with(R"({"output_tokens":20,"cache_creation_input_tokens":null,"cache_creation":null})"), same);
  EXPECT_EQ(ending_with(R"({"output_tokens":20,"cache_creation_input_tokens":9})"), same);
  EXPECT_EQ(ending_with(R"({"output_tokens":20,"cache_creation_input_tokens":11})"),
            "fresh 12 read 6 write 6 hour 5 out 20 reasoning 0\n");
}

// conformance 61
TEST(MessagesReducer, AnErrorAfterTheBeginningIsAnError) {
  EXPECT_EQ(shown(messages_streamed(
                std::string(kStart) +
                R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"})")),
            "error overload for endpoint, status 200, type overloaded_error: Overloaded\n");
}

// conformance 62
TEST(MessagesReducer, KnowsEachStopReason) {
  const auto stop = [&](std::string_view reason) {
    return std::string(to_string(
               turn_of(messages_streamed(std::string(kStart) + std::string(kThoughtful) + ended(reason))).stop)) +
           ", " +
           std::to_string(turn_of(messages_streamed(std::string(kStart) + std::string(kThoughtful) + ended(reason)))
                              .message.calls()
                              .size());
  };
  EXPECT_EQ(stop("end_turn"), "tool, 1");
  EXPECT_EQ(stop("tool_use"), "tool, 1");
  EXPECT_EQ(stop("stop_sequence"), "tool, 1");
  EXPECT_EQ(stop("max_tokens"), "length, 0");
  EXPECT_EQ(stop("refusal"), "refusal, 0");
  EXPECT_EQ(stop("model_context_window_exceeded"), "context, 0");
  EXPECT_EQ(stop("brand_new"), "unknown, 0");
  const auto plain = [&](std::string_view reason) {
    return turn_of(messages_streamed(std::string(kStart) + ended(reason))).stop;
  };
  EXPECT_EQ(plain("end_turn"), Stop::end);
  EXPECT_EQ(plain("stop_sequence"), Stop::stop_sequence);
  EXPECT_EQ(plain("pause_turn"), Stop::pause);
  EXPECT_EQ(plain("tool_use"), Stop::malformed);
}

TEST(MessagesReducer, TheCategoryOfARefusalIsNoted) {
  EXPECT_EQ(
      shown(messages_streamed(
          std::string(kStart) +
          R"({"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"frontier_llm"}},"usage":{"output_tokens":1}}
{"type":"message_stop"}
)")),
      "stop refusal (refusal)\nnote refused as frontier_llm\n");
}

TEST(MessagesReducer, ACallThatTheCapCutIsDroppedAlsoFromWhatGoesBack) {
  const Turn turn = turn_of(messages_streamed(
      std::string(kStart) + R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}}
{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"\n\n"}}
{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"read","input":{}}}
{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"path\": \"b"}}
)" + ended("max_tokens")));
  EXPECT_EQ(shown(Answer(turn)), "text a\nstop length (max_tokens)\nnote 1 of 1 calls dropped: length\n");
  EXPECT_EQ(dump_line(turn.message.raw), R"([{"type":"text","text":"a"}])");
}

// conformance 36 for this dialect
TEST(MessagesReducer, AStreamThatEndsInABlockIsCut) {
  EXPECT_EQ(shown(messages_streamed(std::string(kStart) + std::string(kThoughtful))),
            "error cut for request, status 200: the answer ended without a stop\n");
}

TEST(MessagesReducer, AWholeBodyGivesTheSameTurnAsTheStream) {
  const Turn turn = turn_of(
      whole_of({anthropic(), "m", "k"}, R"({"type":"message","id":"msg_1","model":"m1","role":"assistant","content":[
{"type":"thinking","thinking":"Let me see.","signature":"SIG=="},{"type":"redacted_thinking","data":"ENC"},{"type":"thinking","thinking":"","signature":"S2"},
{"type":"text","text":"I read."},{"type":"tool_use","id":"toolu_1","name":"read","input":{"path":"b","all":true}}],
"stop_reason":"tool_use","usage":{"input_tokens":10,"cache_read_input_tokens":5,"cache_creation_input_tokens":3,"output_tokens":40}})"));
  const Turn same = turn_of(messages_streamed(std::string(kStart) + std::string(kThoughtful) + ended("tool_use")));
  EXPECT_EQ(dump_line(turn.message.raw), dump_line(same.message.raw));
  EXPECT_EQ(turn.usage, same.usage);
  EXPECT_EQ(turn.stop, same.stop);
}

}  // namespace
}  // namespace adapt::llm
