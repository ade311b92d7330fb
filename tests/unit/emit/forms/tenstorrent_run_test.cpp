// What the forms for Tenstorrent's repositories take over of a run on its hardware.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "agent/emit/forms/tt_torch.h"
#include "agent/emit/forms/tt_xla.h"
#include "runs_for_forms.h"
#include "tools/base/text.h"

namespace adapt::emit::forms {
namespace {

HandOver measured_run(std::string arch, std::vector<client::Option> options = {}) {
  HandOver run = file_run();
  run.backend = "tt";
  run.arch = std::move(arch);
  run.options = std::move(options);
  return run;
}

client::Option compiled_with(std::string id, Json set) {
  return {.id = std::move(id), .scope = "compile", .set = std::move(set)};
}

std::string rendered(const HandOver& run) {
  forge::TestEntry entry = config_entry(run).entry;
  entry.comment.clear();
  return forge::render(entry);
}

const std::string kKey = "ponder_net/pytorch-Base-single_device-inference";

std::string there(std::string_view lines) { return fmt::format("test_config:\n  {}:\n{}", kKey, lines); }

TEST(EntryOfARun, ClaimsAPassForTheArchitectureItRanOnAlone) {
  EXPECT_EQ(rendered(measured_run("p150")), "  " + kKey +
                                                ":\n"
                                                "    arch_overrides:\n"
                                                "      p150:\n"
                                                "        status: EXPECTED_PASSING\n");
  EXPECT_TRUE(contains(rendered(measured_run("")), "status: UNSPECIFIED"));
  HandOver compiled = measured_run("p150");
  compiled.level = domain::Level::L3;
  EXPECT_TRUE(contains(rendered(compiled), "status: UNSPECIFIED"));
}

TEST(EntryOfARun, HoldsTheCompilersOptionsThatItKnows) {
  const HandOver run = measured_run(
      "n150", {compiled_with("optimization_level=1", {{"custom.optimization_level", 1}}),
               compiled_with("experimental_weight_dtype=bfp_bf8", {{"custom.experimental_weight_dtype", "bfp_bf8"}}),
               compiled_with("math_fidelity=hifi2", {{"custom.math_fidelity", "hifi2"}})});
  EXPECT_TRUE(contains(rendered(run), "    enable_weight_bfp8_conversion: true\n"));
  EXPECT_TRUE(contains(rendered(run), "    optimization_level: 1\n"));
  const std::vector<std::string> notes = config_entry(run).notes;
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_TRUE(contains(notes[0], "math_fidelity=hifi2"));
}

TEST(EntryOfARun, AddsItsArchitectureToAnEntryThatIsThere) {
  const std::string before = there(
      "    # seen by hand\n    arch_overrides:\n      n150:\n        status: KNOWN_FAILURE_XFAIL\n"
      "        reason: \"DRAM OOM\"\n");
  const Result<std::string> after = configured(before, config_entry(measured_run("p150")));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(*after, before + "      p150:\n        status: EXPECTED_PASSING\n");
  const Result<std::string> again = configured(*after, config_entry(measured_run("p150")));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, *after);
}

TEST(EntryOfARun, IsRefusedWhereAnotherSaysSomethingElse) {
  const std::string before = there("    status: KNOWN_FAILURE_XFAIL\n    reason: \"DRAM OOM\"\n");
  const Result<std::string> unmeasured = configured(before, config_entry(file_run()));
  ASSERT_FALSE(unmeasured);
  EXPECT_TRUE(contains(unmeasured.error().message, "line 2 has another entry for " + kKey));
  const HandOver other_level =
      measured_run("p150", {compiled_with("optimization_level=1", {{"custom.optimization_level", 1}})});
  EXPECT_FALSE(
      configured(there("    status: EXPECTED_PASSING\n    optimization_level: 2\n"), config_entry(other_level)));
}

TEST(TestForTtTorch, SetsTheConfigurationThatTheRunWasMadeWith) {
  HandOver run = file_run();
  run.backend = "tt-legacy";
  const auto config_of = [&](std::vector<client::Option> options) {
    run.options = std::move(options);
    const Emitted emitted = *tt_torch(run);
    const std::string& text = emitted.files.front().text;
    const std::size_t begin = text.find("    cc = CompilerConfig()\n"), end = text.find("    if op_by_op:");
    std::string out = text.substr(begin, end - begin);
    for (const std::string& note : emitted.notes)
      if (note.starts_with("option ")) out += note + "\n";
    return out;
  };
  EXPECT_EQ(config_of({compiled_with("no-input-casts", {{"config.typecast_inputs", false}})}),
            "    cc = CompilerConfig()\n    cc.enable_consteval = True\n    cc.consteval_parameters = True\n"
            "    cc.typecast_inputs = False\n");
  EXPECT_EQ(config_of({compiled_with("no-consteval", {{"config.enable_consteval", false}})}),
            "    cc = CompilerConfig()\n    cc.enable_consteval = False\n");
  EXPECT_TRUE(contains(config_of({compiled_with("async_mode=true", {{"backend.async_mode", true}})}),
                       "option async_mode=true acts on how tt-legacy compiles"));
}

}  // namespace
}  // namespace adapt::emit::forms
