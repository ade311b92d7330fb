#include "agent/forge/test_config.h"

#include <gtest/gtest.h>

namespace adapt::forge {
namespace {

constexpr std::string_view kFile = R"(# Header

test_config:
  # first group
  t5/pytorch-Small-single_device-inference:
    required_pcc: 0.97 # measured 0.975
    status: EXPECTED_PASSING

  t5/pytorch-Large-single_device-inference:
    supported_archs: ["p150", "n300"] # too large elsewhere
    status: KNOWN_FAILURE_XFAIL
    # seen once
    reason: "a \"quoted\" # text"
    arch_overrides:
      p150:
        status: EXPECTED_PASSING
        required_pcc: 0.98

  # second group
  yolo/pytorch-S-single_device-inference:
    status: EXPECTED_PASSING
)";

TestEntry passing(std::string id) { return {.id = std::move(id), .settings = {.status = Status::expected_passing}}; }

std::string after(std::string_view text, const TestEntry& entry) {
  const auto changed = with_entry(text, entry);
  return changed ? *changed : "refused: " + changed.error().message;
}

// The text with one part replaced, which must be there once.
std::string with(std::string text, std::string_view part, std::string_view replacement) {
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  EXPECT_EQ(text.find(part, at + 1), std::string::npos) << part;
  return at == std::string::npos ? text : text.replace(at, part.size(), replacement);
}

TEST(TestEntries, AreWrittenInTheOrderAndStyleOfTtXla) {
  TestEntry entry{.id = "t5/pytorch-Base-single_device-training",
                  .settings = {.supported_archs = {"n300-llmbox", "p150"},
                               .status = Status::known_failure_xfail,
                               .required_pcc = 0.98,
                               .assert_pcc = false,
                               .bringup_status = BringupStatus::failed_runtime,
                               .reason = "Out of Memory: \"DRAM\"",
                               .execution_pass = ExecutionPass::forward,
                               .markers = {"push", "nightly"},
                               .optimization_level = 1},
                  .arch_overrides = {{"p150", {.status = Status::expected_passing, .required_pcc = 0.99}}},
                  .comment = "First line\n\nthird"};
  EXPECT_EQ(render(entry), R"(  t5/pytorch-Base-single_device-training:
    # First line
    #
    # third
    supported_archs: [n300-llmbox, p150]
    status: KNOWN_FAILURE_XFAIL
    required_pcc: 0.98
    assert_pcc: false
    bringup_status: FAILED_RUNTIME
    reason: "Out of Memory: \"DRAM\""
    execution_pass: FORWARD
    markers: [push, nightly]
    optimization_level: 1
    arch_overrides:
      p150:
        status: EXPECTED_PASSING
        required_pcc: 0.99
)");
}

TEST(TestEntries, NewOnesGoBehindTheSameLoader) {
  EXPECT_EQ(after(kFile, passing("t5/pytorch-Base-single_device-inference")),
            with(std::string(kFile), "\n  # second group",
                 "\n  t5/pytorch-Base-single_device-inference:\n    status: EXPECTED_PASSING\n\n  # second group"));
}

TEST(TestEntries, NewOnesGoBehindTheSameModelElseToTheEnd) {
  const std::string entry = "\n  yolo/seg/pytorch-M-single_device-inference:\n    status: EXPECTED_PASSING\n";
  EXPECT_EQ(after(kFile, passing("yolo/seg/pytorch-M-single_device-inference")), std::string(kFile) + entry);
  const std::string other = "\n  unet/pytorch-single_device-inference:\n    status: EXPECTED_PASSING\n";
  EXPECT_EQ(after(kFile, passing("unet/pytorch-single_device-inference")), std::string(kFile) + other);
}

TEST(TestEntries, StandAsCloseTogetherAsTheirNeighbours) {
  constexpr std::string_view kDense =
      "test_config:\n  a/jax-1-single_device-inference:\n    status: EXPECTED_PASSING\n"
      "  b/jax-1-single_device-inference:\n    status: EXPECTED_PASSING";
  EXPECT_EQ(after(kDense, passing("a/jax-2-single_device-inference")),
            with(std::string(kDense), "  b/jax",
                 "  a/jax-2-single_device-inference:\n    status: EXPECTED_PASSING\n  b/jax"));
  EXPECT_EQ(after(kDense, passing("c/jax-2-single_device-inference")),
            std::string(kDense) + "\n  c/jax-2-single_device-inference:\n    status: EXPECTED_PASSING\n");
}

TEST(TestEntries, ThatAreThereAlreadyChangeOnlyTheLinesThatDiffer) {
  TestEntry small = passing("t5/pytorch-Small-single_device-inference");
  small.settings.required_pcc = 0.97;
  EXPECT_EQ(after(kFile, small), kFile);
  small.settings.required_pcc = 0.99;
  EXPECT_EQ(after(kFile, small), with(std::string(kFile), "0.97 #", "0.99 #"));
  small.settings.required_pcc.reset();
  EXPECT_EQ(after(kFile, small), with(std::string(kFile), "    required_pcc: 0.97 # measured 0.975\n", ""));
  small.settings.required_pcc = 0.97;
  small.settings.markers = {"push"};
  small.comment = "Since the new tokenizer";
  EXPECT_EQ(after(kFile, small), with(with(std::string(kFile), "    required_pcc: 0.97",
                                           "    # Since the new tokenizer\n    required_pcc: 0.97"),
                                      "EXPECTED_PASSING\n\n  t5", "EXPECTED_PASSING\n    markers: [push]\n\n  t5"));
}

TEST(TestEntries, AreChangedBelowAnArchitectureToo) {
  TestEntry large{.id = "t5/pytorch-Large-single_device-inference",
                  .settings = {.supported_archs = {"p150", "n300"},
                               .status = Status::known_failure_xfail,
                               .reason = "a \"quoted\" # text"},
                  .arch_overrides = {{"p150", {.status = Status::expected_passing, .required_pcc = 0.98}}}};
  EXPECT_EQ(after(kFile, large), kFile);
  large.arch_overrides["p150"].status = Status::not_supported_skip;
  large.arch_overrides["n300"] = {.status = Status::expected_passing};
  EXPECT_EQ(after(kFile, large),
            with(std::string(kFile), "      p150:\n        status: EXPECTED_PASSING",
                 "      n300:\n        status: EXPECTED_PASSING\n      p150:\n        status: NOT_SUPPORTED_SKIP"));
  large.arch_overrides.clear();
  EXPECT_EQ(
      after(kFile, large),
      with(std::string(kFile),
           "    arch_overrides:\n      p150:\n        status: EXPECTED_PASSING\n        required_pcc: 0.98\n", ""));
  large.arch_overrides["n300"] = {.status = Status::expected_passing};
  EXPECT_EQ(after(kFile, large),
            with(std::string(kFile), "      p150:\n        status: EXPECTED_PASSING\n        required_pcc: 0.98\n",
                 "      n300:\n        status: EXPECTED_PASSING\n"));
}

TEST(TestEntries, ReplaceValuesThatGoOverSeveralLines) {
  constexpr std::string_view kLong =
      "test_config:\n  a/jax-1-single_device-inference:\n    reason: \"one\n      two: 2\" # why\n"
      "    filechecks:\n      - a.mlir\n      - b.mlir\n    status: EXPECTED_PASSING\n    markers:\n    - push\n";
  TestEntry entry{
      .id = "a/jax-1-single_device-inference",
      .settings = {
          .status = Status::expected_passing, .reason = "three", .filechecks = {"c.mlir"}, .markers = {"nightly"}}};
  EXPECT_EQ(after(kLong, entry),
            "test_config:\n  a/jax-1-single_device-inference:\n    reason: \"three\" # why\n"
            "    filechecks: [c.mlir]\n    status: EXPECTED_PASSING\n    markers: [nightly]\n");
}

TEST(TestEntries, KeepTheLineEndsOfTheFile) {
  constexpr std::string_view kWindows =
      "test_config:\r\n  a/jax-1-single_device-inference:\r\n    status: EXPECTED_PASSING\r\n";
  EXPECT_EQ(after(kWindows, passing("a/jax-2-single_device-inference")),
            std::string(kWindows) + "\r\n  a/jax-2-single_device-inference:\r\n    status: EXPECTED_PASSING\r\n");
}

TEST(TestEntries, BeginAFileThatHasNone) {
  const std::string entry = "  a/jax-2-single_device-inference:\n    status: EXPECTED_PASSING\n";
  EXPECT_EQ(after("", passing("a/jax-2-single_device-inference")), "test_config:\n" + entry);
  EXPECT_EQ(after("# c\ntest_config:\n", passing("a/jax-2-single_device-inference")), "# c\ntest_config:\n" + entry);
  EXPECT_EQ(after("# c\ntest_config: {}\n", passing("a/jax-2-single_device-inference")), "# c\ntest_config:\n" + entry);
}

// Lines look like the entry inside quotes; an anchor would hand it to others.
TEST(TestEntries, AreNotPutWhereTheyCouldNotBeChangedAgain) {
  const std::string id = "a/pytorch-b-single_device-inference";
  const std::string refused =
      "refused: the lines of '" + id + "' cannot be told apart here; write the file with one key a line";
  EXPECT_EQ(after(R"(test_config:
  c/jax-single_device-training:
    reason: "x
  a/pytorch-b-single_device-inference:
    y"
    status: EXPECTED_PASSING
)",
                  passing(id)),
            refused);
  EXPECT_EQ(after(R"(test_config: &all
  c/jax-single_device-training:
    status: EXPECTED_PASSING
)",
                  passing(id)),
            refused);
}

