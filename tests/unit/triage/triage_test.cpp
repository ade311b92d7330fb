#include "agent/triage/triage.h"

#include <gtest/gtest.h>

namespace adapt::triage {
namespace {

const Weights kNoWeights;

Diagnosis diagnose(std::string_view log, std::size_t piece = 1 << 20) {
  Triage triage(built_in_tables(), kNoWeights, built_in_index());
  for (; !log.empty(); log.remove_prefix(std::min(piece, log.size()))) triage.feed(log.substr(0, piece));
  return triage.finish();
}

// category, status, component, op, lines of the evidence: what a reader looks at first.
std::string brief(const Diagnosis& d) {
  std::string lines;
  for (const Evidence& evidence : d.evidence) lines += " " + std::to_string(evidence.line);
  return d.category + " " + std::string(to_string(d.bringup)) + " " + d.component + " " + (d.op.empty() ? "-" : d.op) +
         lines;
}
std::string brief(std::string_view log) { return brief(diagnose(log)); }

constexpr std::string_view kMemory =
    "TT_THROW: Out of Memory: Not enough space to allocate 157286400 B DRAM buffer across 12 banks, where each bank "
    "needs to "
    "store 13107200 B, but bank size is 1073741792 B";

TEST(Triage, TheCauseOnStderrBeatsWhatPythonSawOfIt) {
  EXPECT_EQ(brief("loc(\"scatter.42\"): error: failed to legalize operation 'stablehlo.scatter'\n"
                  "module_builder.cc:700 ERR| Failed to convert from SHLO to TTIR module\n"
                  "Traceback (most recent call last):\n"
                  "  File \"/m/model.py\", line 31, in forward\n"
                  "ValueError: Error code: 13\n"),
            "LEGALIZE_FAIL FAILED_TTMLIR_COMPILATION tt-mlir stablehlo.scatter 1 2");
  EXPECT_EQ(brief("ValueError: Error code: 13"), "PJRT_ERROR_CODE FAILED_RUNTIME pjrt - 1");
  EXPECT_EQ(brief("RuntimeError: Bad StatusOr access: INTERNAL: Error code: 13"),
            "PJRT_ERROR_CODE FAILED_RUNTIME pjrt - 1");
}

TEST(Triage, WhichProcessWroteFirstDoesNotMatter) {
  const std::string python =
      "E   RuntimeError: Bad StatusOr access: INTERNAL: Error code: 13\nFatal Python error: Aborted\n";
  const std::string native = std::string(kMemory) + "\n";
  EXPECT_EQ(diagnose(python + native).category, "OOM_DRAM");
  EXPECT_EQ(diagnose(native + python).category, "OOM_DRAM");
}

TEST(Triage, AFailureAfterAnotherIsItsConsequence) {
  const std::string reshape =
      "RuntimeError: TT_FATAL @ /x/tensor_utils.cpp:50: new_volume == old_volume. Invalid arguments to reshape\n";
  const std::string freed = "RuntimeError: TT_FATAL Can't get device from mesh buffer, already deallocated\n";
  EXPECT_EQ(diagnose(std::string(kMemory) + "\n" + freed).category, "OOM_DRAM");
  EXPECT_EQ(diagnose("error: 'ttir.arange' op Invalid range: start=0, end=0\n" + reshape).category, "OP_VERIFIER");
}

TEST(Triage, ADeviceThatDoesNotAnswerIsNeverTheModelsFailure) {
  const Diagnosis d =
      diagnose("Read 0xffffffff over PCIe: you should reset the board.\n" + std::string(kMemory) + "\n");
  EXPECT_EQ(brief(d), "DEVICE_INFRASTRUCTURE UNKNOWN device - 1");
  EXPECT_EQ(d.repairs.at(0).id, "RERUN_ELSEWHERE");
  EXPECT_EQ(brief("Timed out waiting for ETH training on channel 7: ethernet core timeout"),
            "DEVICE_INFRASTRUCTURE UNKNOWN device - 1");
}

TEST(Triage, AmountsPlaceAndLocationAreTold) {
  const Diagnosis d = diagnose(
      "third_party/m/model.py:55: in forward\n    y = self.conv(x)\n/v/site-packages/torch/nn/module.py:9: in call\n" +
      std::string(kMemory) + "\n");
  EXPECT_EQ(
      d.memory,
      (Memory{.buffer = "DRAM", .requested = 157286400, .banks = 12, .per_bank = 13107200, .bank_size = 1073741792}));
  EXPECT_EQ(d.place, (Place{"third_party/m/model.py", 55}));
  EXPECT_EQ(diagnose("loc(\"a\"(\"m.py\":3:1)): error: 'ttir.pad' op bad").loc, "loc(\"a\"(\"m.py\":3:1))");
}

TEST(Triage, TheLastMarkerDecidesHowTtXlaWouldCallIt) {
  const std::string marked = "FE_COMPILATION_START\nTTMLIR_COMPILATION_START\n" + std::string(kMemory) + "\n";
  const Diagnosis d = diagnose(marked);
  EXPECT_EQ(d.bringup, Bringup::failed_ttmlir_compilation);
  EXPECT_EQ(d.stage, client::Stage::run);
  EXPECT_EQ(
      diagnose("RUNTIME_EXECUTION_START\nPCC comparison failed. Calculated: pcc=0.7. Required: pcc=0.99.").bringup,
      Bringup::incorrect_result);
}

TEST(Triage, WarningsExpectedFailuresAndShownCodeAreNoFailures) {
  EXPECT_EQ(brief("UserWarning: out of memory may happen\nModuleNotFoundError: No module named 'kornia'\n"),
            "DEPENDENCY_ENV FAILED_FE_COMPILATION environment - 2");
  EXPECT_EQ(brief("XFAIL tests/x.py::a - Segmentation fault\n===== 3 passed, 1 xfailed in 2.1s =====\n"), " PASSED  -");
  EXPECT_EQ(brief("    raise RuntimeError(\"out of memory on DRAM\")\nE   ImportError: kornia\n"),
            "DEPENDENCY_ENV FAILED_FE_COMPILATION environment - 2");
}

TEST(Triage, WordsOfEverydayWorkAreHintsOnlyWhereSomethingFailed) {
  const std::string work =
      "Downloading dataset and safetensors\ntimeout: 7200s\n%1 = stablehlo.convolution {feature_group_count = 1}\n"
      "wrote 3 graphs\n";
  EXPECT_EQ(brief(work), " UNKNOWN  -");
  EXPECT_EQ(brief(work + "ERROR: download of the dataset failed\n"),
            "DATA_ACCESS FAILED_FE_COMPILATION environment - 5");
  EXPECT_EQ(brief("could not download"), "DATA_ACCESS FAILED_FE_COMPILATION environment - 1");
}

TEST(Triage, ASessionThatPassedPassedAndOneThatDidNotDidNot) {
  EXPECT_EQ(brief("collected 2 items\ntests/a.py PASSED\n======= 2 passed in 3.21s =======\n"), " PASSED  -");
  EXPECT_EQ(brief("===== 1 failed, 2 passed in 3.21s =====\nE  PCC comparison failed. Calculated: pcc=nan. Required: "
                  "pcc=0.99\n"),
            "PCC_NAN INCORRECT_RESULT numerics - 2");
  EXPECT_EQ(brief("===== 2 passed in 3.21s =====\nRead 0xffffffff over PCIe\n"),
            "DEVICE_INFRASTRUCTURE UNKNOWN device - 2");
}

TEST(Triage, WhatItDoesNotKnowItDoesNotName) {
  EXPECT_EQ(brief("the quick brown fox\n"), " UNKNOWN  -");
  EXPECT_EQ(brief(""), " UNKNOWN  -");
  EXPECT_EQ(brief("tt-xla 99.1 starts on board x9000, fabric v7\n"), " UNKNOWN  -");
}

TEST(Triage, DoesNotDependOnHowBytesArriveOrLinesEnd) {
  const std::string log =
      "\x1b[31mE   RuntimeError: \x1b[0mOut of \x1b[1mMemory\x1b[0m: Not enough space to allocate 4096 B L1 buffer "
      "across 2 banks\r\nlast";
  const std::string expected = "OOM_L1 FAILED_RUNTIME tt-metal - 1";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 4096U})
    EXPECT_EQ(brief(diagnose(log, piece)), expected) << piece;
}

