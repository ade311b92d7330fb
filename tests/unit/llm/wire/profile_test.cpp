#include "agent/llm/wire/profile.h"

#include <gtest/gtest.h>

#include "agent/llm/wire/turn.h"

namespace adapt::llm {
namespace {

using Names = std::vector<std::string>;

std::string refusal(const char* text) {
  const auto profile = parse_profile(parse_json(text).value());
  return profile ? "" : profile.error().message;
}

TEST(Profile, TheBuiltInOnesAreThere) {
  EXPECT_EQ(profile_names(), Names({"anthropic", "compatible", "gemini", "llama-server", "ollama", "openai",
                                    "openrouter", "responses", "tt", "vllm"}));
  for (const std::string& name : profile_names()) {
    const Profile profile = find_profile(name).value();
    EXPECT_EQ(profile.name, name);
    EXPECT_FALSE(profile.sampling) << name;  // frontier models refuse it
    EXPECT_EQ(profile.auth_header.empty(), profile.key_variable.empty()) << name;
    EXPECT_FALSE(profile.output_cap_field.empty()) << name;
  }
}

TEST(Profile, AnUnknownNameIsAUsageErrorWithTheNearest) {
  const auto profile = find_profile("antropic");
  ASSERT_FALSE(profile);
  EXPECT_EQ(profile.error().kind, ErrorKind::usage);
  EXPECT_EQ(profile.error().message, "unknown profile 'antropic'; did you mean 'anthropic'?");
}

TEST(Profile, TheSafestOneAsksForNothingThatAServerMayRefuse) {
  const Profile profile = find_profile("compatible").value();
  EXPECT_EQ(profile.dialect, DialectName::chat);
  for (const bool asked : {profile.forced_tool, profile.parallel_switch, profile.strict_tools, profile.format,
                           profile.effort, profile.stream_usage, profile.store_switch, profile.cache_key})
    EXPECT_FALSE(asked);
}

TEST(Profile, ThoseWithBatchesNameTheirForm) {
  EXPECT_EQ(find_profile("anthropic").value().batch, BatchForm::anthropic);
  EXPECT_EQ(find_profile("openai").value().batch, BatchForm::openai);
  EXPECT_EQ(find_profile("responses").value().batch, BatchForm::openai);
  EXPECT_EQ(find_profile("compatible").value().batch, BatchForm::none);
}

TEST(ParseProfile, MissingMembersKeepTheirDefaults) {
  const Profile profile =
      parse_profile(
          parse_json(
              R"({"dialect":"messages","tools":"text","cache":"markers","forced_tool":true,"context_tokens":7,"name":"x"})")
              .value())
          .value();
  EXPECT_EQ(profile.dialect, DialectName::messages);
  EXPECT_EQ(profile.tools, ToolStyle::text);
  EXPECT_EQ(profile.cache, CacheStyle::markers);
  EXPECT_TRUE(profile.forced_tool);
  EXPECT_EQ(profile.context_tokens, 7);
  EXPECT_EQ(profile.name, "x");
  EXPECT_EQ(profile.first_byte_ms, Profile{}.first_byte_ms);
}

TEST(ParseProfile, RefusesWhatWouldBeIgnoredOrMisread) {
  EXPECT_EQ(refusal("[]"), "a profile is not an object");
  EXPECT_EQ(refusal(R"({"forced_tools":true})"),
            "unknown member 'forced_tools' of a profile; did you mean 'forced_tool'?");
  EXPECT_EQ(refusal(R"({"dialect":"chatty"})"),
            "profile.dialect is 'chatty', not one of chat, responses, messages, gemini");
  EXPECT_EQ(refusal(R"({"forced_tool":1})"), "profile.forced_tool is not true or false");
  EXPECT_EQ(refusal(R"({"concurrency":"8"})"), "profile.concurrency is not an integer");
  EXPECT_EQ(refusal(R"({"concurrency":-8})"), "profile.concurrency is negative");
  EXPECT_EQ(refusal(R"({"base_url":8})"), "profile.base_url is not a string");
  EXPECT_EQ(refusal(R"({"batch":"azure"})"), "profile.batch is 'azure', not one of none, openai, anthropic");
  EXPECT_EQ(refusal(R"({"batch_percent":101})"), "profile.batch_percent is above 100");
}

TEST(Names, AreReadAsTheyAreWritten) {
  for (int i = 0; i <= static_cast<int>(Stop::unknown); ++i)
    EXPECT_EQ(parse_stop(to_string(static_cast<Stop>(i))), static_cast<Stop>(i));
  for (int i = 0; i <= static_cast<int>(CallErrorKind::missing); ++i)
    EXPECT_EQ(parse_call_error_kind(to_string(static_cast<CallErrorKind>(i))), static_cast<CallErrorKind>(i));
  for (const auto name : {DialectName::chat, DialectName::responses, DialectName::messages, DialectName::gemini})
    EXPECT_EQ(parse_dialect(to_string(name)), name);
  EXPECT_EQ(parse_stop("stopped"), std::nullopt);
  EXPECT_EQ(parse_call_error_kind(""), std::nullopt);
  EXPECT_EQ(parse_dialect("Chat"), std::nullopt);
  EXPECT_EQ(to_string(ErrorScope::account), "account");
}

}  // namespace
}  // namespace adapt::llm
