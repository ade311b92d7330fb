#include "agent/pipeline/llm_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace adapt::pipeline {
namespace {

bool holds(const std::vector<std::string>& secrets, std::string_view value) {
  return std::ranges::find(secrets, value) != secrets.end();
}

TEST(SecretsOfEnvironment, AreValuesWhoseNamesSayItAndTheOneThatIsNamedAsAKey) {
  ASSERT_EQ(setenv("ADAPT_TEST_SERVICE_TOKEN", "said-by-its-name", 1), 0);
  ASSERT_EQ(setenv("ADAPT_TEST_WAY_IN", "said-by-the-settings", 1), 0);
  const std::vector<std::string> plain = secrets_of_environment(config::load({}).value());
  EXPECT_TRUE(holds(plain, "said-by-its-name"));
  EXPECT_FALSE(holds(plain, "said-by-the-settings"));
  const auto named = config::load({{"llm.key_variable", "ADAPT_TEST_WAY_IN", "test"}}).value();
  EXPECT_TRUE(holds(secrets_of_environment(named), "said-by-the-settings"));
  EXPECT_TRUE(holds(secrets_of_environment(named), "said-by-its-name"));
  unsetenv("ADAPT_TEST_SERVICE_TOKEN");
  unsetenv("ADAPT_TEST_WAY_IN");
}

}  // namespace
}  // namespace adapt::pipeline
