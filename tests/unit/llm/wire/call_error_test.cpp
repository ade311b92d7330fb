#include "tests/unit/llm/wire/answers.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

std::string classified(int status, std::string_view body, const Headers& headers = {}) {
  return shown(classify(status, headers, body));
}

// conformance 71, 68: every shape of body
TEST(Classify, ReadsTheBodiesOfAllKindsOfServers) {
  EXPECT_EQ(
      classified(
          404,
          R"({"error":{"message":"no such model","type":"invalid_request_error","param":null,"code":"model_not_found"}})"),
      "error caller for request, status 404, code model_not_found, type invalid_request_error: no such model\n");
  EXPECT_EQ(
      classified(529,
                 R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_7"})"),
      "error overload for endpoint, status 529, type overloaded_error: Overloaded\n");
  EXPECT_EQ(
      classified(
          429,
          R"({"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"a"},{"@type":"RetryInfo","retryDelay":"34.5s"}]}})"),
      "error rate for key, status 429, code 429, wait 34500: Quota\n");
  EXPECT_EQ(
      classified(
          400,
          R"([{"error":{"code":400,"message":"API key not valid. Please pass a valid API key.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}])"),
      "error auth for key, status 400, code 400: API key not valid. Please pass a valid API key.\n");
  EXPECT_EQ(
      classified(
          200,
          R"({"error":{"code":502,"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"prompt is too long: 9 tokens > 8 maximum\"}}","provider_name":"P"}}})"),
      "error context for job, status 200, code 502: Provider returned error: prompt is too long: 9 tokens > 8 "
      "maximum\n");
  EXPECT_EQ(classified(400, R"({"object":"error","message":"bad","type":"BadRequestError","param":null,"code":400})"),
            "error caller for request, status 400, code 400, type BadRequestError: bad\n");
  EXPECT_EQ(classified(401, R"({"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}})"),
            "error auth for key, status 401, code 401, type authentication_error: Invalid API Key\n");
  EXPECT_EQ(classified(404, R"({"detail":"Not Found"})"), "error caller for request, status 404: Not Found\n");
  EXPECT_EQ(classified(422, R"({"detail":[{"loc":["body"],"msg":"field required","type":"missing"}]})"),
            "error caller for request, status 422: field required\n");
  EXPECT_EQ(classified(400, R"({"error":"registry: m does not support tools"})"),
            "error not_capable for endpoint, status 400: registry: m does not support tools\n");
  EXPECT_EQ(classified(502, "<html><body>Bad Gateway</body></html>", {{"content-type", "text/html; charset=utf-8"}}),
            "error server for request, status 502: status 502 with 37 bytes of text/html\n");
  EXPECT_EQ(classified(503, ""),
            "error overload for endpoint, status 503: status 503 with 0 bytes of an unknown kind\n");
  EXPECT_EQ(classified(500, "[]"),
            "error server for request, status 500: status 500 with 2 bytes of an unknown kind\n");
  EXPECT_EQ(classified(500, "{\"error\":"),
            "error server for request, status 500: status 500 with 9 bytes of an unknown kind\n");
}

// conformance 71
TEST(Classify, EachStatusHasItsKindWhateverTheBodyIs) {
  const std::vector<std::pair<int, std::string>> expected = {
      {400, "caller"},   {401, "auth"},     {402, "money"},    {403, "auth"},   {404, "caller"},
      {405, "caller"},   {408, "conflict"}, {409, "conflict"}, {413, "caller"}, {415, "caller"},
      {422, "caller"},   {425, "conflict"}, {429, "rate"},     {500, "server"}, {502, "server"},
      {503, "overload"}, {504, "server"},   {520, "server"},   {524, "server"}, {529, "overload"}};
  for (const auto& [status, kind] : expected)
    for (const std::string_view body :
         {"", "<html>x</html>", R"({"error":{"message":"m"}})", R"([{"error":{"message":"m"}}])", R"({"error":null})"})
      EXPECT_EQ(to_string(classify(status, {}, body).kind), kind) << status << " " << body;
}

// conformance 73, 74
TEST(Classify, AnEmptyAccountIsNoRateLimit) {
  for (const std::string_view code :
       {"insufficient_quota", "credit_balance_exhausted", "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded", "organization_usage_limit_exceeded"}) {
    const CallError error = classify(
        429, {}, fmt::format(R"({{"error":{{"message":"m","type":"insufficient_quota","code":"{}"}}}})", code));
    EXPECT_EQ(shown(error),
              fmt::format("error money for account, status 429, code {}, type insufficient_quota: m\n", code));
  }
  for (const std::string_view code :
       {"enforced_spend_limit_reached", "contract_spend_limit_reached", "organization_on_hold"})
    EXPECT_EQ(
        classified(
            429,
            fmt::format(
                R"({{"type":"error","error":{{"type":"rate_limit_error","message":"m","details":{{"error_code":"{}"}}}}}})",
                code)),
        "error money for account, status 429, type rate_limit_error: m\n");
  EXPECT_EQ(
      classify(
          400, {},
          R"({"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low to access the API."}})")
          .kind,
      CallErrorKind::money);
  EXPECT_EQ(classify(402, {}, R"({"error":{"code":402,"message":"Insufficient credits"}})").kind, CallErrorKind::money);
}

