#include "harness/client/option_table.h"

#include <gtest/gtest.h>

#include <set>

namespace adapt::client {
namespace {

namespace fs = std::filesystem;

const OptionTable& shipped() {
  static const Result<OptionTable> table = OptionTable::load(fs::path(ADAPT_SOURCE_DIR) / "harness");
  return *table;
}

Option given(std::string_view backend, std::string_view assignment) {
  const auto option = shipped().option(backend, assignment, "/work");
  EXPECT_TRUE(option) << (option ? "" : option.error().message);
  return option.value_or(Option{});
}

// The error's text; "" where there is none.
std::string refusal(std::string_view backend, std::string_view assignment) {
  const auto option = shipped().option(backend, assignment, "/work");
  if (option) return "";
  EXPECT_EQ(option.error().kind, ErrorKind::usage);
  return option.error().message;
}

TEST(OptionTable, GivesValuesTheirTypesAndSpellsVariablesAsText) {
  EXPECT_EQ(given("tt", "optimization_level=2").set, Json({{"custom.optimization_level", 2}}));
  EXPECT_EQ(given("tt", "enable_trace=On").set, Json({{"custom.enable_trace", true}}));
  EXPECT_EQ(given("tt", "experimental_weight_dtype=").set, Json({{"custom.experimental_weight_dtype", ""}}));
  EXPECT_EQ(given("tt", "TTXLA_MLIR_PASS_TIMING=yes").set, Json({{"TTXLA_MLIR_PASS_TIMING", "1"}}));
  EXPECT_EQ(given("tt", "TT_RUNTIME_TRACE_REGION_SIZE=1024").set, Json({{"TT_RUNTIME_TRACE_REGION_SIZE", "1024"}}));
  EXPECT_EQ(given("tt-legacy", "mesh_shape=1,2").set, Json({{"config.mesh_shape", {1, 2}}}));
  EXPECT_EQ(given("tt-legacy", "save_mlir_override=TTIR,TTNN").set,
            Json({{"config.save_mlir_override", {"TTIR", "TTNN"}}}));
  EXPECT_EQ(given("tt-legacy", "TT_TORCH_SAVE_MLIR=TTIR,TTNN").set, Json({{"TT_TORCH_SAVE_MLIR", "TTIR,TTNN"}}));
  EXPECT_EQ(given("tt-legacy", "RTI_PCC_FAIL_THRESH=0.98").set, Json({{"RTI_PCC_FAIL_THRESH", "0.98"}}));
  EXPECT_EQ(given("tt", "export_path=../out/ir").set, Json({{"custom.export_path", "/out/ir"}}));
  EXPECT_EQ(given("openvino", "precision=bf16").set, Json({{"precision", "bf16"}}));
}

// A run keeps the identifier, and reads it again when it is resumed.
TEST(OptionTable, TheIdentifierOfAnOptionGivesItAgain) {
  for (const auto& [backend, text] :
       {std::pair("tt-legacy", "save_mlir_override=TTIR, TTNN"), std::pair("tt-legacy", "mesh_shape=1, 2"),
        std::pair("tt", "enable-trace=ON"), std::pair("tt", "export_path=ir"),
        std::pair("tt", "experimental_weight_dtype="), std::pair("tt-legacy", "RTI_PCC_FAIL_THRESH=0.985")}) {
    const Option first = given(backend, text);
    EXPECT_EQ(given(backend, first.id), first) << text;
  }
}

TEST(OptionTable, TellsWhatAValueCosts) {
  const Option half = given("openvino", "precision=f16");
  EXPECT_EQ(half.concession, "computed in reduced precision");
  EXPECT_EQ(half.cap, std::nullopt);
  const Option depth = given("tt-legacy", "compile_depth=TTNN_IR");
  EXPECT_TRUE(depth.concession);
  EXPECT_EQ(depth.cap, "L3");
  EXPECT_EQ(given("tt-legacy", "compile_depth=EXECUTE").concession, std::nullopt);
  EXPECT_EQ(given("tt", "compile_only=/x/n150.ttsys").cap, "L3");
  EXPECT_EQ(given("tt", "math_fidelity=hifi4").concession, std::nullopt);
  EXPECT_TRUE(given("tt", "math_fidelity=lofi").concession);
}

TEST(OptionTable, TakesHyphensAndUnderscoresForTheSame) {
  const Json set = {{"custom.experimental-kv-cache-dtype", "bfp_bf8"}};
  EXPECT_EQ(given("tt", "experimental_kv_cache_dtype=bfp_bf8").set, set);
  EXPECT_EQ(given("tt", "experimental-kv-cache-dtype=bfp_bf8").id, "experimental-kv-cache-dtype=bfp_bf8");
}

TEST(OptionTable, RefusesWhatTheCompilerWouldIgnoreAndNamesTheNearest) {
  EXPECT_EQ(refusal("tt", "optimisation_level=1"),
            "backend 'tt' has no option 'optimisation_level'; did you mean 'optimization_level'?");
  EXPECT_EQ(refusal("tt", "wholly_unlike=1"),
            "backend 'tt' has no option 'wholly_unlike'; agent options tt lists them");
  EXPECT_EQ(refusal("eager", "precision=f16"), "backend 'eager' has no option 'precision'; it has none");
  EXPECT_EQ(refusal("onnxruntime", "precision=f16").substr(0, 51),
            "backend 'onnxruntime' has no option 'precision'; ag");
}

TEST(OptionTable, RefusesWhatTheCompilerWouldEndAt) {
  EXPECT_EQ(refusal("tt", "optimization_level=3"),
            "option 'optimization_level' cannot be '3': it takes an integer in 0..2");
  EXPECT_EQ(
      refusal("tt", "math_fidelity=hifi5"),
      "option 'math_fidelity' cannot be 'hifi5': it takes one of lofi, hifi2, hifi3, hifi4, ttnn_default; did you "
      "mean 'hifi2'?");
  for (const char* wrong : {"optimization_level=", "optimization_level=1x", "optimization_level= 1",
                            "optimization_level=99999999999999999999", "optimization_level", "enable_trace=maybe",
                            "math_fidelity=HIFI4", "enable_trace=\x01", "export_model_name=", "export_path="})
    EXPECT_NE(refusal("tt", wrong), "") << wrong;
  for (const char* wrong :
       {"mesh_shape=1,,2", "mesh_shape=0", "save_mlir_override=TTIR,LLVM", "RTI_PCC_FAIL_THRESH=nan",
        "RTI_PCC_FAIL_THRESH=1.5", "device_map={}", "compile_depth=EVERYTHING"})
    EXPECT_NE(refusal("tt-legacy", wrong), "") << wrong;
  EXPECT_NE(refusal("tt", "export_model_name=" + std::string(5000, 'x')), "");
}

TEST(OptionTable, SaysWhatTookThePlaceOfAnOptionThatIsGone) {
  EXPECT_EQ(refusal("tt", "enable_bfp8_conversion=true"),
            "option 'enable_bfp8_conversion' is gone (before 2026-08-21): experimental_weight_dtype=bfp_bf8 took its "
            "place");
}

TEST(OptionTable, RefusesTwoThatSetTheSame) {
  const auto both = shipped().options("tt", {"optimization_level=1", "optimization_level=2"}, "/");
  ASSERT_FALSE(both);
  EXPECT_EQ(both.error().message, "options 'optimization_level=1' and 'optimization_level=2' set the same");
}

TEST(OptionTable, LeavesOutRungsThatSetWhatIsGiven) {
  const std::vector<Option> ladder = {{.id = "a", .scope = "compile", .set = {{"x", 1}}},
                                      {.id = "b", .scope = "lower", .set = {{"x", 1}}},
                                      {.id = "c", .scope = "compile", .set = {{"y", 1}, {"x", 2}}}};
  const std::vector<Option> left = without(ladder, {{.id = "x=3", .scope = "compile", .set = {{"x", 3}}}});
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left.front().id, "b");
}

TEST(OptionTable, NoTwoRowsOfABackendHaveOneName) {
  for (const char* backend : {"tt", "tt-legacy", "openvino", "onnxruntime", "iree", "executorch", "export"}) {
    std::set<std::string> names, keys;
    for (const OptionRow* row : shipped().of(backend)) {
      EXPECT_TRUE(names.insert(row->name).second) << backend << " " << row->name;
      EXPECT_TRUE(row->key.empty() || keys.insert(row->scope + " " + row->key).second) << backend << " " << row->key;
      EXPECT_FALSE(row->effect.empty()) << row->name;
    }
  }
}

// Its own name=default is something that every option takes.
TEST(OptionTable, EveryDefaultIsAllowed) {
  for (const char* backend : {"tt", "tt-legacy", "openvino", "onnxruntime", "iree", "executorch", "export"})
    for (const OptionRow* row : shipped().of(backend)) {
      if (row->until.empty() && !row->fallback.empty()) {
        EXPECT_EQ(refusal(backend, row->name + "=" + row->fallback), "");
      }
    }
}

TEST(OptionTable, RefusesATableThatIsNone) {
  const auto message = [](std::string_view text) {
    const auto table = OptionTable::parse(text, "t.tsv");
    return table ? "" : table.error().message;
  };
  EXPECT_EQ(message("# comment\n\na\tb\n"), "t.tsv:3: 2 cells in place of 12");
  EXPECT_EQ(message("tt\tn\tcompile\tk\tcolour\t-\t-\t-\t-\t-\t-\te\n"), "t.tsv:1: n: unknown type 'colour'");
  EXPECT_EQ(message("tt\tn\tcompile\t-\tbool\t-\t-\t-\t-\t-\t-\te\n"), "t.tsv:1: 'n' lacks a name, a backend or a key");
}

}  // namespace
}  // namespace adapt::client
