#include "agent/llm/redactor.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <iostream>

#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

// What a secret becomes in other programs' hands, written independently of the redactor.
std::string base64_of(std::string_view bytes, std::string_view last_two = "+/") {
  const std::string digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" + std::string(last_two);
  std::string bits;
  for (const char c : bytes)
    for (int i = 7; i >= 0; --i) bits += ((static_cast<unsigned char>(c) >> i) & 1) != 0 ? '1' : '0';
  while (bits.size() % 6 != 0) bits += '0';
  std::string out;
  for (std::size_t i = 0; i < bits.size(); i += 6) out += digits[std::stoul(bits.substr(i, 6), nullptr, 2)];
  while (out.size() % 4 != 0) out += '=';
  return out;
}

constexpr std::string_view kSecret = "q7/Zr+\"w~9 xé?>k2Lm";

TEST(Redactor, AKnownSecretIsFoundInEverySpelling) {
  const Redactor redactor({std::string(kSecret)});
  const std::vector<std::string> spellings = {
      std::string(kSecret),
      R"(q7/Zr+\"w~9 xé?>k2Lm)",
      R"(q7\/Zr+\"w~9 xé?>k2Lm)",
      R"(q7/Zr+\"w~9 x\u00e9?>k2Lm)",
      "q7%2FZr%2B%22w~9%20x%C3%A9%3F%3Ek2Lm",
      "q7%2fZr%2b%22w~9%20x%c3%a9%3f%3ek2Lm",
  };
  for (const std::string& spelling : spellings) {
    EXPECT_TRUE(redactor.finds_known("before " + spelling + " after")) << spelling;
    EXPECT_EQ(redactor.text("before " + spelling + " after"), "before [redacted] after") << spelling;
  }
}

TEST(Redactor, AKnownSecretIsFoundInBase64AtAnyPlace) {
  const Redactor redactor({std::string(kSecret)});
  for (const std::string_view last_two : {"+/", "-_"})
    for (std::size_t lead = 0; lead < 6; ++lead)
      for (std::size_t trail = 0; trail < 3; ++trail) {
        const std::string encoded =
            base64_of(std::string(lead, 'u') + std::string(kSecret) + std::string(trail, 'v'), last_two);
        ASSERT_TRUE(redactor.finds_known(encoded)) << lead << trail << last_two;
        // What is left of it are the digits that it shares with its neighbours.
        EXPECT_LE(redactor.text(encoded).size(), std::string_view("[redacted]").size() + 4 * (lead / 3) + 4 + 8);
      }
}

TEST(Redactor, ShortValuesAreNoSecrets) {
  const Redactor redactor({"false", "", "1234567"});
  EXPECT_EQ(redactor.text("false 1234567"), "false 1234567");
  EXPECT_FALSE(redactor.finds_known("false 1234567"));
}

TEST(Redactor, TheLongerOfTwoSecretsGoesFirst) {
  const Redactor redactor({"abcdefgh", "abcdefgh-ijklmnop"});
  EXPECT_EQ(redactor.text("abcdefgh-ijklmnop abcdefgh"), "[redacted] [redacted]");
}

TEST(Redactor, KeysOfServicesAreKnownByTheirPrefix) {
  const Redactor redactor;
  const std::string digits = "0123456789abcdefABCDEF0123456789abcd";
  const std::string keys[] = {"sk-" + digits,
                              "sk-proj-" + digits + "_-" + digits,
                              "sk-ant-api03-" + digits + "-AA",
                              "sk-or-v1-" + digits,
                              "sk-" + std::string(48, 'a'),
                              "hf_" + digits.substr(0, 34),
                              "hf_abcdefghijKLMNOPqrstuvwxyzABCDEFgh",
                              "AIzaSy" + digits.substr(0, 33),
                              "ghp_" + digits,
                              "gho_" + digits,
                              "ghu_" + digits,
                              "ghs_" + digits,
                              "ghr_" + digits,
                              "github_pat_11AAAAAAA0" + digits,
                              "glpat-" + digits.substr(0, 20),
                              "xoxb-" + digits,
                              "npm_" + digits,
                              "gsk_" + digits,
                              "xai-" + digits,
                              "AKIAIOSFODNN7EXAMPLE",
                              "ASIAIOSFODNNAEXAMPLE"};
  for (const std::string& key : keys) {
    for (const auto& [before, after] :
         std::initializer_list<std::pair<std::string, std::string>>{{"", ""},
                                                                    {"key: ", "."},
                                                                    {"(\"", "\")"},
                                                                    {"\n", "\n"},
                                                                    {R"(text\n)", R"(\n)"},
                                                                    {R"(\u000a)", "\""},
                                                                    {"?key=", "&x"},
                                                                    {"%3D", "%26"}}) {
      const std::string clean = redactor.text(before + key + after);
      EXPECT_EQ(clean, before + "[redacted]" + after) << before << key;
    }
    EXPECT_EQ(redactor.text("z" + key), "z" + key) << "the middle of a word";
  }
}