TEST(Classify, KnowsTheCodesThatSayWhatToDo) {
  const auto kind = [](int status, std::string_view words) {
    return std::string(to_string(classify(status, {}, fmt::format(R"({{"error":{{"message":"m",{}}}}})", words)).kind));
  };
  EXPECT_EQ(kind(429, R"("type":"rate_limit_error","details":{"error_code":"ramp_limit_exceeded"})"), "rate");
  EXPECT_EQ(kind(429, R"("type":"rate_limit_exceeded")"), "rate");
  EXPECT_EQ(kind(429, R"("code":"slow_down")"), "overload");
  EXPECT_EQ(kind(503, R"("code":"server_is_overloaded")"), "overload");
  EXPECT_EQ(kind(503, R"("type":"unavailable_error","code":503)"), "loading");
  EXPECT_EQ(kind(503, R"("type":"service_unavailable")"), "loading");
  EXPECT_EQ(kind(400, R"("details":{"error_code":"cmek_key_unreachable"})"), "server");
  EXPECT_EQ(kind(400, R"("details":{"error_code":"compaction_unavailable"})"), "server");
  EXPECT_EQ(kind(400, R"("code":"misalignment_policy_violation")"), "refusal");
  EXPECT_EQ(kind(400, R"("code":"potentially_unintended_data_access")"), "refusal");
  EXPECT_EQ(kind(400, R"("code":"potentially_unintended_destructive_activity")"), "refusal");
  EXPECT_EQ(kind(400, R"("code":"content_filter")"), "refusal");
  EXPECT_EQ(kind(403, R"("type":"permission_error")"), "auth");
  EXPECT_EQ(kind(409, R"("type":"conflict_error")"), "conflict");
  EXPECT_EQ(kind(200, R"("type":"api_error")"), "server");
  EXPECT_EQ(kind(200, R"("type":"invalid_request_error")"), "caller");
}

// Q28
TEST(Classify, AServerThatCannotCallIsNotCapable) {
  for (const std::string_view message :
       {R"(\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set)",
        "No endpoints found that support tool use.", "tools param requires --jinja flag"})
    EXPECT_EQ(classify(400, {}, fmt::format(R"({{"error":{{"message":"{}"}}}})", message)).kind,
              CallErrorKind::not_capable)
        << message;
}

// conformance 79 (the wordings)
TEST(Classify, KnowsEachWordingOfAFullContext) {
  const auto by_message = [](std::string_view message) {
    return classify(400, {}, fmt::format(R"({{"error":{{"message":"{}","type":"invalid_request_error"}}}})", message))
        .kind;
  };
  for (const std::string_view message :
       {"This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
        "prompt is too long: 205000 tokens > 200000 maximum",
        "input length and `max_tokens` exceed context limit: 199000 + 4096 > 200000, decrease input length or "
        "`max_tokens`",
        "the request exceeds the available context size. try increasing the context size",
        "Request exceeds maximum context length (2048 tokens)",
        "The prompt is longer than the maximum model length of 4096",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        "Your input tokens exceed the configured limit of 272000 tokens.",
        "Please reduce the length of the messages. Current length is 9000 while limit is 8192",
        "Please decrease input length."})
    EXPECT_EQ(by_message(message), CallErrorKind::context) << message;
  EXPECT_EQ(classify(400, {}, R"({"error":{"message":"m","code":"context_length_exceeded"}})").kind,
            CallErrorKind::context);
  EXPECT_EQ(
      classify(
          400, {},
          R"({"error":{"code":400,"message":"m","type":"exceed_context_size_error","n_prompt_tokens":9,"n_ctx":8}})")
          .kind,
      CallErrorKind::context);
}

TEST(Classify, NeverReadsWhatMayEchoThePrompt) {
  // A limit is a limit, and members other than the message are not looked at.
  EXPECT_EQ(
      classify(429, {}, R"({"error":{"message":"slow: 'prompt is too long' was asked","type":"rate_limit_error"}})")
          .kind,
      CallErrorKind::rate);
  EXPECT_EQ(
      classify(400, {}, R"({"error":{"message":"bad"},"input":"prompt is too long","prompt":"insufficient_quota"})")
          .kind,
      CallErrorKind::caller);
  EXPECT_EQ(classify(500, {}, "<html>prompt is too long</html>").kind, CallErrorKind::server);
}

TEST(Classify, TakesRequestIdsAndTheWordOnRetriesFromHeaders) {
  const CallError yes = classify(400, {{"x-should-retry", "true"}, {"x-request-id", "r1"}}, R"({"request_id":"r2"})");
  EXPECT_EQ(yes.should_retry, std::optional(true));
  EXPECT_EQ(yes.request_id, "r1");
  EXPECT_EQ(classify(500, {{"x-should-retry", "false"}}, "").should_retry, std::optional(false));
  EXPECT_EQ(classify(500, {{"x-should-retry", "perhaps"}}, "").should_retry, std::nullopt);
  EXPECT_EQ(
      classify(500, {}, R"({"type":"error","error":{"type":"api_error","message":"m"},"request_id":"r2"})").request_id,
      "r2");
  EXPECT_EQ(classify(500, {{"x-generation-id", "g"}}, "").request_id, "g");
}

