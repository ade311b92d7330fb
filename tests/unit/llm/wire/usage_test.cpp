// conformance 83: how each dialect's counts come apart into disjoint buckets.
#include "tests/unit/llm/wire/answers.h"

namespace adapt::llm {
namespace {

std::string usage_of(std::string_view profile_name, std::string_view body) {
  const Profile profile = profile_named(profile_name);
  return shown(turn_of(whole_of({profile, "m", "k"}, body)).usage);
}

std::string chat(std::string_view usage) {
  return usage_of(
      "openai",
      fmt::format(R"({{"choices":[{{"message":{{"content":"a"}},"finish_reason":"stop"}}],"usage":{}}})", usage));
}

TEST(ChatUsage, TakesCachedAndWrittenTokensOutOfThePrompt) {
  EXPECT_EQ(
      chat(
          R"({"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050,"prompt_tokens_details":{"cached_tokens":700,"cache_write_tokens":200},"completion_tokens_details":{"reasoning_tokens":30}})"),
      "fresh 100 read 700 write 200 hour 0 out 50 reasoning 30\n");
  EXPECT_EQ(chat(R"({"prompt_tokens":10,"completion_tokens":5})"),
            "fresh 10 read 0 write 0 hour 0 out 5 reasoning 0\n");
  EXPECT_EQ(chat(R"({"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":null})"),
            "fresh 10 read 0 write 0 hour 0 out 5 reasoning 0\n");
}

TEST(ChatUsage, NonsenseNeverBecomesANegativeOrOverflowingCount) {
  EXPECT_EQ(chat(R"({"prompt_tokens":5,"completion_tokens":-3,"prompt_tokens_details":{"cached_tokens":9}})"),
            "fresh 0 read 9 write 0 hour 0 out 0 reasoning 0\n");
  EXPECT_EQ(chat(R"({"prompt_tokens":18446744073709551615,"completion_tokens":1e300})"),
            "fresh 1000000000000 read 0 write 0 hour 0 out 1000000000000 reasoning 0\n");
  EXPECT_EQ(chat(R"({"prompt_tokens":"many","completion_tokens":12.0})"),
            "fresh 0 read 0 write 0 hour 0 out 12 reasoning 0\n");
}

TEST(ResponsesUsage, TakesCachedAndWrittenTokensOutOfTheInput) {
  EXPECT_EQ(
      usage_of(
          "responses",
          R"({"status":"completed","output":[{"type":"message","content":[{"type":"output_text","text":"a"}]}],"usage":{"input_tokens":1000,"input_tokens_details":{"cached_tokens":700,"cache_write_tokens":200,"ttl_12h_tokens":150},"output_tokens":50,"output_tokens_details":{"reasoning_tokens":30}}})"),
      "fresh 100 read 700 write 50 hour 150 out 50 reasoning 30\n");
}

TEST(MessagesUsage, TheInputExcludesTheCacheAlready) {
  EXPECT_EQ(
      usage_of(
          "anthropic",
          R"({"content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{"input_tokens":100,"cache_read_input_tokens":700,"cache_creation_input_tokens":200,"cache_creation":{"ephemeral_5m_input_tokens":50,"ephemeral_1h_input_tokens":150},"output_tokens":50}})"),
      "fresh 100 read 700 write 50 hour 150 out 50 reasoning 0\n");
  EXPECT_EQ(
      usage_of(
          "anthropic",
          R"({"content":[{"type":"text","text":"a"}],"stop_reason":"end_turn","usage":{"input_tokens":100,"cache_read_input_tokens":null,"cache_creation_input_tokens":200,"output_tokens":50}})"),
      "fresh 100 read 0 write 200 hour 0 out 50 reasoning 0\n");
}

TEST(GeminiUsage, ThoughtsAreOutputAndTheCacheIsPartOfThePrompt) {
  EXPECT_EQ(
      usage_of(
          "gemini",
          R"({"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":800,"cachedContentTokenCount":700,"candidatesTokenCount":20,"thoughtsTokenCount":30,"totalTokenCount":850}})"),
      "fresh 100 read 700 write 0 hour 0 out 50 reasoning 30\n");
}

TEST(Usage, WhereNoneIsToldItIsEstimatedInEveryDialect) {
  const std::vector<std::pair<std::string, std::string>> bodies = {
      {"openai", R"({"choices":[{"message":{"content":"1234567"},"finish_reason":"stop"}]})"},
      {"gemini", R"({"candidates":[{"content":{"parts":[{"text":"1234567"}]},"finishReason":"STOP"}]})"},
  };
  for (const auto& [name, body] : bodies) {
    const Profile profile = profile_named(name);
    EXPECT_EQ(shown(turn_of(whole_of({profile, "m", "k", 11}, body)).usage),
              "fresh 11 read 0 write 0 hour 0 out 2 reasoning 0 estimated\n")
        << name;
  }
  for (const std::string_view name : {"responses", "anthropic"}) {
    const Profile profile = profile_named(name);
    const Usage usage =
        turn_of(
            whole_of(
                {profile, "m", "k", 11},
                R"({"status":"completed","stop_reason":"end_turn","output":[{"type":"message","content":"1234567"}],"content":[{"type":"text","text":"1234567"}]})"))
            .usage;
    EXPECT_TRUE(usage.estimated);
    EXPECT_EQ(usage.fresh, 11);
    EXPECT_GT(usage.output, 0);
  }
}

TEST(Usage, SumsItsBucketsAndAdds) {
  Usage sum{1, 2, 3, 4, 5, 6, false};
  EXPECT_EQ(sum.input(), 10);
  EXPECT_EQ(sum.total(), 15);
  sum += Usage{10, 20, 30, 40, 50, 60, true};
  EXPECT_EQ(sum, (Usage{11, 22, 33, 44, 55, 66, true}));
}

TEST(StatedCost, DollarsBecomeNanoDollarsWithoutADrift) {
  const auto cost = [](std::string_view dollars) {
    const Profile profile = profile_named("openrouter");
    return turn_of(
               whole_of(
                   {profile, "m", "k"},
                   fmt::format(
                       R"({{"choices":[{{"message":{{"content":"a"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":1,"completion_tokens":1,"cost":{}}}}})",
                       dollars)))
        .stated_nano_usd.value_or(-1);
  };
  EXPECT_EQ(cost("0.1"), 100'000'000);
  EXPECT_EQ(cost("0.00014"), 140'000);
  EXPECT_EQ(cost("0.000000001"), 1);
  EXPECT_EQ(cost("1.1"), 1'100'000'000);
  EXPECT_EQ(cost("4.35"), 4'350'000'000);
  EXPECT_EQ(cost("0"), 0);
  EXPECT_EQ(cost("2"), 2'000'000'000);
  for (const std::string_view nothing : {"-1", "1e30", "null", "\"x\""}) EXPECT_EQ(cost(nothing), -1) << nothing;
}

}  // namespace
}  // namespace adapt::llm
