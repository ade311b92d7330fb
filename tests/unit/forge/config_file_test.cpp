#include "agent/forge/config_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace adapt::forge {
namespace {

constexpr std::string_view kId = "t5/pytorch-Small-single_device-inference";

std::string findings(std::string_view text, std::string path = "test_config_inference_single_device.yaml") {
  std::string out;
  for (const Finding& finding : read_config(text, std::move(path)).findings)
    out += fmt::format("{}:{} {} {}\n", finding.place.line, finding.place.column, row_of(finding.fault).code,
                       finding.message);
  return out;
}

// Of an entry with these lines.
std::string findings_of_entry(std::string_view lines) {
  return findings(fmt::format("test_config:\n  {}:\n{}", kId, lines));
}

TEST(ConfigFiles, AreReadIntoEntries) {
  const ConfigFile file = read_config(R"(test_config:
  t5/pytorch-Small-single_device-inference:
    status: expected_passing
    required_pcc: 0.98 # why
    assert_pcc: false
    bringup_status: INCORRECT_RESULT
    reason: 'it''s'
    markers: push
    supported_archs: ["n300", p150]
    filechecks:
      - add.ttnn.mlir
    execution_pass: FORWARD
    optimization_level: 1
    batch_size: 4
    arch_overrides:
      p150:
        status: KNOWN_FAILURE_XFAIL
        allclose_rtol: 1
)",
                                      "x.yaml");
  EXPECT_EQ(file.findings, std::vector<Finding>{});
  ASSERT_EQ(file.entries.size(), 1U);
  EXPECT_EQ(file.entries[0].place, (Place{2, 3}));
  EXPECT_TRUE(file.entries[0].whole && file.entries[0].own);
  EXPECT_EQ(file.entries[0].entry,
            (TestEntry{.id = std::string(kId),
                       .settings = {.supported_archs = {"n300", "p150"},
                                    .status = Status::expected_passing,
                                    .required_pcc = 0.98,
                                    .assert_pcc = false,
                                    .bringup_status = BringupStatus::incorrect_result,
                                    .reason = "it's",
                                    .execution_pass = ExecutionPass::forward,
                                    .batch_size = 4,
                                    .filechecks = {"add.ttnn.mlir"},
                                    .markers = {"push"},
                                    .optimization_level = 1},
                       .arch_overrides = {{"p150", {.status = Status::known_failure_xfail, .allclose_rtol = 1}}}}));
}

TEST(ConfigFiles, WrongFieldsAreNamedWithWhatWasMeant) {
  EXPECT_EQ(
      findings_of_entry("    required_pc: 0.9\n"),
      "3:5 unknown_field entry 't5/pytorch-Small-single_device-inference': unknown field 'required_pc'; did you mean "
      "'required_pcc'?\n");
  EXPECT_EQ(
      findings_of_entry("    arch_overrides:\n      n151:\n        statu: X\n"),
      "4:7 unknown_arch entry 't5/pytorch-Small-single_device-inference': unknown architecture 'n151'; did you mean "
      "'n150'?\n"
      "5:9 unknown_field entry 't5/pytorch-Small-single_device-inference', n151: unknown field 'statu'; did you mean "
      "'status'?\n");
  EXPECT_EQ(findings_of_entry("    status: EXPECTED_PASING\n"),
            "3:13 bad_value entry 't5/pytorch-Small-single_device-inference': status 'EXPECTED_PASING' is not one of "
            "EXPECTED_PASSING, KNOWN_FAILURE_XFAIL, NOT_SUPPORTED_SKIP, UNSPECIFIED, EXCLUDE_MODEL; did you mean "
            "'EXPECTED_PASSING'?\n");
}

TEST(ConfigFiles, WrongTypesAreNamedInWords) {
  const std::string where = "entry 't5/pytorch-Small-single_device-inference': ";
  EXPECT_EQ(findings_of_entry("    required_pcc: high\n"),
            "3:19 wrong_type " + where + "required_pcc is text 'high', not a number\n");
  EXPECT_EQ(findings_of_entry("    assert_pcc: no\n"),
            "3:17 wrong_type " + where + "assert_pcc is text 'no', not true or false\n3:17 ambiguous_scalar " + where +
                "assert_pcc: 'no' is text in YAML 1.2 and a truth value in YAML 1.1\n");
  EXPECT_EQ(findings_of_entry("    filechecks: add.mlir\n"),
            "3:17 wrong_type " + where + "filechecks is text 'add.mlir', not a list of words\n");
  EXPECT_EQ(findings_of_entry("    markers: [push, 3]\n"),
            "3:21 wrong_type " + where + "an item of markers is an integer '3', not text\n");
  EXPECT_EQ(findings_of_entry("    reason: [a]\n"), "3:13 wrong_type " + where + "reason is a list, not text\n");
  EXPECT_EQ(findings_of_entry("    allclose_atol: 1e-5\n"),
            "3:20 ambiguous_scalar " + where + "allclose_atol: '1e-5' is a number in YAML 1.2 and text in YAML 1.1\n");
  EXPECT_EQ(findings_of_entry("    optimization_level: 3\n"),
            "3:25 bad_value " + where + "optimization_level 3 is not 0, 1 or 2\n");
  EXPECT_EQ(findings_of_entry("    required_pcc: 1.5\n    supported_archs: [n15]\n    execution_pass: FORWRD\n"),
            "5:21 odd_value " + where +
                "execution_pass 'FORWRD' is not one of FORWARD, BACKWARD; did you mean 'FORWARD'?\n3:19 odd_value " +
                where + "required_pcc 1.5 is no correlation, which lies between -1 and 1\n4:22 odd_value " + where +
                "unknown architecture 'n15'; did you mean 'n150'?\n");
}

