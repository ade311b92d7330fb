// A batch is paid for once: what is refused before it is sent, what is found again, and what stands on record.
#include <gtest/gtest.h>

#include "batch_bed.h"

namespace adapt::llm {
namespace {

using fakes::answer;
using Answers = std::map<std::string, std::string>;

constexpr const char* kMake = "POST /v1/batches";
constexpr const char* kList = "GET /v1/batches?limit=100";
constexpr const char* kTheirMake = "POST /v1/messages/batches";
constexpr const char* kTheirList = "GET /v1/messages/batches?limit=100";

std::vector<BatchItem> ab() { return {question("a"), question("b")}; }

std::string list_of(const std::vector<std::string>& batches, bool has_more = false) {
  std::vector<std::string> bodies;
  for (const std::string& batch : batches) bodies.push_back(batch.substr(batch.find("\r\n\r\n") + 4));
  return ok(fmt::format(R"({{"data":[{}],"has_more":{}}})", join(bodies, ","), has_more));
}
std::string renamed(const std::string& batch, const std::string& id) {
  return replace_all(replace_all(batch, "\"batch_1\"", "\"" + id + "\""), "\"msgbatch_1\"", "\"" + id + "\"");
}

std::string error_of_submit(Bed& bed, const std::vector<BatchItem>& items) {
  const auto out = bed.client->submit(items);
  if (!out) return fmt::format("{}: {}", to_string(out.error().kind), out.error().message);
  const auto* error = std::get_if<CallError>(&*out);
  return error == nullptr ? "" : fmt::format("{}: {}", to_string(error->kind), error->message);
}

TEST(BatchSubmit, RefusesWhatNoServiceTakesBeforeAnythingIsSent) {
  ScriptedService service({});
  TextLog log;
  Bed bed(openai(service), log);
  const std::string naming = "cannot name a question: at most 48 letters, digits, '_' and '-'";
  EXPECT_EQ(error_of_submit(bed, {}), "usage: a batch without questions");
  EXPECT_EQ(error_of_submit(bed, {question("a"), question("b"), question("a")}),
            "usage: two questions of a batch are called 'a'");
  EXPECT_EQ(error_of_submit(bed, {question("")}), "usage: '' " + naming);
  EXPECT_EQ(error_of_submit(bed, {question("a b")}), "usage: 'a b' " + naming);
  EXPECT_EQ(error_of_submit(bed, {question(std::string(49, 'x'))}),
            fmt::format("usage: '{}' {}", std::string(49, 'x'), naming));
  EXPECT_TRUE(error_of_submit(bed, {BatchItem{"a", Request{}}}).starts_with("usage: question 'a': "));
  EXPECT_EQ(service.lines(), std::vector<std::string>());
  EXPECT_EQ(log.reserved_lines, std::vector<std::string>());
}

TEST(BatchSubmit, KeepsTheLimitsOfEachService) {
  ScriptedService service({});
  TextLog log;
  Bed openai_bed(openai(service), log);
  Bed anthropic_bed(anthropic(service), log);
  const std::vector<BatchItem> many(50'001, question("a"));
  EXPECT_EQ(error_of_submit(openai_bed, many),
            "usage: a batch of 50001 questions; the service takes 50000: make several");
  EXPECT_EQ(error_of_submit(anthropic_bed, many), "usage: two questions of a batch are called 'a'");
  EXPECT_EQ(anthropic_bed.client->limits().items, 100'000U);
  EXPECT_EQ(anthropic_bed.client->limits().bytes, 256'000'000U);
  constexpr std::size_t kLarge = std::size_t{20} << 20U;
  std::vector<BatchItem> large;
  for (int i = 0; i < 11; ++i) large.push_back(question(fmt::format("q{}", i), std::string(kLarge, 'x')));
  EXPECT_EQ(error_of_submit(openai_bed, large),
            "usage: a batch of more than 200000000 bytes, which is what the service takes: make several");
  EXPECT_EQ(service.lines(), std::vector<std::string>());
}

TEST(BatchSubmit, ReservesTheWorstAtThePriceOfBatchesAndSendsNothingThatDoesNotFit) {
  ScriptedService service(openai_service({}));
  TextLog log;
  Bed bed(openai(service), log);
  const Reservation batch = bed.submitted(ab());
  // Two questions of so many bytes and 100 tokens out each, at half the price.
  const std::int64_t input =
      estimate_tokens(R"({"model":"m","max_completion_tokens":100,"messages":[{"role":"user","content":"2+2?"}]})") + 1;
  const Amount most{2 * (input + 100), input * 2'000 + std::int64_t{100} * 10'000};
  EXPECT_EQ(batch.most, most);
  EXPECT_EQ(bed.budget.reserved(), most);

  TextLog other;
  Bed poor(openai(service), other, {.nano_usd = *most.nano_usd - 1, .tokens = {}});
  EXPECT_TRUE(error_of_submit(poor, ab()).starts_with("budget: the sweep may cost "));
  EXPECT_EQ(service.count("POST /v1/files"), 1U);
  EXPECT_EQ(other.reserved_lines, std::vector<std::string>());
}

TEST(BatchSubmit, IsRepeatedOnlyWhenTheServiceHasSaidNo) {
  ScriptedService service(openai_service(
      {{"POST /v1/files", {"drop", ok(R"({"id":"file-in"})")}},
       {kMake,
        {answer(429, R"({"error":{"message":"wait"}})", "retry-after: 3\r\n"), openai_batch("validating", 0, 0, 0)}}}));
  TextLog log;
  Bed bed(openai(service), log);
  EXPECT_EQ(bed.submitted(ab()).batch->id, "batch_1");
  EXPECT_EQ(service.count(kMake), 2U);
  EXPECT_EQ(log.reserved_lines.size(), 2U);  // before it was sent, and with its id
}

TEST(BatchSubmit, ThatIsRefusedForGoodCostsNothing) {
  ScriptedService service(openai_service({{kMake, {answer(400, R"({"error":{"message":"no"}})")}}}));
  TextLog log;
  Bed bed(openai(service), log);
  EXPECT_EQ(error_of_submit(bed, ab()), "caller: no");
  EXPECT_EQ(bed.ledger->open_batches().size(), 0U);
  EXPECT_EQ(bed.budget.reserved(), (Amount{0, 0}));
  EXPECT_EQ(bed.budget.spent().nano_usd, 0);
}

TEST(BatchSubmit, ThatReachesNobodyCostsNothing) {
  TextLog log;
  Bed bed("anthropic@http://127.0.0.1:1/v1#m", log);
  EXPECT_TRUE(error_of_submit(bed, ab()).starts_with("connect: "));
  EXPECT_EQ(bed.pause.slept.size(), 5U);
  EXPECT_EQ(bed.ledger->open_batches().size(), 0U);
  EXPECT_EQ(bed.budget.spent().nano_usd, 0);
}

TEST(BatchSubmit, WhoseAnswerIsLostIsFoundByItsTagAndNeverSentTwice) {
  for (const std::string& lost : {std::string("drop"), answer(502, "<html>"), ok("{\"id\":")}) {
    const std::string foreign = replace_all(openai_batch("in_progress", 2, 0, 0), "$TAG", "000000000000");
    const std::string ours = renamed(openai_batch("validating", 0, 0, 0), "batch_9");
    ScriptedService service(
        openai_service({{kMake, {lost}},
                        {kList, {list_of({renamed(foreign, "batch_7")}), list_of({renamed(foreign, "batch_8")}, true)}},
                        {"GET /v1/batches?limit=100&after=batch_8", {list_of({ours})}}}));
    TextLog log;
    Bed bed(openai(service), log);
    EXPECT_EQ(bed.submitted(ab()).batch->id, "batch_9") << lost;
    EXPECT_EQ(service.count(kMake), 1U);
    EXPECT_EQ(bed.pause.slept, (std::vector<std::int64_t>{2'000, 10'000}));
  }
}

TEST(BatchSubmit, ThatNobodyHasSeenIsSentAnewOnlyOnceItIsKnownThatItNeverArrived) {
  ScriptedService service(
      openai_service({{kMake, {"drop", openai_batch("validating", 0, 0, 0)}}, {kList, {list_of({})}}}));
  TextLog log;
  Bed bed(openai(service), log);
  EXPECT_TRUE(contains(error_of_submit(bed, ab()), "whether the service has taken the batch is not known yet"));
  EXPECT_EQ(bed.ledger->open_batches().size(), 1U);
  EXPECT_TRUE(error_of_submit(bed, ab()).starts_with("conflict: a batch with these questions may have been taken"));
  EXPECT_EQ(service.count(kMake), 1U);
  bed.clock.passed += 600'000;
  EXPECT_EQ(bed.submitted(ab()).batch->id, "batch_1");
  EXPECT_EQ(service.count(kMake), 2U);
  EXPECT_EQ(bed.ledger->open_batches().size(), 1U);
  EXPECT_EQ(bed.budget.spent().nano_usd, 0);
}

TEST(BatchSubmit, ToAnthropicIsFoundByItsHourAndSize) {
  const std::string two = anthropic_batch("in_progress", R"({"processing":2})");
  const std::string three = anthropic_batch("in_progress", R"({"processing":3})");
  const std::string old = replace_all(two, "2026-11-18T11", "2026-11-18T10");
  ScriptedService service(
      {{kTheirMake, {"drop"}},
       {kTheirList, {list_of({renamed(three, "mb_3"), renamed(two, "mb_2"), renamed(old, "mb_1")})}}});
  TextLog log;
  Bed bed(anthropic(service), log);
  EXPECT_EQ(bed.submitted(ab()).batch->id, "mb_2");
  EXPECT_EQ(service.count(kTheirMake), 1U);
}

TEST(BatchSubmit, ThatMayBeOneOfSeveralIsLeftOpenAndCanBeGivenUp) {
  const std::string two = anthropic_batch("in_progress", R"({"processing":2})");
  ScriptedService service(
      {{kTheirMake, {"drop"}}, {kTheirList, {list_of({renamed(two, "mb_3"), renamed(two, "mb_2")})}}});
  TextLog log;
  Bed bed(anthropic(service), log);
  EXPECT_TRUE(error_of_submit(bed, ab()).starts_with("cut: "));
  EXPECT_EQ(error_of_submit(bed, ab()),
            "conflict: a batch with these questions may have been taken; 2 batches could be it");
  EXPECT_EQ(service.count(kTheirMake), 1U);
  const Reservation open = bed.ledger->open_batches().at(0);
  ASSERT_TRUE(bed.client->abandon(open));
  EXPECT_EQ(bed.budget.spent().nano_usd, open.most.nano_usd);
  EXPECT_EQ(bed.budget.reserved(), (Amount{0, 0}));
}

TEST(BatchSubmit, OfAProcessThatWasKilledIsTakenByTheNextForTheSameMoney) {
  ScriptedService service(
      openai_service({{"GET /v1/batches/batch_1", {openai_batch("completed", 2, 2, 0, kOutFile)}},
                      {"GET /v1/files/file-out/content", {ok(openai_line("a", "one") + openai_line("b", "two"))}}}));
  TextLog log;
  Reservation sent;
  {
    Bed killed(openai(service), log);
    sent = killed.submitted(ab());
    // Its answers were read, but the process ended before they were on record.
    const auto read = killed.client->answers(sent, ab(), [](const BatchAnswer&) -> Result<void> { return {}; });
    ASSERT_TRUE(read);
  }
  {
    Bed next(openai(service), log);
    next.restore();
    EXPECT_EQ(next.budget.reserved(), sent.most);
    const Reservation found = next.submitted(ab());
    EXPECT_EQ(found.batch, sent.batch);
    EXPECT_EQ(next.take(found, ab()), (Answers{{"a", "end one"}, {"b", "end two"}}));
    EXPECT_EQ(next.settlement.nano_usd, 300'000);
    EXPECT_EQ(next.budget.spent().nano_usd, 300'000);
    EXPECT_EQ(next.budget.reserved(), (Amount{0, 0}));
  }
  Bed last(openai(service), log);
  last.restore();
  EXPECT_EQ(last.budget.spent().nano_usd, 300'000);
  EXPECT_EQ(last.ledger->open_batches().size(), 0U);
  EXPECT_EQ(service.count(kMake), 1U);
  EXPECT_EQ(service.count("POST /v1/files"), 1U);
}

TEST(BatchSubmit, OfAProcessThatWasKilledBeforeTheAnswerIsFoundByTheNext) {
  ScriptedService service(openai_service({{kList, {list_of({openai_batch("in_progress", 2, 0, 0)})}}}));
  TextLog log;
  {
    Bed killed(openai(service), log);
    killed.submitted(ab());
    log.reserved_lines.pop_back();  // the id never got on record
  }
  Bed next(openai(service), log,
           {.nano_usd = 1, .tokens = {}});  // committed is committed, whatever the cap says by now
  next.restore();
  EXPECT_EQ(next.ledger->open_batches().at(0).batch->id, "");
  EXPECT_EQ(next.submitted(ab()).batch->id, "batch_1");
  EXPECT_EQ(service.count(kMake), 1U);
}

TEST(BatchSubmit, OtherQuestionsMakeAnotherBatch) {
  ScriptedService service(openai_service({}));
  TextLog log;
  Bed bed(openai(service), log);
  const Reservation first = bed.submitted(ab());
  const Reservation second = bed.submitted({question("a"), question("b", "3+3?")});
  EXPECT_NE(first.batch->tag, second.batch->tag);
  EXPECT_EQ(service.count(kMake), 2U);
  EXPECT_EQ(bed.ledger->open_batches().size(), 2U);
}

TEST(BatchSubmit, SendsNoSecretAndRecordsNone) {
  const std::string echo = fmt::format(R"({{"error":{{"message":"bad key {}","code":"{}"}}}})", kKey, kKey);
  ScriptedService service(
      openai_service({{"GET /v1/batches/batch_1", {openai_batch("completed", 2, 1, 1, kOutFile)}},
                      {"GET /v1/files/file-out/content",
                       {ok(openai_error_line("a", 400, echo) + openai_line("b", std::string("yours is ") + kKey))}},
                      {"POST /v1/batches/batch_1/cancel", {answer(403, echo)}}}));
  TextLog log;
  Bed bed(openai(service), log);
  EXPECT_TRUE(error_of_submit(bed, {question("a", std::string("my key is ") + kKey)}).starts_with("bug: a secret was"));
  EXPECT_EQ(service.lines(), std::vector<std::string>());
  const Reservation batch = bed.submitted(ab());
  EXPECT_EQ(bed.take(batch, ab()), (Answers{{"a", "error caller"}, {"b", "end yours is [redacted]"}}));
  EXPECT_EQ(bed.messages, (std::vector<std::string>{"bad key [redacted]"}));
  EXPECT_EQ(std::get<CallError>(*bed.client->cancel(batch)).message, "bad key [redacted]");
  EXPECT_FALSE(bed.redactor.finds_known(join(log.reserved_lines, "\n") + join(log.settled_lines, "\n")));
}

TEST(BatchSubmit, LeavesTheRecordsOfSingleCallsAsTheyWere) {
  const Reservation single{.call = 3, .most = {7, 9}};
  EXPECT_EQ(dump(to_json(single)), R"({"call":3,"nano_usd":9,"tokens":7})");
  const std::string text = R"({"batch":{"asked":"h","id":"b","items":2,"tag":"t","utc_ms":5},"call":3,"nano_usd":9,)"
                           R"("tokens":7})";
  const Result<Reservation> batch = reservation_from(*parse_json(text));
  ASSERT_TRUE(batch);
  EXPECT_EQ(batch->batch, (BatchMark{"h", "t", "b", 2, 5}));
  EXPECT_EQ(dump(to_json(*batch)), text);
  EXPECT_FALSE(reservation_from(*parse_json(R"({"batch":1,"call":3,"nano_usd":9,"tokens":7})")));
}

}  // namespace
}  // namespace adapt::llm
