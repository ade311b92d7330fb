#include "agent/forge/junit.h"

#include <gtest/gtest.h>

namespace adapt::forge {
namespace {

using Kind = JunitCase::Kind;

std::string refusal(std::string_view xml) {
  const auto cases = parse_junit(xml);
  return cases ? "" : cases.error().message;
}

TEST(Junit, IsReadCaseByCase) {
  const auto cases = parse_junit(R"(<?xml version="1.0" encoding="utf-8"?>
<testsuites><testsuite name="pytest" tests="4">
<properties><property name="p" value="of the suite"/></properties>
<testcase classname="c" name="t[a]" time="1"><properties><property name="tags" value="{'x': &quot;y&quot;}"/></properties></testcase>
<testcase name="b"><failure message="m &lt; n">trace
back</failure><error message="teardown"/></testcase>
<testcase name="c"><skipped type="pytest.xfail" message="known"/></testcase>
<testcase name="d"><error message="at setup">boom</error></testcase>
</testsuite></testsuites>)");
  ASSERT_TRUE(cases) << cases.error().message;
  EXPECT_EQ(*cases, (std::vector<JunitCase>{
                        {.name = "t[a]", .properties = {{"tags", "{'x': \"y\"}"}}},
                        {.name = "b", .kind = Kind::failed, .message = "m < n", .detail = "trace\nback"},
                        {.name = "c", .kind = Kind::skipped, .type = "pytest.xfail", .message = "known"},
                        {.name = "d", .kind = Kind::failed, .message = "at setup", .detail = "boom"},
                    }));
}

TEST(Junit, ThatIsBrokenOrHostileIsRefused) {
  EXPECT_EQ(refusal("<testsuite><testcase name='a'>"), "line 1: no element found");
  EXPECT_EQ(refusal("no xml"), "line 1: syntax error");
  EXPECT_EQ(refusal(""), "line 1: no element found");
  EXPECT_EQ(refusal("<!DOCTYPE x [<!ENTITY a 'b'>]>\n<x>&a;</x>"), "line 1: it declares entities");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "<a>";
  EXPECT_EQ(refusal(deep), "line 1: elements too deep");
  const std::string big(kMostJunitProperty, 'x');
  EXPECT_EQ(refusal("<s><testcase name='a'><property name='p' value='" + big + "'/></testcase></s>"),
            "line 1: a test case with too many properties");
}

TEST(Junit, DetailsAreCut) {
  const auto cases = parse_junit("<s><testcase name='a'><failure>" + std::string(3 * kMostJunitDetail, 'x') +
                                 "</failure></testcase></s>");
  ASSERT_TRUE(cases);
  EXPECT_EQ(cases->at(0).detail.size(), kMostJunitDetail);
}

}  // namespace
}  // namespace adapt::forge
