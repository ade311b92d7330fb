#include "agent/pipeline/log_finding.h"

#include <gtest/gtest.h>

#include "tools/base/file.h"

namespace adapt::pipeline {
namespace {

using client::Failure;
using client::FailureClass;
using client::Stage;

constexpr std::string_view kDram =
    "2026-08-01 10:00:00.000 | critical | Always | TT_FATAL: Out of Memory: Not enough space to allocate 1073741824 B "
    "DRAM buffer across 12 banks, where each bank needs to store 89478485 B, but bank size is 1071181792 B (allocated: "
    "1000000000 B, free: 71181792 B, largest free block: 70000000 B)\n";

class LogFinding : public testing::Test {
 protected:
  // What Python saw, with a log and a mark beside it.
  Failure explained(std::string_view printed, std::string_view mark = "", Stage stage = Stage::compile) {
    EXPECT_TRUE(write_file_atomic(log_.printed, printed));
    EXPECT_TRUE(mark.empty() || write_file_atomic(log_.marker, mark));
    Failure failure{.stage = stage,
                    .failure_class = FailureClass::exception,
                    .exception = "ValueError",
                    .message = "Error code: 13",
                    .fingerprint = "compile|exception||Error code: #"};
    explain(failure, log_);
    return failure;
  }

  TempDir folder_ = *TempDir::create("adapt-log-finding-");
  BackendLog log_{folder_.path() / "backend.log", folder_.path() / "._bringup_stage.txt"};
};

TEST_F(LogFinding, AnAllocationThatFailedIsTheFailureWithItsNumbersAndItsLine) {
  const Failure failure = explained("warming up\n" + std::string(kDram), "RUNTIME_EXECUTION_START\n");
  EXPECT_EQ(failure.stage, Stage::run);
  EXPECT_EQ(failure.failure_class, FailureClass::out_of_memory);
  ASSERT_TRUE(failure.finding);
  EXPECT_EQ(failure.finding->category, "OOM_DRAM");
  EXPECT_EQ(failure.finding->bringup, "FAILED_RUNTIME");
  EXPECT_EQ(failure.finding->buffer, "DRAM");
  EXPECT_EQ(failure.finding->line, 2);
  EXPECT_EQ(failure.finding->memory.at("requested_bytes"), 1073741824);
  EXPECT_EQ(failure.finding->memory.at("banks"), 12);
  EXPECT_FALSE(failure.finding->repairs.empty());
  EXPECT_EQ(failure.message, "Error code: 13");
}

TEST_F(LogFinding, AnOperationThatIsNotLoweredIsNamed) {
  const Failure failure = explained("loc(\"scatter.42\"): error: failed to legalize operation 'stablehlo.scatter'\n",
                                    "TTMLIR_COMPILATION_START\n");
  EXPECT_EQ(failure.stage, Stage::compile);
  EXPECT_EQ(failure.failure_class, FailureClass::legalize_failed);
  EXPECT_EQ(failure.op, "stablehlo.scatter");
}

TEST_F(LogFinding, TheDeviceIsToldFromTheModel) {
  const Failure failure = explained("TT_THROW @ chip.cpp: Read 0xffffffff over PCIe: you should reset the board.\n",
                                    "RUNTIME_EXECUTION_START\n");
  EXPECT_TRUE(is_of_device(failure));
  EXPECT_FALSE(is_of_device(explained(kDram)));
}

TEST_F(LogFinding, DifferentReasonsBehindOneMessageAreDifferentFailures) {
  const Failure a = explained(kDram);
  const Failure b = explained("loc(\"x\"): error: failed to legalize operation 'stablehlo.fft'\n");
  EXPECT_NE(a.fingerprint, b.fingerprint);
  EXPECT_EQ(a.fingerprint, explained(kDram).fingerprint);
  EXPECT_EQ(a.fingerprint.find("1073741824"), std::string::npos);
}

TEST_F(LogFinding, AMarkAloneSaysTheStage) {
  EXPECT_EQ(explained("", "FE_COMPILATION_START\n").stage, Stage::lower);
  EXPECT_EQ(explained("", "TTMLIR_COMPILATION_START\n").stage, Stage::compile);
  EXPECT_EQ(explained("", "RUNTIME_EXECUTION_START\n").stage, Stage::run);
  EXPECT_EQ(explained("", "FE_COMPILATION_START\nTTMLIR_COMPILATION_START\n").stage, Stage::compile);
}

TEST_F(LogFinding, WhatFailedBeforeTheBackendIsLeftAlone) {
  const Failure failure = explained(kDram, "RUNTIME_EXECUTION_START\n", Stage::capture);
  EXPECT_EQ(failure.stage, Stage::capture);
  EXPECT_EQ(failure.failure_class, FailureClass::exception);
  EXPECT_FALSE(failure.finding);
}

TEST_F(LogFinding, AMarkThatIsNoneOrTooLongSaysNothing) {
  EXPECT_EQ(explained("", "SOMETHING_ELSE\n").stage, Stage::compile);
  EXPECT_EQ(explained("", std::string(5000, 'x') + "RUNTIME_EXECUTION_START", Stage::lower).stage, Stage::lower);
}

TEST_F(LogFinding, OfALongLogBothEndsAreRead) {
  const std::string noise(std::size_t{40} << 20U, '.');
  EXPECT_EQ(explained(noise + "\n" + std::string(kDram)).finding->category, "OOM_DRAM");
  EXPECT_EQ(explained(std::string(kDram) + noise).finding->category, "OOM_DRAM");
}

TEST_F(LogFinding, TravelsWithTheFailure) {
  const Failure failure = explained(kDram);
  const auto back = client::decode<Failure>(client::encode(failure));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, failure);
  EXPECT_FALSE(client::encode(Failure{}).contains("finding"));
}

TEST(BackendLogs, AreKnownForTenstorrentsBackendsOnly) {
  const client::BuildRequest build{.backend = "tt", .out = "/r/attempts/1/build"};
  EXPECT_EQ(log_of(build)->printed, "/r/attempts/1/build/backend.log");
  EXPECT_EQ(log_of(build)->marker, "/r/attempts/1/build/private/._bringup_stage.txt");
  const client::ExecuteRequest execute{.backend = "tt-legacy", .outputs = {"/r/outputs/0.safetensors"}};
  EXPECT_EQ(log_of(execute)->printed, "/r/outputs/run.log");
  EXPECT_FALSE(log_of(client::BuildRequest{.backend = "openvino", .out = "/r"}));
  EXPECT_FALSE(log_of(client::ExecuteRequest{.backend = "tt"}));
}

}  // namespace
}  // namespace adapt::pipeline
