// The name of one test of tt-xla: which loader, which variant, run how; and which file configures it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/forge/vocabulary.h"
#include "tools/base/result.h"

namespace adapt::forge {

// What a test of a language model adds; empty names nothing.
struct LlmCase {
  std::string phase = "llm_decode";
  int length = 1;  // tokens
  int batch = 1;
  std::string sharding = "single_device";
  std::string mesh = "mesh_default";
  bool operator==(const LlmCase&) const = default;
};

struct TestId {
  std::string loader;   // folder from the root of tt-forge-models: "llama/causal_lm/pytorch"
  std::string variant;  // may hold '/' and '-'; empty where the loader has no variants
  Framework framework = Framework::torch;
  Parallelism parallelism = Parallelism::single_device;
  Mode mode = Mode::inference;
  std::optional<LlmCase> llm{};  // exactly where the framework is torch_llm
  bool operator==(const TestId&) const = default;
};

// "t5/pytorch-Small-single_device-inference"; a whole pytest name ("…::test_all_models_torch[…]") is taken as well.
Result<TestId> parse_test_id(std::string_view text);

std::string to_string(const TestId& id);    // the key of the configuration
std::string pytest_name(const TestId& id);  // "test_all_models_torch[…]"

// From the root of tt-xla: "tests/runner/test_config/torch/test_config_inference_single_device.yaml".
std::string config_file_of(const TestId& id);

}  // namespace adapt::forge
