#include "tests/unit/llm/wire/answers.h"

namespace adapt::llm {
namespace {

const Profile& responses() {
  static const Profile profile = profile_named("responses");
  return profile;
}

Answer responses_streamed(std::string_view lines, Ending ending = Ending::complete) {
  return answer_of({responses(), "m", "k"}, named_events(lines), ending);
}

constexpr std::string_view kReasoning = R"({"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"ENC=="})";
constexpr std::string_view kMessage =
    R"({"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","annotations":[],"text":"I read."}]})";
constexpr std::string_view kCall =
    R"({"id":"fc_1","type":"function_call","status":"completed","arguments":"{\"path\": \"b\"}","call_id":"call_9","name":"read"})";

std::string done(std::string_view item, int index) {
  return fmt::format(
      "{{\"type\":\"response.output_item.done\",\"sequence_number\":9,\"output_index\":{},\"item\":{}}}\n", index,
      item);
}

std::string whole_sequence() {
  return R"({"type":"response.created","sequence_number":0,"response":{"id":"resp_1","status":"in_progress","output":[]}}
{"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_1","status":"in_progress"}}
{"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","encrypted_content":"PART"}}
)" + done(kReasoning, 0) +
         R"({"type":"response.output_item.added","output_index":1,"item":{"id":"msg_1","type":"message","content":[]}}
{"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"delta":"I read."}
)" + done(kMessage, 1) +
         R"({"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,"delta":"{\"path\": \"b\"}"}
{"type":"response.function_call_arguments.done","item_id":"fc_1","arguments":"{\"path\": \"b\"}"}
)" + done(kCall, 2) +
         R"({"type":"response.completed","response":{"id":"resp_1","model":"m1","status":"completed","error":null,"incomplete_details":null,"output":[],"usage":{"input_tokens":100,"input_tokens_details":{"cached_tokens":60,"cache_write_tokens":10},"output_tokens":30,"output_tokens_details":{"reasoning_tokens":20}}}}
)";
}

// conformance 46
TEST(ResponsesReducer, TakesTheItemsWhenTheyAreDone) {
  const Turn turn = turn_of(responses_streamed(whole_sequence()));
  EXPECT_EQ(shown(Answer(turn)),
            fmt::format("reasoning {}\ntext I read.\ncall call_9 read {{\"path\": \"b\"}}\nstop tool (completed)\n",
                        kReasoning));
  EXPECT_EQ(shown(turn.usage), "fresh 30 read 60 write 10 hour 0 out 30 reasoning 20\n");
  EXPECT_EQ(turn.model, "m1");
  EXPECT_EQ(turn.request_id, "resp_1");
}

// conformance 47
TEST(ResponsesReducer, DeltasBeforeTheirItemAndOfUnknownItemsDoNoHarm) {
  EXPECT_EQ(
      shown(responses_streamed(R"({"type":"response.output_text.delta","item_id":"msg_1","output_index":1,"delta":"I "}
{"type":"response.function_call_arguments.delta","item_id":"nobody","delta":"{"}
{"type":"response.function_call_arguments.done","item_id":"nobody","arguments":"{}"}
)" + done(kMessage, 1) + done(kReasoning, 0) +
                               R"({"type":"response.completed","response":{"status":"completed"}})")),
      fmt::format("reasoning {}\ntext I read.\nstop end (completed)\n", kReasoning));
}

// conformance 48, Q20
TEST(ResponsesReducer, NeedsNoNumbersAndNoOutputAtTheBeginning) {
  const std::string unnumbered = fmt::format("{{\"type\":\"response.output_item.done\",\"item\":{}}}\n", kMessage) +
                                 fmt::format("{{\"type\":\"response.output_item.done\",\"item\":{}}}\n", kCall);
  EXPECT_EQ(shown(responses_streamed("{\"type\":\"response.created\",\"response\":{\"id\":\"r\"}}\n" + unnumbered +
                                     "{\"type\":\"response.completed\",\"response\":{\"id\":\"r\"}}\n")),
            "text I read.\ncall call_9 read {\"path\": \"b\"}\nstop tool (completed)\n");
  const std::string only_at_the_end =
      fmt::format("{{\"type\":\"response.completed\",\"response\":{{\"status\":\"completed\",\"output\":[{},{}]}}}}\n",
                  kMessage, kCall);
  EXPECT_EQ(shown(responses_streamed(only_at_the_end)),
            "text I read.\ncall call_9 read {\"path\": \"b\"}\nstop tool (completed)\n");
}

// conformance 49
TEST(ResponsesReducer, AFailedResponseIsTheErrorThatItNames) {
  const auto failed = [&](std::string_view code, std::string_view message) {
    return shown(responses_streamed(fmt::format(
        R"({{"type":"response.failed","response":{{"id":"r","status":"failed","error":{{"code":"{}","message":"{}"}},"output":[]}}}})",
        code, message)));
  };
  EXPECT_EQ(failed("context_length_exceeded", "Your input exceeds the context window of this model."),
            "error context for job, status 200, code context_length_exceeded: Your input exceeds the context window of "
            "this model.\n");
  EXPECT_EQ(failed("rate_limit_exceeded", "Rate limit reached. Please try again in 1.2s."),
            "error rate for key, status 200, code rate_limit_exceeded, wait 1200: Rate limit reached. Please try again "
            "in 1.2s.\n");
  EXPECT_EQ(failed("server_error", "An error occurred."),
            "error server for request, status 200, code server_error: An error occurred.\n");
}