TEST(Redactor, BearerTokensAndWebTokensGo) {
  const Redactor redactor;
  EXPECT_EQ(redactor.text("authorization: Bearer abcdef0123456789=="), "authorization: Bearer [redacted]");
  EXPECT_EQ(redactor.text("BEARER a.b~c+d/e0123456"), "BEARER [redacted]");
  EXPECT_EQ(redactor.text("the bearer of news"), "the bearer of news");
  EXPECT_EQ(redactor.text("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN y"), "x [redacted] y");
  EXPECT_EQ(redactor.text("eyJhbGciOiJIUzI1NiJ9 and eyJ.a.b"), "eyJhbGciOiJIUzI1NiJ9 and eyJ.a.b");
}

TEST(Redactor, PrivateKeysGoAndTalkOfThemStays) {
  const Redactor redactor;
  const std::string body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\nBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n";
  const std::string begin = "-----BEGIN RSA PRIVATE KEY-----\n", end = "-----END RSA PRIVATE KEY-----";
  EXPECT_EQ(redactor.text("a\n" + begin + body + end + "\nb"), "a\n[redacted]\nb");
  EXPECT_EQ(redactor.text(begin + "DEK-Info: AES-128-CBC,0123\n\n" + body + end + "\n"), "[redacted]\n");
  EXPECT_EQ(redactor.text("{\"k\":\"" + replace_all(begin + body + end, "\n", "\\n") + "\"}"), R"({"k":"[redacted]"})");
  EXPECT_EQ(redactor.text(begin + body + body), "[redacted]") << "one that was cut off";
  for (const std::string& talk :
       {std::string("if text.startswith(\"-----BEGIN PRIVATE KEY-----\"):\n    pass"), begin + end,
        "-----BEGIN CERTIFICATE-----\n" + body + "-----END CERTIFICATE-----", std::string("-----BEGIN "), begin})
    EXPECT_EQ(redactor.text(talk), talk);
}

TEST(Redactor, RandomValuesOfFieldsThatSpeakOfSecretsGo) {
  const Redactor redactor;
  const std::string value = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEX";
  for (const char* before :
       {"api_key = \"", "\"api_key\": \"", R"(\"token\": \")", "API-KEY: ", "password=", "client_secret='",
        "APIKEY=", "aws_secret_access_key = ", "--token ", "--api-key ", "X-Api-Key: "})
    EXPECT_EQ(redactor.text(before + value + "\n"), before + std::string("[redacted]\n"));
  for (const std::string& words :
       {"token " + value, std::string("max_tokens = 4096"), std::string("token = tokenizer.decode(ids)"),
        std::string("password: Optional[str] = None"),
        std::string("secret = os.environ[\"THE_SECRET_OF_THE_SERVICE\"]"),
        std::string("token: aaaaaaaaaaaaaaaaaaaaaaaa"), "tokens = " + value, std::string("--token")})
    EXPECT_EQ(redactor.text(words), words);
}

