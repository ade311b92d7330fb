// What is sent to both services, and what their words for a batch mean.
#include "agent/llm/batch.h"

#include <gtest/gtest.h>

#include "batch_bed.h"

namespace adapt::llm {
namespace {

using fakes::answer;
using Strings = std::vector<std::string>;
using Answers = std::map<std::string, std::string>;

Reservation open_batch(std::string id) {
  Reservation out;
  out.call = 1;
  out.batch = BatchMark{"h", "t", std::move(id), 1, kNow};
  return out;
}

TEST(Batch, OpenaisIsAFileOfQuestionsWhoseAnswersComeInAnyOrderInTwoFiles) {
  ScriptedService service(openai_service(
      {{"GET /v1/batches/batch_1", {openai_batch("completed", 3, 2, 1, kBothFiles)}},
       {"GET /v1/files/file-out/content", {ok(openai_line("b", "two") + openai_line("a", "one"))}},
       {"GET /v1/files/file-err/content",
        {ok(openai_error_line("c", 400, R"({"error":{"message":"too long","code":"context_length_exceeded"}})"))}}}));
  TextLog log;
  Bed bed(openai(service), log);
  const std::vector<BatchItem> items = {question("a"), question("b"), question("c")};
  const Reservation batch = bed.submitted(items);
  EXPECT_EQ(bed.take(batch, items), (Answers{{"a", "end one"}, {"b", "end two"}, {"c", "error context"}}));
  EXPECT_EQ(service.lines(), (Strings{"POST /v1/files", "POST /v1/batches", "GET /v1/batches/batch_1",
                                      "GET /v1/files/file-out/content", "GET /v1/files/file-err/content"}));

  const std::string tag = batch.batch->tag;
  const std::string body = R"("body":{"model":"m","max_completion_tokens":100,)"
                           R"("messages":[{"role":"user","content":"2+2?"}]}})";
  std::string lines;
  for (const char* id : {"a", "b", "c"})
    lines +=
        fmt::format(R"({{"custom_id":"{}_{}","method":"POST","url":"/v1/chat/completions",{})", tag, id, body) + "\n";
  const fakes::SeenRequest upload = service.requests()[0];
  const std::string kind = upload.header("content-type");
  ASSERT_TRUE(kind.starts_with("multipart/form-data; boundary=")) << kind;
  const std::string boundary = kind.substr(kind.find('=') + 1);
  EXPECT_EQ(upload.body,
            fmt::format("--{0}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
                        "--{0}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{1}.jsonl\"\r\n"
                        "content-type: application/jsonl\r\n\r\n{2}\r\n--{0}--\r\n",
                        boundary, tag, lines));
  EXPECT_EQ(upload.header("authorization"), std::string("Bearer ") + kKey);
  EXPECT_EQ(service.requests()[1].body,
            fmt::format(R"({{"input_file_id":"file-in","endpoint":"/v1/chat/completions","completion_window":"24h",)"
                        R"("metadata":{{"adapt_batch":"{}"}}}})",
                        tag));
}

TEST(Batch, TheResponsesDialectNamesItsOwnEndpoint) {
  ScriptedService service(openai_service({}));
  TextLog log;
  Bed bed("responses@" + service.base() + "#m", log);
  bed.submitted({question("a")});
  EXPECT_TRUE(contains(service.requests()[0].body, R"("url":"/v1/responses","body":{"model":"m")"));
  EXPECT_FALSE(contains(service.requests()[0].body, "\"stream\""));
  EXPECT_TRUE(contains(service.requests()[1].body, R"("endpoint":"/v1/responses")"));
}

TEST(Batch, AnthropicsIsOneRequestAndItsKeyGoesToNoOtherAddress) {
  ScriptedService service(anthropic_service(
      {{"GET /v1/messages/batches/msgbatch_1",
        {anthropic_batch("ended", R"({"processing":0,"succeeded":1,"errored":2,"canceled":0,"expired":1})")}},
       {"GET /v1/messages/batches/msgbatch_1/results",
        {ok(anthropic_result("d", R"({"type":"expired"})") +
            anthropic_result("b", R"({"type":"errored","error":{"type":"error","error":{"type":"overloaded_error",)"
                                  R"("message":"busy"},"request_id":"r"}})") +
            anthropic_result("c",
                             R"({"type":"errored","error":{"type":"error","error":{"type":)"
                             R"("invalid_request_error","message":"prompt is too long: 9 tokens > 8 maximum"}}})") +
            anthropic_line("a", "four"))}}}));
  TextLog log;
  Bed bed(anthropic(service), log);
  const std::vector<BatchItem> items = {question("a"), question("b"), question("c"), question("d")};
  const Reservation batch = bed.submitted(items);
  EXPECT_EQ(bed.take(batch, items),
            (Answers{{"a", "end four"}, {"b", "error overload"}, {"c", "error context"}, {"d", "error silent"}}));
  EXPECT_EQ(service.lines(), (Strings{"POST /v1/messages/batches", "GET /v1/messages/batches/msgbatch_1",
                                      "GET /v1/messages/batches/msgbatch_1/results"}));
  std::string expected = R"({"requests":[)";
  for (const char* id : {"a", "b", "c", "d"})
    expected += fmt::format(R"({}{{"custom_id":"{}_{}","params":{{"model":"m","max_tokens":100,"messages":[{{"role":)"
                            R"("user","content":[{{"type":"text","text":"2+2?"}}]}}]}}}})",
                            id == std::string("a") ? "" : ",", batch.batch->tag, id);
  EXPECT_EQ(service.requests()[0].body, expected + "]}");
  EXPECT_EQ(service.requests()[0].header("x-api-key"), kKey);
  EXPECT_EQ(service.requests()[2].header("anthropic-version"), "2023-06-01");
}

TEST(Batch, TheWordsOfBothServicesBecomeOneState) {
  struct Case {
    std::string raw;
    BatchStatus expected;
  };
  const std::vector<Case> ours = {
      {openai_batch("validating", 0, 0, 0), {BatchState::in_progress, "validating", {0, 0, 0}}},
      {openai_batch("in_progress", 5, 2, 1), {BatchState::in_progress, "in_progress", {5, 2, 1}}},
      {openai_batch("finalizing", 5, 5, 0), {BatchState::in_progress, "finalizing", {5, 5, 0}}},
      {openai_batch("cancelling", 5, 1, 0), {BatchState::in_progress, "cancelling", {5, 1, 0}}},
      {openai_batch("a word of next year", 5, 1, 0), {BatchState::in_progress, "a word of next year", {5, 1, 0}}},
      {openai_batch("completed", 5, 5, 0), {BatchState::ended, "completed", {5, 5, 0}}},
      {openai_batch("failed", 0, 0, 0), {BatchState::failed, "failed", {0, 0, 0}}},
      {openai_batch("expired", 5, 3, 2), {BatchState::expired, "expired", {5, 3, 2}}},
      {openai_batch("cancelled", 5, 3, 0), {BatchState::cancelled, "cancelled", {5, 3, 0}}},
  };
  for (const Case& one : ours) {
    ScriptedService service({{"GET /v1/batches/b", {one.raw}}});
    TextLog log;
    const auto status = Bed(openai(service), log).client->status(open_batch("b"));
    EXPECT_EQ(std::get<BatchStatus>(*status), one.expected) << one.raw;
  }
  const std::vector<Case> theirs = {
      {anthropic_batch("in_progress", R"({"processing":3,"succeeded":1})"),
       {BatchState::in_progress, "in_progress", {4, 1, 0}}},
      {anthropic_batch("canceling", R"({"processing":3})"), {BatchState::in_progress, "canceling", {3, 0, 0}}},
      {anthropic_batch("ended", R"({"succeeded":2,"errored":1})"), {BatchState::ended, "ended", {3, 2, 1}}},
      {anthropic_batch("ended", R"({"succeeded":2,"canceled":1})"), {BatchState::cancelled, "ended", {3, 2, 1}}},
      {anthropic_batch("ended", R"({"succeeded":2,"expired":1})"), {BatchState::expired, "ended", {3, 2, 1}}},
  };
  for (const Case& one : theirs) {
    ScriptedService service({{"GET /v1/messages/batches/b", {one.raw}}});
    TextLog log;
    const auto status = Bed(anthropic(service), log).client->status(open_batch("b"));
    EXPECT_EQ(std::get<BatchStatus>(*status), one.expected) << one.raw;
  }
}

TEST(Batch, AStatusThatIsRefusedForNowIsAskedAgainAfterTheServersWait) {
  ScriptedService service(
      {{"GET /v1/batches/b",
        {answer(429, R"({"error":{"message":"slow"}})", "retry-after: 7\r\n"), openai_batch("in_progress", 5, 0, 0)}}});
  TextLog log;
  Bed bed(openai(service), log);
  const auto status = bed.client->status(open_batch("b"));
  EXPECT_EQ(std::get<BatchStatus>(*status).native, "in_progress");
  EXPECT_EQ(bed.pause.slept, (std::vector<std::int64_t>{7'000}));
  EXPECT_EQ(service.count("GET /v1/batches/b"), 2U);
}

TEST(Batch, ABatchThatIsUnknownOrNoBatchIsAnError) {
  ScriptedService service({{"GET /v1/batches/b", {answer(404, R"({"error":{"message":"no such batch"}})")}},
                           {"GET /v1/batches/c", {ok(R"({"hello":1})")}},
                           {"GET /v1/batches/d", {ok("<html>")}}});
  TextLog log;
  Bed bed(openai(service), log);
  EXPECT_EQ(std::get<CallError>(*bed.client->status(open_batch("b"))).kind, CallErrorKind::caller);
  EXPECT_EQ(std::get<CallError>(*bed.client->status(open_batch("c"))).message, "an answer that is no batch");
  EXPECT_EQ(std::get<CallError>(*bed.client->status(open_batch("d"))).message, "an answer that is no batch");
}

TEST(Batch, CancellingAsksAndWhatWasAnsweredByThenCanBeTaken) {
  ScriptedService service(openai_service({{"POST /v1/batches/batch_1/cancel", {openai_batch("cancelling", 2, 1, 0)}},
                                          {"GET /v1/batches/batch_1", {openai_batch("cancelled", 2, 1, 0, kOutFile)}},
                                          {"GET /v1/files/file-out/content", {ok(openai_line("b", "two"))}}}));
  TextLog log;
  Bed bed(openai(service), log);
  const std::vector<BatchItem> items = {question("a"), question("b")};
  const Reservation batch = bed.submitted(items);
  EXPECT_EQ(std::get<BatchStatus>(*bed.client->cancel(batch)),
            (BatchStatus{BatchState::in_progress, "cancelling", {2, 1, 0}}));
  EXPECT_EQ(bed.take(batch, items), (Answers{{"a", "error cancelled"}, {"b", "end two"}}));
  EXPECT_EQ(bed.settlement.nano_usd, 150'000);
  EXPECT_EQ(bed.settlement.ended, "cancelled");
}

TEST(Batch, AnthropicCancelsUnderTheBatchToo) {
  ScriptedService service(
      {{"POST /v1/messages/batches/b/cancel", {anthropic_batch("canceling", R"({"processing":2})")}}});
  TextLog log;
  const auto status = Bed(anthropic(service), log).client->cancel(open_batch("b"));
  EXPECT_EQ(std::get<BatchStatus>(*status), (BatchStatus{BatchState::in_progress, "canceling", {2, 0, 0}}));
}

TEST(Batch, EndpointsWithoutBatchesSaySo) {
  TextLog log;
  for (const char* text : {"gemini:m", "compatible@http://127.0.0.1:1/v1#m", "openrouter:m"}) {
    try {
      Bed bed(text, log);
      ADD_FAILURE() << text;
    } catch (const std::runtime_error& error) {
      EXPECT_EQ(std::string(error.what()), std::string(text) + " takes no batches");
    }
  }
}

}  // namespace
}  // namespace adapt::llm
