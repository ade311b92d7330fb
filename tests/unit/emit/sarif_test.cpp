#include "agent/emit/sarif.h"

#include <gtest/gtest.h>

namespace adapt::emit {
namespace {

TEST(Sarif, UrisHoldAnyPath) {
  EXPECT_EQ(uri_of("a/b c.py"), "a/b%20c.py");
  EXPECT_EQ(uri_of("/a/é#?.py"), "file:///a/%C3%A9%23%3F.py");
  EXPECT_EQ(uri_of("c:d/e.py"), "./c:d/e.py");  // no scheme
  EXPECT_EQ(uri_of("100%.py"), "100%25.py");
}

TEST(Sarif, ALogHoldsRulesResultsAndNotices) {
  SarifLog log;
  log.version = "1";
  log.level = "warning";
  log.rules = {{"a/b", "Title", "Why", 0.5}};
  log.results = {{0, "Message", "m.py", 2, 3, 4, 5, 10, 20}};
  log.notices = {{"n.py", "skipped"}};
  EXPECT_EQ(
      dump_line(sarif_json(log)),
      R"({"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{"tool":{"driver":{)"
      R"("name":"agent","version":"1","rules":[{"id":"a/b","shortDescription":{"text":"Title"},)"
      R"("defaultConfiguration":{"level":"warning"},"fullDescription":{"text":"Why"},)"
      R"("properties":{"measuredPrecision":0.5}}]}},"columnKind":"unicodeCodePoints","invocations":[)"
      R"({"executionSuccessful":true,"toolExecutionNotifications":[{"level":"note","message":{"text":"skipped"},)"
      R"("locations":[{"physicalLocation":{"artifactLocation":{"uri":"n.py"}}}]}]}],"results":[{"ruleId":"a/b",)"
      R"("ruleIndex":0,"level":"warning","message":{"text":"Message"},"locations":[{"physicalLocation":{)"
      R"("artifactLocation":{"uri":"m.py"},"region":{"startLine":2,"startColumn":3,"endLine":4,"endColumn":5,)"
      R"("byteOffset":10,"byteLength":20}}}]}]}]})");
}

}  // namespace
}  // namespace adapt::emit
