// The tools as a language model is told of them are kept in a file, so that a change of them is seen in review. To
// renew it: ADAPT_UPDATE_GOLDEN=1 <build>/bin/toolbox_test --gtest_filter=Specs.*
#include <gtest/gtest.h>

#include <cstdlib>

#include "tools/base/file.h"
#include "tools/toolbox/toolbox.h"

namespace adapt::toolbox {
namespace {

const std::string kGolden = std::string(ADAPT_SOURCE_DIR) + "/tests/golden/toolbox/specs.json";

std::string specs_text() {
  OrderedJson out = OrderedJson::array();
  for (const Spec& spec : Toolbox::specs())
    out.push_back(
        {{"name", spec.name}, {"description", spec.description}, {"parameters", OrderedJson(spec.parameters)}});
  return dump_pretty(out) + "\n";
}

TEST(Specs, AreThoseOfTheGoldenFile) {
  const bool renew = std::getenv("ADAPT_UPDATE_GOLDEN") != nullptr;
  ASSERT_TRUE(!renew || write_file_atomic(kGolden, specs_text()));
  const auto golden = read_file(kGolden);
  ASSERT_TRUE(golden) << golden.error().message;
  EXPECT_EQ(specs_text(), *golden);
}

TEST(Specs, AreSortedAndHaveTheFixedNames) {
  std::vector<std::string> names;
  for (const Spec& spec : Toolbox::specs()) names.push_back(spec.name);
  EXPECT_EQ(names, (std::vector<std::string>{"bisect_layers", "compile", "find_nodes", "give_up", "inspect_failure",
                                             "query_patterns", "read_source", "reproduce", "rewrite", "run_compare",
                                             "set_option"}));
}

TEST(Specs, EverySchemaIsAClosedObjectWhoseFieldsAreExplained) {
  for (const Spec& spec : Toolbox::specs()) {
    EXPECT_EQ(spec.parameters.at("type"), "object") << spec.name;
    EXPECT_EQ(spec.parameters.at("additionalProperties"), false) << spec.name;
    EXPECT_FALSE(spec.description.empty()) << spec.name;
    for (const auto& [name, field] : spec.parameters.at("properties").items())
      EXPECT_GT(field.at("description").get<std::string>().size(), 5U) << spec.name << "." << name;
    EXPECT_EQ(dump(spec.parameters).find("$ref"), std::string::npos);
  }
}

}  // namespace
}  // namespace adapt::toolbox