TEST(Redactor, TwiceIsAsOnce) {
  const Redactor redactor({std::string(kSecret)});
  const std::string once =
      redactor.text(std::string(kSecret) + " sk-0123456789abcdef0 Bearer abcdef0123456789 password=Zx8/q2+Lm0vB7tYr4c");
  EXPECT_EQ(once, "[redacted] [redacted] Bearer [redacted] password=[redacted]");
  EXPECT_EQ(redactor.text(once), once);
}

TEST(Redactor, JsonIsCleanedDownToItsKeys) {
  const Redactor redactor({"hunter2-hunter2"});
  const Json json = *parse_json(R"({"a":["hunter2-hunter2",1,null,true],"hunter2-hunter2":{"b":"x hunter2-hunter2"}})");
  EXPECT_EQ(redactor.json(json), *parse_json(R"({"a":["[redacted]",1,null,true],"[redacted]":{"b":"x [redacted]"}})"));
}

TEST(Redactor, OnlyKnownSecretsAreTakenOutOfWhatIsCode) {
  const Redactor redactor({"hunter2-hunter2"});
  EXPECT_EQ(redactor.known("hunter2-hunter2 sk-0123456789abcdef0"), "[redacted] sk-0123456789abcdef0");
}

// Logs and sources are what goes through here all day; a word that is lost is a repair that fails.
TEST(Redactor, OurOwnSourcesStayAsTheyAre) {
  const Redactor redactor({std::string(kSecret), "hunter2-hunter2"});
  std::size_t files = 0;
  for (const char* folder : {"agent", "harness", "patterns", "python", "sandbox", "tools", "docs", "cmake"})
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::filesystem::path(ADAPT_SOURCE_DIR) / folder)) {
      if (!entry.is_regular_file() || entry.file_size() > (1U << 20U)) continue;
      const std::string text = read_file(entry.path()).value();
      ++files;
      EXPECT_TRUE(redactor.text(text) == text) << entry.path();
    }
  EXPECT_GT(files, 200U);
}

TEST(Redactor, OrdinaryLogsStayAsTheyAre) {
  const Redactor redactor;
  const std::string log =
      "Traceback (most recent call last):\n"
      "  File \"/opt/python/site-packages/transformers/models/bert/modeling_bert.py\", line 1042, in forward\n"
      "    hidden = self.tokenizer_helper.secret_sauce(token_type_ids=self.bert_embeddings.token_type_embeddings)\n"
      "torch._dynamo.exc.Unsupported: call_method UserDefinedObjectVariable(hf_attention_implementation)\n"
      "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08 0x7ffeefbff5c0 -O3 -march=native\n"
      "pip install sk-learn-contrib-lightning-estimators npm_config_registry hf_hub_download_with_retries\n"
      "class=\"btn btn-primary sk-three-bounce-loading-spinner\" id=task-0123456789abcdef0123\n"
      "special_tokens: {'bos_token': '<s>', 'eos_token': '</s>', 'unk_token': '<unk>'}\n"
      "token: <|begin_of_sentence|> token=TOKENIZERS_PARALLELISM password_hash: None\n"
      "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4//8/"
      "w38GIAXDIBKE0DHxgljNBAAO\n";
  EXPECT_EQ(redactor.text(log), log);
}

TEST(Redactor, TimeGrowsWithTheTextAndNotFaster) {
  std::vector<std::string> secrets;
  for (int i = 0; i < 20; ++i) secrets.push_back(fmt::format("a-secret-{}-of-many", i));
  const Redactor redactor(secrets);
  constexpr std::size_t kSize = std::size_t{1} << 20U;
  for (const char* piece :
       {"token=", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----", "eyJaaaa.",
        "bearer ", "sk-", "def f(x): return x + 1\n", "a-secret-1-of-many", "password: ", "-----BEGIN ", "\\n"}) {
    std::string text;
    while (text.size() < kSize) text += piece;
    const auto start = std::chrono::steady_clock::now();
    const std::string clean = redactor.text(text);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    std::cout << "1 MiB of '" << replace_all(replace_all(piece, "\n", "\\n"), "-----", "--") << "': " << took.count()
              << " s\n";
    EXPECT_FALSE(redactor.finds_known(clean));
  }
}

}  // namespace
}  // namespace adapt::llm
