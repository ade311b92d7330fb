#include "agent/forge/results.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tools/base/file.h"

namespace adapt::forge {
namespace {

constexpr std::string_view kName = "test_all_models_torch[t5/pytorch-Small-single_device-inference]";

struct Case {
  std::string bringup = "PASSED", arch = "p150", pcc = "0.995", threshold = "0.99", summary = "None", error = "",
              guidance = "[]";
  JunitCase::Kind kind = JunitCase::Kind::passed;
  std::string type = "", message = "";
};

JunitCase junit(const Case& one) {
  JunitCase out{.name = std::string(kName), .kind = one.kind, .type = one.type, .message = one.message};
  out.properties["tags"] = fmt::format(
      "{{'bringup_status': '{}', 'arch': '{}', 'pcc': {}, 'pcc_threshold': {}, 'guidance': {}, 'failing_reason': "
      "{{'name': None, 'description': None, 'component': None, 'summary': {}}}}}",
      one.bringup, one.arch, one.pcc, one.threshold, one.guidance, one.summary);
  if (!one.error.empty()) out.properties["error_message"] = one.error;
  return out;
}

// evidence|bringup|reason|why
std::string told(const JunitCase& test) {
  const auto result = result_of(test);
  if (!result) return "no model test";
  return fmt::format("{}|{}|{}|{}", to_string(result->evidence), to_string(result->bringup), result->reason,
                     result->why);
}

constexpr auto kFailed = JunitCase::Kind::failed;
constexpr auto kSkipped = JunitCase::Kind::skipped;

TEST(Results, OfPassingAndWrongRuns) {
  EXPECT_EQ(told(junit({})), "passed|PASSED||");
  EXPECT_EQ(told(junit({.kind = kSkipped, .type = "pytest.xfail", .message = "known"})), "passed|PASSED||");
  EXPECT_EQ(told(junit({.bringup = "INCORRECT_RESULT", .pcc = "0.9713", .kind = kFailed})),
            "incorrect|INCORRECT_RESULT|PCC comparison failed. Calculated: pcc=0.9713. Required: pcc=0.99.|");
  EXPECT_EQ(
      told(junit({.bringup = "INCORRECT_RESULT", .pcc = "nan", .kind = kFailed})),
      "incorrect|INCORRECT_RESULT|PCC comparison failed. Calculated: pcc=nan (invalid value). Required: pcc=0.99.|");
}

TEST(Results, OfFailuresHaveTheFirstLineThatSaysSomething) {
  EXPECT_EQ(told(junit({.bringup = "FAILED_TTMLIR_COMPILATION",
                        .pcc = "None",
                        .error = "\n  error: failed to legalize operation 'stablehlo.fft'\nmore",
                        .kind = kFailed})),
            "failed|FAILED_TTMLIR_COMPILATION|error: failed to legalize operation 'stablehlo.fft'|");
  EXPECT_EQ(
      told(junit({.bringup = "FAILED_RUNTIME", .summary = "'Out of Memory: DRAM'", .error = "x", .kind = kFailed})),
      "failed|FAILED_RUNTIME|Out of Memory: DRAM|");
  const auto result = result_of(junit({.bringup = "FAILED_RUNTIME", .error = std::string(400, 'x'), .kind = kFailed}));
  EXPECT_EQ(result->reason, std::string(kMostReason, 'x') + "...");
}

TEST(Results, ThatSayNothingOfTheModelCountForNothing) {
  EXPECT_EQ(told(junit({.bringup = "UNKNOWN", .kind = kFailed, .message = "CRASHED with signal 11"})),
            "nothing|UNKNOWN|CRASHED with signal 11|how far it came is not known");
  EXPECT_EQ(told(junit({.bringup = "FAILED_RUNTIME", .kind = kSkipped, .type = "pytest.skip", .message = "DRAM OOM"})),
            "nothing|FAILED_RUNTIME|DRAM OOM|it was skipped");
  EXPECT_EQ(told(junit({.bringup = "PASSED", .kind = kFailed, .message = "FileCheck"})),
            "nothing|PASSED|FileCheck|the model passed and the test failed");
  EXPECT_EQ(told(junit({.bringup = "PASSED", .pcc = "0.5"})),
            "nothing|PASSED||it says passed, with a PCC below its threshold");
  EXPECT_EQ(told(junit({.bringup = "None"})), "nothing|UNKNOWN||bringup_status 'None'");
  JunitCase bare = junit({});
  bare.properties.clear();
  EXPECT_EQ(told(bare), "nothing|UNKNOWN||it has no tags");
  bare.name = "test_add[shape0]";
  EXPECT_EQ(told(bare), "no model test");
}

TEST(Results, OfInfrastructureCountForNothing) {
  EXPECT_EQ(told(junit({.bringup = "FAILED_FE_COMPILATION",
                        .error = "OSError: We couldn't connect to 'https://huggingface.co' to load the files",
                        .kind = kFailed})),
            "nothing|FAILED_FE_COMPILATION|OSError: We couldn't connect to 'https://huggingface.co' to load the "
            "files|what failed was not the model: DATA_ACCESS");
  EXPECT_EQ(told(junit({.bringup = "FAILED_FE_COMPILATION",
                        .error = "ModuleNotFoundError: No module named 'kornia'",
                        .kind = kFailed})),
            "nothing|FAILED_FE_COMPILATION|ModuleNotFoundError: No module named 'kornia'|what failed was not the "
            "model: DEPENDENCY_ENV");
}

std::string own(std::string_view json) {
  const auto parsed = parse_json(json);
  const auto result = result_of(*parsed);
  if (!result) return result.error().message;
  return fmt::format("{} {}|{}|{}|{}", to_string(result->id), to_string(result->evidence), to_string(result->bringup),
                     result->reason, result->why);
}

TEST(Results, OfOursCountOnTheDeviceOnly) {
  EXPECT_EQ(own(R"({"model":"forge:t5/pytorch:Small","backend":"tt","outcome":"works","level":"L5"})"),
            "t5/pytorch-Small-single_device-inference passed|PASSED||");
  EXPECT_EQ(
      own(R"({"model":"forge:/x/tt-forge-models/t5/pytorch/","backend":"tt-static","outcome":"works","level":"L5"})"),
      "t5/pytorch-single_device-inference nothing|UNKNOWN||backend 'tt-static' is not the device");
  EXPECT_EQ(own(R"({"model":"forge:t5/pytorch:S","backend":"tt","outcome":"works","level":"L3"})"),
            "t5/pytorch-S-single_device-inference nothing|UNKNOWN||level 'L3' is no run that was compared");
  EXPECT_EQ(
      own(R"({"model":"forge:t5/pytorch:S","backend":"tt","outcome":"adapted","level":"L5","failure":{"stage":"compile","message":"failed to legalize operation 'stablehlo.fft'"}})"),
      "t5/pytorch-S-single_device-inference failed|FAILED_TTMLIR_COMPILATION|failed to legalize operation "
      "'stablehlo.fft'|");
  EXPECT_EQ(own(R"({"model":"transformers:X","backend":"tt","outcome":"works"})"),
            "model 'transformers:X' is no loader of tt-forge-models");
  EXPECT_EQ(own("[]"), "result is not an object");
}

TEST(Results, AreFoundInFolders) {
  const auto folder = TempDir::create("forge-results-");
  ASSERT_TRUE(folder);
  const std::string root = folder->path().string();
  EXPECT_EQ(read_results({root}).error().message, "no *.xml and no result.json there");
  EXPECT_EQ(read_results({root + "/no"}).error().message, "'" + root + "/no' is not there");
  ASSERT_TRUE(write_file_atomic(folder->path() / "a.xml", "<s><testcase name='test_add'/></s>"));
  ASSERT_TRUE(write_file_atomic(folder->path() / "b.xml", "broken"));
  ASSERT_TRUE(write_file_atomic(folder->path() / "result.json",
                                R"({"model":"forge:t5/pytorch:S","backend":"tt","outcome":"works","level":"L6"})"));
  const auto results = read_results({root});
  ASSERT_TRUE(results);
  EXPECT_EQ(results->others, 1U);
  ASSERT_EQ(results->results.size(), 1U);
  EXPECT_EQ(results->results[0].source, root + "/result.json");
  ASSERT_EQ(results->findings.size(), 1U);
  EXPECT_EQ(to_text(results->findings[0]), root + "/b.xml: error: line 1: syntax error");
}

}  // namespace
}  // namespace adapt::forge