TEST(TestEntries, AreRefusedWhenTtXlaWouldRefuseThem) {
  const std::string id = "a/jax-2-single_device-inference";
  EXPECT_EQ(after(kFile, {.id = id}), "refused: entry '" + id + "' says nothing");
  EXPECT_EQ(after(kFile, passing("nonsense")), "refused: test 'nonsense' does not end in -inference or -training");
  TestEntry entry = passing(id);
  entry.arch_overrides["n151"] = {.status = Status::expected_passing};
  EXPECT_EQ(after(kFile, entry), "refused: entry '" + id + "': unknown architecture 'n151'; did you mean 'n150'?");
  entry.arch_overrides = {{"n150", {}}};
  EXPECT_EQ(after(kFile, entry), "refused: entry '" + id + "', n150 says nothing");
  entry = passing(id);
  entry.settings.optimization_level = 3;
  EXPECT_EQ(after(kFile, entry), "refused: entry '" + id + "': optimization_level is 0, 1 or 2");
  entry = passing("t5/pytorch-Small-single_device-inference");
  EXPECT_EQ(after(std::string(kFile) + "  t5/pytorch-Small-single_device-inference:\n    status: UNSPECIFIED\n", entry),
            "refused: 't5/pytorch-Small-single_device-inference' stands there 2 times");
}

}  // namespace
}  // namespace adapt::forge
