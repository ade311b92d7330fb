#include "agent/triage/tables.h"

#include <gtest/gtest.h>

#include <set>

namespace adapt::triage {
namespace {

constexpr std::string_view kRepairs = "R1\tscatter gather\tdo this\tspecial/a special/b\n";
constexpr std::string_view kCategories = "C\trun\tFAILED_RUNTIME\tpart\tsays\tR1\n";

std::string refusal(std::string_view categories, std::string_view repairs, std::string_view signatures) {
  const auto parsed = parse_tables({categories, repairs, signatures});
  return parsed ? "" : parsed.error().message;
}

TEST(Tables, ReadWhatARowSays) {
  const auto parsed = parse_tables({kCategories, kRepairs, "# note\ncause\t4.5\tC\tUNKNOWN\tlink\ta * b\twhy\tR1\n"});
  ASSERT_TRUE(parsed);
  const Signature& signature = parsed->signatures.at(0);
  EXPECT_EQ(signature.role, Role::cause);
  EXPECT_EQ(signature.strength, 4.5);
  EXPECT_EQ(signature.category, 0U);
  EXPECT_EQ(signature.bringup, Bringup::unknown);
  EXPECT_EQ(signature.component + "|" + signature.pattern + "|" + signature.says, "link|a * b|why");
  EXPECT_EQ(signature.repairs, std::vector<std::string>{"R1"});
  EXPECT_EQ(parsed->repair("R1")->ops, (std::vector<std::string>{"scatter", "gather"}));
  EXPECT_EQ(parsed->repair("R1")->patterns, (std::vector<std::string>{"special/a", "special/b"}));
}

TEST(Tables, RefuseNamesThatNoTableHas) {
  EXPECT_EQ(refusal(kCategories, kRepairs, "cause\t4\tD\t-\t-\tx\ty\t-\n"), "signature 'x': unknown category 'D'");
  EXPECT_EQ(refusal(kCategories, kRepairs, "cause\t4\tC\tHALF\t-\tx\ty\t-\n"), "signature 'x': unknown status 'HALF'");
  EXPECT_EQ(refusal(kCategories, kRepairs, "cause\t4\tC\t-\t-\tx\ty\tR2\n"), "unknown repair 'R2'");
  EXPECT_EQ(refusal(kCategories, kRepairs, "hero\t4\tC\t-\t-\tx\ty\t-\n"), "signature 'x': 'hero', '4'");
  EXPECT_EQ(refusal(kCategories, kRepairs, "cause\t4x\tC\t-\t-\tx\ty\t-\n"), "signature 'x': 'cause', '4x'");
  EXPECT_EQ(refusal(kCategories, kRepairs, "cause\t4\tC\n"), "signatures:1: 3 cells in place of 8");
  EXPECT_EQ(refusal(kCategories, kRepairs, "cause\t4\tC\t-\t-\ta<b>\ty\t-\n"),
            "signature 'a<b>': < and > go around a whole part");
  EXPECT_EQ(refusal("C\tnowhere\tPASSED\tp\ts\t-\n", kRepairs, ""), "category C: 'nowhere', 'PASSED'");
}

TEST(Tables, OfTheProgramAreWhole) {
  const Tables& tables = built_in_tables();
  std::set<std::string> patterns;
  for (const Signature& signature : tables.signatures) {
    EXPECT_TRUE(patterns.insert(signature.pattern).second) << signature.pattern << " stands twice";
    EXPECT_FALSE(signature.says.empty()) << signature.pattern;
    const bool tells = signature.role == Role::cause || signature.role == Role::hint ||
                       signature.role == Role::symptom || signature.role == Role::wrapper;
    EXPECT_EQ(signature.category.has_value(), tells) << signature.pattern;
  }
}

}  // namespace
}  // namespace adapt::triage
