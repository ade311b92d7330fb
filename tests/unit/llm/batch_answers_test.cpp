// Answers that are incomplete, broken, foreign or never come.
#include "agent/llm/batch_answers.h"

#include <gtest/gtest.h>

#include "batch_bed.h"

namespace adapt::llm {
namespace {

using Answers = std::map<std::string, std::string>;

constexpr const char* kBatch = "GET /v1/batches/batch_1";
constexpr const char* kOut = "GET /v1/files/file-out/content";

std::vector<BatchItem> abc() { return {question("a"), question("b"), question("c")}; }

// What comes of three questions whose batch ended in this way.
struct Outcome {
  Answers answers;
  Usage usage;
  std::optional<std::int64_t> nano_usd;
  bool waste = false;
  std::vector<std::string> messages;
  std::size_t downloads = 0;
};
Outcome after(ScriptedService::Texts texts) {
  ScriptedService service(openai_service(std::move(texts)));
  TextLog log;
  Bed bed(openai(service), log);
  const Reservation batch = bed.submitted(abc());
  Outcome out;
  out.answers = bed.take(batch, abc());
  out.usage = bed.settlement.usage;
  out.nano_usd = bed.settlement.nano_usd;
  out.waste = bed.settlement.waste;
  out.messages = bed.messages;
  out.downloads = service.count(kOut);
  return out;
}

TEST(BatchAnswers, OfAnExpiredBatchAreThoseThatWereDoneInTime) {
  const Outcome out = after(
      {{kBatch, {openai_batch("expired", 3, 1, 1, kBothFiles)}},
       {kOut, {ok(openai_line("c", "three"))}},
       {"GET /v1/files/file-err/content",
        {ok(R"({"custom_id":"$TAG_a","response":null,"error":{"code":"batch_expired","message":"too late"}})")}}});
  EXPECT_EQ(out.answers, (Answers{{"a", "error silent"}, {"b", "error silent"}, {"c", "end three"}}));
  EXPECT_EQ(out.messages, (std::vector<std::string>{"too late", "the batch's time was up before its turn came"}));
  EXPECT_EQ(out.nano_usd, 150'000);
}

TEST(BatchAnswers, OfABatchThatWasRefusedAsAWholeAreItsReasonAndCostNothing) {
  const Outcome out = after({{kBatch,
                              {openai_batch("failed", 0, 0, 0,
                                            R"(,"errors":{"object":"list","data":[{"code":"insufficient_quota",)"
                                            R"("message":"no money","line":1}]})")}}});
  EXPECT_EQ(out.answers, (Answers{{"a", "error money"}, {"b", "error money"}, {"c", "error money"}}));
  EXPECT_EQ(out.messages, (std::vector<std::string>(3, "no money")));
  EXPECT_EQ(out.nano_usd, 0);
  EXPECT_TRUE(out.waste);
}

TEST(BatchAnswers, AreNotTakenWhileTheBatchIsInProgress) {
  const Outcome out = after({{kBatch, {openai_batch("in_progress", 3, 1, 0, kOutFile)}}});
  EXPECT_EQ(out.answers, (Answers{{"!", "error loading"}}));
  EXPECT_EQ(out.downloads, 0U);
}

TEST(BatchAnswers, OfADownloadThatIsCutAreHandedOverOnceEach) {
  const std::string whole = openai_line("a", "one") + openai_line("b", "two") + openai_line("c", "three");
  const Outcome out = after({{kBatch, {openai_batch("completed", 3, 3, 0, kOutFile)}},
                             {kOut, {"cut HTTP/1.1 200 OK\r\n\r\n" + whole.substr(0, whole.size() / 2), ok(whole)}}});
  EXPECT_EQ(out.answers, (Answers{{"a", "end one"}, {"b", "end two"}, {"c", "end three"}}));
  EXPECT_EQ(out.downloads, 2U);
  EXPECT_EQ(out.usage, (Usage{.fresh = 300, .output = 30}));
}

TEST(BatchAnswers, OfADownloadThatBreaksBetweenTwoLinesAreMissedByTheServicesCount) {
  const std::string two = openai_line("a", "one") + openai_line("b", "two");
  const Outcome out = after({{kBatch, {openai_batch("completed", 3, 3, 0, kOutFile)}},
                             {kOut, {"cut HTTP/1.1 200 OK\r\n\r\n" + two, ok(two + openai_line("c", "three"))}}});
  EXPECT_EQ(out.answers, (Answers{{"a", "end one"}, {"b", "end two"}, {"c", "end three"}}));
  EXPECT_EQ(out.downloads, 2U);
}

TEST(BatchAnswers, ADownloadThatIsAlwaysCutAtOnePlaceLeavesTheBatchOpen) {
  const std::string half = "cut HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + openai_line("a", "one");
  ScriptedService service(openai_service({{kBatch, {openai_batch("completed", 3, 3, 0, kOutFile)}}, {kOut, {half}}}));
  TextLog log;
  Bed bed(openai(service), log);
  const Reservation batch = bed.submitted(abc());
  EXPECT_EQ(bed.take(batch, abc()), (Answers{{"a", "end one"}, {"!", "error poison"}}));
  EXPECT_EQ(bed.ledger->open_batches().size(), 1U);
}

TEST(BatchAnswers, ThatNeverCameAreErrorsAndCountAtTheirWorst) {
  const Outcome out = after({{kBatch, {openai_batch("completed", 3, 3, 0, kOutFile)}},
                             {kOut, {ok(openai_line("b", "two") + "{\"custom_id\":\"nonsense\n")}}});
  EXPECT_EQ(out.answers, (Answers{{"a", "error cut"}, {"b", "end two"}, {"c", "error cut"}}));
  EXPECT_EQ(out.messages,
            (std::vector<std::string>(2, "the batch has ended without an answer to this; 1 lines could not be read")));
  EXPECT_TRUE(out.usage.estimated);
  EXPECT_EQ(out.usage.output, 10 + 2 * 100);  // the caps of two questions
}

TEST(BatchAnswers, ToWhatWasNotAskedAreRefused) {
  for (const std::string& line :
       {openai_line("x", "whose?"), replace_all(openai_line("a", "one"), "$TAG", "0123456789ab"),
        replace_all(openai_line("a", "one"), "$TAG_a", "a")}) {
    const Outcome out = after({{kBatch, {openai_batch("completed", 3, 3, 0, kOutFile)}}, {kOut, {ok(line)}}});
    ASSERT_EQ(out.answers.size(), 1U);
    EXPECT_TRUE(contains(out.answers.at("!"), "that was not asked")) << out.answers.at("!");
  }
}

TEST(BatchAnswers, ThatComeTwiceCountOnce) {
  const Outcome out = after({{kBatch, {openai_batch("completed", 3, 3, 0, kOutFile)}},
                             {kOut,
                              {ok(openai_line("a", "one") + openai_line("a", "again") + openai_line("b", "two") + "\n" +
                                  openai_line("c", "three"))}}});
  EXPECT_EQ(out.answers, (Answers{{"a", "end one"}, {"b", "end two"}, {"c", "end three"}}));
  EXPECT_EQ(out.nano_usd, 450'000);
}

TEST(BatchAnswers, WithErrorsInsideAreClassifiedAsSingleCallsAre) {
  const Outcome out =
      after({{kBatch, {openai_batch("completed", 3, 1, 2, kOutFile)}},
             {kOut,
              {ok(openai_error_line("a", 429, R"({"error":{"message":"x","code":"rate_limit_exceeded"}})") +
                  openai_error_line("b", 500, R"({"error":{"message":"oh"}})") +
                  openai_error_line("c", 200, R"({"error":{"message":"filtered","code":"content_filter"}})"))}}});
  EXPECT_EQ(out.answers, (Answers{{"a", "error rate"}, {"b", "error server"}, {"c", "error refusal"}}));
}

TEST(BatchAnswers, ThatAreLongerThanAnyAnswerMayBeAreSkipped) {
  const std::string huge = openai_line("a", std::string(kMaxAnswerLine + 1, 'x'));
  const Outcome out = after({{kBatch, {openai_batch("completed", 3, 3, 0, kOutFile)}},
                             {kOut, {ok(huge + openai_line("b", "two") + openai_line("c", "three"))}}});
  EXPECT_EQ(out.answers, (Answers{{"a", "error cut"}, {"b", "end two"}, {"c", "end three"}}));
}

TEST(BatchAnswers, AreAskedForWithTheQuestionsThatWereSent) {
  ScriptedService service(openai_service({}));
  TextLog log;
  Bed bed(openai(service), log);
  const Reservation batch = bed.submitted(abc());
  EXPECT_EQ(bed.take(batch, {question("a")}), (Answers{{"!", "batch batch_1 has 3 questions, not 1"}}));
}

TEST(BatchAnswers, StopWhenTheirTakerFails) {
  ScriptedService service(openai_service(
      {{kBatch, {openai_batch("completed", 3, 3, 0, kOutFile)}}, {kOut, {ok(openai_line("a", "one"))}}}));
  TextLog log;
  Bed bed(openai(service), log);
  const Reservation batch = bed.submitted(abc());
  const auto taken = bed.client->answers(
      batch, abc(), [](const BatchAnswer&) -> Result<void> { return fail(ErrorKind::io, "the disk is full"); });
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().message, "the disk is full");
}

}  // namespace
}  // namespace adapt::llm
