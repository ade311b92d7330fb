#include "agent/forge/update.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tools/base/text.h"

namespace adapt::forge {
namespace {

const std::string kUpdated = "t5/pytorch-Small-single_device-inference";

TestResult result(std::string arch, Evidence evidence, std::string reason = "") {
  TestResult out{
      .id = *parse_test_id(kUpdated), .arch = std::move(arch), .evidence = evidence, .reason = std::move(reason)};
  out.bringup = evidence == Evidence::passed      ? BringupStatus::passed
                : evidence == Evidence::incorrect ? BringupStatus::incorrect_result
                                                  : BringupStatus::failed_runtime;
  return out;
}

// The lines of the entry afterwards, and the steps.
std::string after(const TestEntry& before, const std::vector<TestResult>& results) {
  const EntryUpdate done = updated(before, results);
  return (done.entry ? render(*done.entry) : "unchanged\n") + join(done.steps, "\n");
}

TestEntry failing() {
  return {.id = kUpdated,
          .settings = {.status = Status::known_failure_xfail,
                       .required_pcc = 0.98,
                       .bringup_status = BringupStatus::failed_runtime,
                       .reason = "DRAM OOM",
                       .markers = {"push"}}};
}
TestEntry passing() { return {.id = kUpdated, .settings = {.status = Status::expected_passing, .required_pcc = 0.98}}; }

TEST(Updates, PromoteWhatPassesAndKeepTheThreshold) {
  EXPECT_EQ(after(failing(), {result("", Evidence::passed)}), R"(  t5/pytorch-Small-single_device-inference:
    status: EXPECTED_PASSING
    required_pcc: 0.98
    markers: [push]
promote: KNOWN_FAILURE_XFAIL -> EXPECTED_PASSING)");
}

TEST(Updates, DemoteWithStageAndReason) {
  EXPECT_EQ(after(passing(), {result("", Evidence::failed, "Out of Memory: DRAM")}),
            R"(  t5/pytorch-Small-single_device-inference:
    status: KNOWN_FAILURE_XFAIL
    required_pcc: 0.98
    bringup_status: FAILED_RUNTIME
    reason: "Out of Memory: DRAM"
demote: EXPECTED_PASSING -> KNOWN_FAILURE_XFAIL)");
  EXPECT_EQ(after(passing(), {result("", Evidence::incorrect, "PCC comparison failed.")}),
            R"(  t5/pytorch-Small-single_device-inference:
    status: KNOWN_FAILURE_XFAIL
    required_pcc: 0.98
    bringup_status: INCORRECT_RESULT
    reason: "PCC comparison failed."
demote: EXPECTED_PASSING -> KNOWN_FAILURE_XFAIL)");
}

TEST(Updates, LeaveWhatNothingSpeaksAgainst) {
  EXPECT_EQ(after(passing(), {result("", Evidence::passed)}), "unchanged\n");
  EXPECT_EQ(after(failing(), {result("", Evidence::failed, "DRAM OOM of 17 bytes")}), "unchanged\n");
  EXPECT_EQ(after(passing(), {result("", Evidence::nothing)}), "unchanged\n");
  TestEntry unlooked = passing();
  unlooked.settings.assert_pcc = false;
  EXPECT_EQ(after(unlooked, {result("", Evidence::incorrect)}), "unchanged\n");
  TestEntry skipped = failing();
  skipped.settings.status = Status::not_supported_skip;
  EXPECT_EQ(after(skipped, {result("", Evidence::failed)}), "unchanged\n");
  TestEntry excluded{.id = kUpdated, .settings = {.status = Status::exclude_model}};
  EXPECT_EQ(after(excluded, {result("", Evidence::passed)}), "unchanged\n");
}

TEST(Updates, RefreshTheStageOfAFailure) {
  TestEntry before = failing();
  before.settings.bringup_status = BringupStatus::failed_ttmlir_compilation;
  EXPECT_EQ(after(before, {result("", Evidence::failed, "TT_FATAL: later")}),
            R"(  t5/pytorch-Small-single_device-inference:
    status: KNOWN_FAILURE_XFAIL
    required_pcc: 0.98
    bringup_status: FAILED_RUNTIME
    reason: "TT_FATAL: later"
    markers: [push]
refresh: KNOWN_FAILURE_XFAIL -> KNOWN_FAILURE_XFAIL)");
}

TEST(Updates, AddEntriesForTestsWithoutOne) {
  EXPECT_EQ(after({.id = kUpdated}, {result("n150", Evidence::passed), result("p150", Evidence::passed)}),
            R"(  t5/pytorch-Small-single_device-inference:
    status: EXPECTED_PASSING
add on n150: UNSPECIFIED -> EXPECTED_PASSING
add on p150: UNSPECIFIED -> EXPECTED_PASSING)");
  EXPECT_EQ(after({.id = kUpdated}, {result("n150", Evidence::failed, "x"), result("p150", Evidence::passed)}),
            R"(  t5/pytorch-Small-single_device-inference:
    arch_overrides:
      n150:
        status: KNOWN_FAILURE_XFAIL
        bringup_status: FAILED_RUNTIME
        reason: "x"
      p150:
        status: EXPECTED_PASSING
add on n150: UNSPECIFIED -> KNOWN_FAILURE_XFAIL
add on p150: UNSPECIFIED -> EXPECTED_PASSING)");
}

TEST(Updates, OfOneArchitectureGoToItsOverride) {
  EXPECT_EQ(after(passing(), {result("p150", Evidence::failed, "TT_FATAL")}),
            R"(  t5/pytorch-Small-single_device-inference:
    status: EXPECTED_PASSING
    required_pcc: 0.98
    arch_overrides:
      p150:
        status: KNOWN_FAILURE_XFAIL
        bringup_status: FAILED_RUNTIME
        reason: "TT_FATAL"
demote on p150: EXPECTED_PASSING -> KNOWN_FAILURE_XFAIL)");
}

TEST(Updates, TakeAnOverrideAwayThatSaysNothingMore) {
  TestEntry before = passing();
  before.arch_overrides["p150"] = {
      .status = Status::known_failure_xfail, .bringup_status = BringupStatus::failed_runtime, .reason = "TT_FATAL"};
  EXPECT_EQ(after(before, {result("p150", Evidence::passed)}), R"(  t5/pytorch-Small-single_device-inference:
    status: EXPECTED_PASSING
    required_pcc: 0.98
promote on p150: KNOWN_FAILURE_XFAIL -> EXPECTED_PASSING)");
  before.arch_overrides["p150"].required_pcc = 0.9;
  EXPECT_EQ(after(before, {result("p150", Evidence::passed)}), R"(  t5/pytorch-Small-single_device-inference:
    status: EXPECTED_PASSING
    required_pcc: 0.98
    arch_overrides:
      p150:
        required_pcc: 0.9
promote on p150: KNOWN_FAILURE_XFAIL -> EXPECTED_PASSING)");
}

TEST(Updates, OfAllArchitecturesOfTheTestGoToTheEntry) {
  TestEntry before = failing();
  before.settings.supported_archs = {"n300", "p150"};
  before.arch_overrides["p150"] = {.status = Status::expected_passing};
  const std::string all = R"(  t5/pytorch-Small-single_device-inference:
    supported_archs: [n300, p150]
    status: EXPECTED_PASSING
    required_pcc: 0.98
    markers: [push]
promote on n300: KNOWN_FAILURE_XFAIL -> EXPECTED_PASSING)";
  EXPECT_EQ(after(before, {result("n300", Evidence::passed), result("p150", Evidence::passed)}), all);
  EXPECT_EQ(after(before, {result("n300", Evidence::passed)}), R"(  t5/pytorch-Small-single_device-inference:
    supported_archs: [n300, p150]
    status: KNOWN_FAILURE_XFAIL
    required_pcc: 0.98
    bringup_status: FAILED_RUNTIME
    reason: "DRAM OOM"
    markers: [push]
    arch_overrides:
      n300:
        status: EXPECTED_PASSING
      p150:
        status: EXPECTED_PASSING
promote on n300: KNOWN_FAILURE_XFAIL -> EXPECTED_PASSING)");
}

TEST(Updates, DoNotChooseBetweenResultsThatDiffer) {
  const EntryUpdate done = updated(failing(), {result("p150", Evidence::passed), result("p150", Evidence::failed, "x"),
                                               result("p150", Evidence::passed)});
  EXPECT_FALSE(done.entry);
  ASSERT_EQ(done.ignored.size(), 3U);
  EXPECT_EQ(done.ignored[0], (Ignored{kUpdated, "p150", "results of this architecture differ", ""}));
}

TEST(Updates, PassOnAdviceAboutThresholdsAndTakeNone) {
  TestResult one = result("p150", Evidence::passed);
  one.guidance = {"RAISE_PCC_099", "RM_XFAIL"};
  EXPECT_EQ(updated(passing(), {one}).advice, std::vector<std::string>{kUpdated + " on p150: RAISE_PCC_099"});
  EXPECT_FALSE(updated(passing(), {one}).entry);
}

TEST(Updates, OfFilesKeepEverythingElse) {
  const std::string torch =
      "# head\ntest_config:\n  t5/pytorch-Small-single_device-inference:\n    status: KNOWN_FAILURE_XFAIL # since May\n"
      "    reason: \"x\"\n\n  t5/pytorch-Base-single_device-inference:\n    # untouched\n    status: "
      "EXPECTED_PASSING\n";
  const std::map<std::string, std::string> files = {
      {"torch/test_config_inference_single_device.yaml", torch},
      {"jax/test_config_inference_single_device.yaml", "test_config:\n"},
  };
  TestResult other = result("", Evidence::passed);
  other.id.variant = "Large";
  TestResult homeless = other;
  homeless.id.mode = Mode::training;
  const auto plan = plan_update(files, {result("", Evidence::passed), other, homeless}, "");
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->after, (std::map<std::string, std::string>{
                             {"torch/test_config_inference_single_device.yaml",
                              "# head\ntest_config:\n  t5/pytorch-Small-single_device-inference:\n    status: "
                              "EXPECTED_PASSING # since May\n\n  t5/pytorch-Base-single_device-inference:\n    # "
                              "untouched\n    status: EXPECTED_PASSING\n\n  t5/pytorch-Large-single_device-inference:\n"
                              "    status: EXPECTED_PASSING\n"}}));
  EXPECT_EQ(plan->before.at("torch/test_config_inference_single_device.yaml"), torch);
  ASSERT_EQ(plan->ignored.size(), 1U);
  EXPECT_EQ(plan->ignored[0].why,
            "its file tests/runner/test_config/torch/test_config_training_single_device.yaml was not given");
}

TEST(Updates, LeaveEntriesThatAreWrongOrShared) {
  const std::map<std::string, std::string> files = {
      {"x/test_config_inference_single_device.yaml",
       "test_config:\n  t5/pytorch-Small-single_device-inference:\n    status: KNOWN_FAILURE_XFAIL\n    required_pc: "
       "1\n"
       "  t5/pytorch-Base-single_device-inference: &a\n    status: KNOWN_FAILURE_XFAIL\n"}};
  TestResult shared = result("", Evidence::passed);
  shared.id.variant = "Base";
  const auto plan = plan_update(files, {result("", Evidence::passed), shared}, "");
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->changes.empty());
  ASSERT_EQ(plan->ignored.size(), 2U);
  EXPECT_EQ(plan->ignored[0].why,
            "line 5: 't5/pytorch-Base-single_device-inference' shares lines with others by an anchor or alias; write "
            "it out first");
  EXPECT_EQ(plan->ignored[1].why, "its entry in x/test_config_inference_single_device.yaml:2 has errors");
  EXPECT_EQ(plan_update(files, {}, "n151").error().message, "unknown architecture 'n151'; did you mean 'n150'?");
}

}  // namespace
}  // namespace adapt::forge