TEST(ConfigFiles, EmptyPlacesAreNamedWhereTheRunnerStops) {
  const std::string id(kId);
  EXPECT_EQ(findings("test_config:\n  " + id + ":\n"),
            "2:3 empty_entry entry '" + id + "' is nothing, not a mapping\n");
  EXPECT_EQ(findings_of_entry("    status:\n").substr(0, 23), "3:5 bad_value entry 't5");
  EXPECT_EQ(findings_of_entry("    arch_overrides:\n"),
            "3:5 empty_entry entry '" + id + "': arch_overrides is nothing, not a mapping\n");
  EXPECT_EQ(findings_of_entry("    arch_overrides:\n      n150:\n"),
            "4:7 empty_entry entry '" + id + "', n150 is nothing, not a mapping\n");
  EXPECT_EQ(findings_of_entry("    bringup_status:\n    required_pcc: ~\n    markers:\n"), "");
}

TEST(ConfigFiles, HaveOneSection) {
  EXPECT_EQ(findings("test_confg:\n  a: 1\n"),
            "1:1 unknown_section section 'test_confg'; did you mean 'test_config'?; only 'test_config' is read\n");
  EXPECT_EQ(findings("- a\n"), "1:1 not_yaml the file is a list, not a mapping\n");
  EXPECT_EQ(findings("test_config: [a]\n"), "1:14 not_yaml 'test_config' is a list, not a mapping\n");
  EXPECT_EQ(findings(""), "");
  EXPECT_EQ(findings("test_config:\n  nonsense:\n    status: UNSPECIFIED\n"),
            "2:3 bad_id test 'nonsense' does not end in -inference or -training\n");
}

TEST(ConfigFiles, OfPlaceholdersHaveNamesThatAreNoTests) {
  const ConfigFile file =
      read_config("PLACEHOLDER_MODELS:\n  Qwen/Qwen-Image:\n    bringup_status: NOT_STARTED\n  X:\n",
                  "torch/test_config_placeholders.yaml");
  EXPECT_EQ(file.findings, std::vector<Finding>{});
  ASSERT_EQ(file.placeholders.size(), 2U);
  EXPECT_EQ(file.placeholders[0].name + "|" + file.placeholders[1].name, "Qwen/Qwen-Image|X");
  EXPECT_EQ(findings("PLACEHOLDER_MODELS:\n  X:\n    bringup_status: STARTED\n", "torch/test_config_placeholders.yaml")
                .substr(0, 47),
            "3:21 bad_value placeholder 'X': bringup_status ");
}

TEST(ConfigFiles, SayWhichEntriesShareTheirLines) {
  const ConfigFile file = read_config(
      "test_config:\n  a/jax-1-single_device-inference: &x\n    status: UNSPECIFIED\n  "
      "a/jax-2-single_device-inference: *x\n"
      "  a/jax-3-single_device-inference:\n    <<: *x\n  a/jax-4-single_device-inference:\n    status: UNSPECIFIED\n",
      "x.yaml");
  std::vector<bool> own;
  for (const PlacedEntry& placed : file.entries) own.push_back(placed.own);
  EXPECT_EQ(own, (std::vector<bool>{false, false, false, true}));
  EXPECT_EQ(file.find("a/jax-3-single_device-inference")->entry.settings.status, Status::unspecified);
}

TEST(ConfigFiles, ThatAreCutOffAnywhereAreReadWithoutHarm) {
  const std::string whole =
      "test_config:\n  t5/pytorch-Small-single_device-inference:\n    reason: \"a \\\"b\\\"\" # c\n    markers: [push, "
      "'x y']\n    arch_overrides: {p150: {status: UNSPECIFIED}}\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const ConfigFile file = read_config(std::string_view(whole).substr(0, size), "x.yaml");
    EXPECT_EQ(file.parsed || !file.findings.empty(), true) << size;
  }
  EXPECT_EQ(findings(std::string_view(whole).substr(0, whole.find(" # c") - 1)),
            "3:21 not_yaml illegal EOF in scalar\n")
      << "a scalar at the very end";
}

}  // namespace
}  // namespace adapt::forge