TEST(Classify, TheMessageIsOneShortLineOfText) {
  const CallError error = classify(400, {},
                                   dump({{"error",
                                          {{"message", "a\nb\x1b[31m" + std::string(300, 'x') +
                                                           replace_all(std::string(400, 'y'), "y", "\xc3\xa9")}}}}));
  EXPECT_LE(error.message.size(), 500U);
  EXPECT_TRUE(is_utf8(error.message));
  EXPECT_TRUE(error.message.starts_with("a b [31mxx"));
}

TEST(Classify, ReadsAWaitInProseOnlyWhereWaitingHelps) {
  const auto wait = [](std::string_view type, std::string_view message) {
    return classify(429, {}, fmt::format(R"({{"error":{{"type":"{}","message":"{}"}}}})", type, message)).wait_ms;
  };
  EXPECT_EQ(wait("rate_limit_error", "Please try again in 1m30.5s. Visit x."), std::optional<std::int64_t>(90'500));
  EXPECT_EQ(wait("rate_limit_error", "Please try again in 20ms."), std::optional<std::int64_t>(20));
  EXPECT_EQ(wait("rate_limit_error", "Please retry in 7 seconds"), std::optional<std::int64_t>(7000));
  EXPECT_EQ(wait("rate_limit_error", "try again in a while"), std::nullopt);
  EXPECT_EQ(wait("insufficient_quota", "try again in 5s"), std::nullopt);
}

constexpr std::int64_t kNow = 1'793'000'000'000;  // 2026-10-26T07:33:20Z

// conformance 72
TEST(WaitOf, ReadsRetryAfterInEachForm) {
  const auto after = [](std::string_view value) {
    return wait_of({{"retry-after", std::string(value)}}, kNow).value_or(-1);
  };
  EXPECT_EQ(after("5"), 5000);
  EXPECT_EQ(after(" 0.25 "), 250);
  EXPECT_EQ(after("0"), 0);
  EXPECT_EQ(after("Mon, 26 Oct 2026 07:33:50 GMT"), 30'000);
  EXPECT_EQ(after("2026-10-26T07:34:20Z"), 60'000);
  for (const std::string_view nothing :
       {"Mon, 26 Oct 2026 07:33:00 GMT", "-3", "1000000000", "1e9", "NaN", "inf", "", "soon",
        "Mon, 31 Feb 2027 07:33:00 GMT", "Mon, 26 Foo 2026 07:33:50 GMT", "5s5", "0x10", "99999999999999999999999999"})
    EXPECT_EQ(after(nothing), -1) << nothing;
}

// conformance 72
TEST(WaitOf, MillisecondsGoFirstAndNonsenseFallsThrough) {
  EXPECT_EQ(wait_of({{"retry-after", "5"}, {"retry-after-ms", "120"}}, kNow), std::optional<std::int64_t>(120));
  EXPECT_EQ(wait_of({{"retry-after", "5"}, {"retry-after-ms", "-1"}}, kNow), std::optional<std::int64_t>(5000));
  EXPECT_EQ(wait_of({}, kNow), std::nullopt);
}

// conformance 84 (the parsing)
TEST(WaitOf, ALimitOfWhichNothingRemainsIsWaitedFor) {
  EXPECT_EQ(wait_of({{"x-ratelimit-remaining-requests", "0"},
                     {"x-ratelimit-reset-requests", "1s"},
                     {"x-ratelimit-remaining-tokens", "0"},
                     {"x-ratelimit-reset-tokens", "6m0s"}},
                    kNow),
            std::optional<std::int64_t>(360'000));
  EXPECT_EQ(wait_of({{"x-ratelimit-remaining-tokens", "17"}, {"x-ratelimit-reset-tokens", "6m0s"}}, kNow),
            std::nullopt);
  EXPECT_EQ(wait_of({{"anthropic-ratelimit-input-tokens-remaining", "0"},
                     {"anthropic-ratelimit-input-tokens-reset", "2026-10-26T07:33:25.500Z"}},
                    kNow),
            std::optional<std::int64_t>(5500));
  EXPECT_EQ(wait_of({{"anthropic-ratelimit-requests-remaining", "0"},
                     {"anthropic-ratelimit-requests-reset", "2026-10-26T09:33:25+02:00"}},
                    kNow),
            std::optional<std::int64_t>(5000));
  EXPECT_EQ(wait_of({{"x-ratelimit-remaining-requests", "0"}, {"x-ratelimit-reset-requests", "1h2m3s4ms"}}, kNow),
            std::optional<std::int64_t>(3'723'004));
}

}  // namespace
}  // namespace adapt::llm