// conformance 50
TEST(ResponsesReducer, AnIncompleteResponseDropsItsHalfCall) {
  const std::string half =
      R"({"id":"fc_1","type":"function_call","status":"incomplete","arguments":"{\"pa","call_id":"c","name":"read"})";
  const Turn turn = turn_of(responses_streamed(
      done(kMessage, 0) + done(half, 1) +
      R"({"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}})"));
  EXPECT_EQ(shown(Answer(turn)), "text I read.\nstop length (max_output_tokens)\nnote 1 of 1 calls dropped: length\n");
  EXPECT_EQ(dump_line(turn.message.raw), fmt::format("[{}]", kMessage));
  EXPECT_EQ(
      turn_of(
          responses_streamed(
              R"({"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"content_filter"}}})"))
          .stop,
      Stop::refusal);
  EXPECT_EQ(
      turn_of(
          responses_streamed(
              R"({"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"steered"}}})"))
          .stop,
      Stop::unknown);
}

// conformance 51
TEST(ResponsesReducer, ABareErrorEventIsAnError) {
  EXPECT_EQ(shown(responses_streamed(
                R"({"type":"error","code":"server_is_overloaded","message":"Busy","param":null,"sequence_number":3})")),
            "error overload for endpoint, status 200, code server_is_overloaded, type error: Busy\n");
}

TEST(ResponsesReducer, AStreamWithoutItsTerminalEventIsCut) {
  EXPECT_EQ(shown(responses_streamed(done(kMessage, 0))),
            "error cut for request, status 200: the answer ended without a stop\n");
}

// conformance 52
TEST(ResponsesDialect, ReasoningGoesBackByteForByteAndIsDroppedForAnotherModel) {
  const Turn turn = turn_of(responses_streamed(whole_sequence()));
  Request request;
  request.messages = {UserText{"u"}, turn.message, ToolResults{{{"call_9", "read", "x"}}}};
  const Dialect& dialect_of_responses = dialect(DialectName::responses);
  const std::string same = dialect_of_responses.encode(request, {responses(), "m", "k"}).body;
  EXPECT_NE(
      same.find(fmt::format(
          R"("input":[{{"role":"user","content":"u"}},{},{},{},{{"type":"function_call_output","call_id":"call_9","output":"x"}}]}})",
          kReasoning, kMessage, kCall)),
      std::string::npos)
      << same;
  const std::string other = dialect_of_responses.encode(request, {responses(), "m2", "k"}).body;
  EXPECT_NE(
      other.find(
          R"("input":[{"role":"user","content":"u"},{"role":"assistant","content":"I read."},{"type":"function_call","call_id":"call_1_0","name":"read","arguments":"{\"path\": \"b\"}"},{"type":"function_call_output","call_id":"call_1_0","output":"x"}]})"),
      std::string::npos)
      << other;
}

// Q30: without its encrypted content a reasoning item would be looked up at the server, which keeps nothing
TEST(ResponsesDialect, ReasoningThatCannotGoBackTakesTheIdsOfItsNeighboursAlong) {
  const std::string bare = R"({"id":"rs_1","type":"reasoning","summary":[]})";
  const Turn turn = turn_of(responses_streamed(done(bare, 0) + done(kCall, 1) +
                                               R"({"type":"response.completed","response":{"status":"completed"}})"));
  Request request;
  request.messages = {UserText{"u"}, turn.message, ToolResults{{{"call_9", "read", "x"}}}};
  const std::string input = dump(body_of(request, {responses(), "m", "k"})["input"]);
  EXPECT_EQ(
      input,
      R"([{"content":"u","role":"user"},{"arguments":"{\"path\": \"b\"}","call_id":"call_9","name":"read","status":"completed","type":"function_call"},{"call_id":"call_9","output":"x","type":"function_call_output"}])");
}

TEST(ResponsesDialect, ReasoningThatLedToNothingIsNotSentBack) {
  Request request;
  AssistantTurn turn =
      turn_of(
          responses_streamed(
              done(kMessage, 0) + done(kReasoning, 1) +
              R"({"type":"response.incomplete","response":{"status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}}})"))
          .message;
  request.messages = {UserText{"u"}, turn, UserText{"go on"}};
  EXPECT_EQ(
      dump(body_of(request, {responses(), "m", "k"})["input"]),
      R"([{"content":"u","role":"user"},{"content":[{"annotations":[],"text":"I read.","type":"output_text"}],"role":"assistant","status":"completed","type":"message"},{"content":"go on","role":"user"}])");
}

// conformance 53
TEST(ResponsesDialect, NothingIsKeptAtTheServerAndTheReasoningComesAlong) {
  const Json body = body_of(asked_with_calls(), {responses(), "m", "k"});
  EXPECT_EQ(body["store"], Json(false));
  EXPECT_EQ(body["include"], Json::array({"reasoning.encrypted_content"}));
}

TEST(ResponsesReducer, AWholeBodyGivesTheSameTurnAsTheStream) {
  const Turn turn = turn_of(whole_of(
      {responses(), "m", "k"},
      fmt::format(
          R"({{"id":"resp_1","model":"m1","object":"response","status":"completed","error":null,"output":[{},{},{}],"usage":{{"input_tokens":100,"input_tokens_details":{{"cached_tokens":60,"cache_write_tokens":10}},"output_tokens":30,"output_tokens_details":{{"reasoning_tokens":20}}}}}})",
          kReasoning, kMessage, kCall)));
  const Turn same = turn_of(responses_streamed(whole_sequence()));
  EXPECT_EQ(shown(Answer(turn)), shown(Answer(same)));
  EXPECT_EQ(dump_line(turn.message.raw), dump_line(same.message.raw));
  EXPECT_EQ(turn.usage, same.usage);
}

}  // namespace
}  // namespace adapt::llm