TEST(Triage, FindsTheErrorBehindThousandsOfPasses) {
  std::string log;
  for (int i = 0; i < 20'000; ++i)
    log += "%" + std::to_string(i) + " = \"ttnn.matmul\"(%a) : tensor<32x32xbf16> loc(#loc" + std::to_string(i) + ")\n";
  log += "loc(\"reduce.7\"): error: 'ttnn.sum' op Output tensor shape (3) must match the inferred shape: (4)\n";
  for (int i = 0; i < 20'000; ++i) log += "Metal | INFO | closing device " + std::to_string(i) + "\n";
  const Diagnosis d = diagnose(log);
  EXPECT_EQ(brief(d), "OP_VERIFIER FAILED_TTMLIR_COMPILATION tt-mlir ttnn.sum 20001");
  EXPECT_EQ(log.substr(d.evidence[0].offset, 16), "loc(\"reduce.7\"):");
  EXPECT_EQ(d.lines, 40'001U);
}

TEST(Triage, KeepsLittleOfALogThatOnlyFails) {
  Triage triage(built_in_tables(), kNoWeights, built_in_index());
  for (int i = 0; i < 50'000; ++i) triage.feed(std::string(kMemory) + "\nValueError: FAILED timeout\n");
  EXPECT_LE(triage.observe().lines.size(), 64U);
}

TEST(Triage, FindsWhatStandsFarInAVeryLongLine) {
  Triage triage(built_in_tables(), kNoWeights, built_in_index());
  const std::string part(100'000, 'x');
  for (int i = 0; i < 100; ++i) triage.feed(part);
  triage.feed(" " + std::string(kMemory));
  for (int i = 0; i < 100; ++i) triage.feed(part);
  const Diagnosis d = triage.finish();
  EXPECT_EQ(brief(d), "OOM_DRAM FAILED_RUNTIME tt-metal - 1");
  EXPECT_LE(d.evidence[0].text.size(), Triage::kMaxKept);
}

TEST(Triage, WordsSpeakWhereNoSignatureDoes) {
  const auto weights = Weights::parse("category\tgremlins\tPROCESS_CRASH\t3\n", built_in_tables());
  Triage triage(built_in_tables(), *weights, built_in_index());
  triage.feed("gremlins ate it\n");
  EXPECT_EQ(brief(triage.finish()), "PROCESS_CRASH FAILED_RUNTIME process - 1");
  Triage surer(built_in_tables(), *weights, built_in_index());
  surer.feed("gremlins: No module named 'x'\n");
  EXPECT_EQ(surer.finish().category, "DEPENDENCY_ENV");
}

TEST(Triage, TheOperationChoosesTheRepair) {
  const auto first = [](std::string_view log) { return diagnose(log).repairs.at(0).id; };
  EXPECT_EQ(first("error: failed to legalize operation 'stablehlo.scatter'"), "MASK_INDEX_ASSIGN");
  EXPECT_EQ(first("error: failed to legalize operation 'stablehlo.round_nearest_even'"), "ROUND");
  EXPECT_EQ(first("error: failed to legalize operation 'stablehlo.fft'"), "FFT");
  EXPECT_EQ(
      first("Unhandled FakeTensor Device Propagation for aten.add.Tensor, found two different devices xla:0, cpu"),
      "SINGLE_DEVICE_TENSORS");
}

}  // namespace
}  // namespace adapt::triage
