#include "agent/llm/endpoint.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace adapt::llm {
namespace {

std::string told(std::string_view text) {
  const Result<Endpoint> endpoint = parse_endpoint(text);
  if (!endpoint) return fmt::format("{}: {}", to_string(endpoint.error().kind), endpoint.error().message);
  if (!endpoint->replay_run.empty()) return "replay of " + endpoint->replay_run;
  return fmt::format("{} {} {}", endpoint->profile.name, endpoint->base_url, endpoint->model);
}

TEST(Endpoint, EveryFormIsRead) {
  EXPECT_EQ(told("anthropic:claude-x"), "anthropic https://api.anthropic.com/v1 claude-x");
  EXPECT_EQ(told("openrouter:maker/x:free"), "openrouter https://openrouter.ai/api/v1 maker/x:free");
  EXPECT_EQ(told("ollama:qwen3:8b"), "ollama http://127.0.0.1:11434/v1 qwen3:8b");
  EXPECT_EQ(told("http://127.0.0.1:8080/v1#m"), "compatible http://127.0.0.1:8080/v1 m");
  EXPECT_EQ(told("https://host/v1/#a/b@c#d"), "compatible https://host/v1 a/b@c#d");
  EXPECT_EQ(told("llama-server@http://[::1]:8080/v1#m"), "llama-server http://[::1]:8080/v1 m");
  EXPECT_EQ(told("vllm@https://host/@team/v1#m"), "vllm https://host/@team/v1 m");
  EXPECT_EQ(told("replay:20261120-1"), "replay of 20261120-1");
}

TEST(Endpoint, WhatIsMissingIsSaid) {
  const std::string forms =
      "anthropic:<model>, openai:<model>, responses:<model>, http://host:port/v1#<model>, "
      "<profile>@http://...#<model> or replay:<run>";
  EXPECT_EQ(told("gpt"), "usage: 'gpt' is no endpoint; write " + forms);
  EXPECT_EQ(told(""), "usage: '' is no endpoint; write " + forms);
  EXPECT_EQ(told("openai:"), "usage: 'openai:' names no model; write " + forms);
  EXPECT_EQ(told("http://h/v1"), "usage: 'http://h/v1' names no model; write http://h/v1#<model>");
  EXPECT_EQ(told("http://h/v1#"), "usage: 'http://h/v1#' names no model; write http://h/v1#<model>");
  EXPECT_EQ(told("http:///v1#m"), "usage: 'http:///v1#m' names no host");
  EXPECT_EQ(told("vllm:m"), "usage: the profile 'vllm' has no address of its own; write vllm@http://host:port/v1#m");
}

TEST(Endpoint, AnUnknownProfileIsToldTheNearest) {
  EXPECT_NE(told("antropic:m").find("did you mean 'anthropic'?"), std::string::npos) << told("antropic:m");
  EXPECT_NE(told("lama-server@http://h/v1#m").find("did you mean 'llama-server'?"), std::string::npos);
}

TEST(Endpoint, APasswordInAnAddressIsRefusedAndNotRepeated) {
  for (const char* text : {"http://me:hunter2222@h/v1#m", "http://me:hunter2222@h/v1", "vllm@https://me:hunter2222@h#m",
                           "http://me:hunter2222@/v1", "https://me:hunter2222@h\\@other/v1#m"}) {
    EXPECT_NE(told(text).find("may not hold a user or a password"), std::string::npos) << text;
    EXPECT_EQ(told(text).find("hunter"), std::string::npos) << text;
  }
}

TEST(Endpoint, ThisMachineIsKnownByAnyName) {
  for (const char* url : {"http://127.0.0.1:8080/v1", "http://localhost/v1", "https://[::1]:80", "http://127.8.9.1",
                          "http://LOCALHOST:1"})
    EXPECT_TRUE(is_local(url)) << url;
  for (const char* url : {"http://127.0.0.1.example.com/v1", "https://api.example.com", "http://10.0.0.1",
                          "http://localhost.example.com", "http://example.com/localhost"})
    EXPECT_FALSE(is_local(url)) << url;
}

// A variable that is gone again at the end.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

std::string key_of(std::string_view endpoint, const std::string& variable = "") {
  const Result<std::string> key = read_key(parse_endpoint(endpoint).value(), variable);
  return key ? "key '" + *key + "'" : fmt::format("{}: {}", to_string(key.error().kind), key.error().message);
}

TEST(Endpoint, AKeyIsNeededAnywhereButHere) {
  ::unsetenv("OPENAI_API_KEY");
  ::unsetenv("LLM_API_KEY");
  EXPECT_EQ(key_of("openai:m"), "environment: openai:m needs a key: set the environment variable OPENAI_API_KEY");
  EXPECT_EQ(key_of("http://host/v1#m"),
            "environment: http://host/v1#m needs a key: set the environment variable LLM_API_KEY");
  EXPECT_EQ(key_of("http://127.0.0.1/v1#m"), "key ''");
  EXPECT_EQ(key_of("http://127.0.0.1/v1#m", "ADAPT_TEST_KEY"),
            "environment: http://127.0.0.1/v1#m needs a key: set the environment variable ADAPT_TEST_KEY");
}

TEST(Endpoint, AKeyIsOneWord) {
  {
    const Variable set("ADAPT_TEST_KEY", " abc-123 \n");
    EXPECT_EQ(key_of("openai:m", "ADAPT_TEST_KEY"), "key 'abc-123'");
  }
  for (const char* bad : {"abc\ndef", "abc def", "abc\r\nx-other: 1", "abc\x7f", "abc\tdef"}) {
    const Variable set("ADAPT_TEST_KEY", bad);
    EXPECT_EQ(key_of("openai:m", "ADAPT_TEST_KEY"),
              "environment: the key in ADAPT_TEST_KEY holds a blank or a control character");
  }
}

TEST(Endpoint, AnAccountIsKnownByAHashOfItsKey) {
  EXPECT_EQ(account_of(""), "");
  EXPECT_EQ(account_of("abc"), "ba7816bf8f01");
}

}  // namespace
}  // namespace adapt::llm
