// The words of tt-xla's test configuration, as data. Read from tt-xla 95c1c1ce (2026-08-21): constants.py,
// config_loader.py and test_utils.py of tests/runner.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::forge {

inline constexpr std::string_view kTtXlaRead = "95c1c1ce";
inline constexpr std::string_view kForgeModelsRead = "3d755214";

enum class Status : std::uint8_t {
  expected_passing,
  known_failure_xfail,
  not_supported_skip,
  unspecified,    // what a loader without an entry has
  exclude_model,  // its loader is not even imported
};

// How far a model came.
enum class BringupStatus : std::uint8_t {
  failed_fe_compilation,
  failed_ttmlir_compilation,
  failed_runtime,
  incorrect_result,
  passed,
  unknown,
  not_started,
};

enum class ExecutionPass : std::uint8_t { forward, backward };

enum class Framework : std::uint8_t { torch, jax, torch_llm };  // also the folders of the configuration
enum class Mode : std::uint8_t { inference, training };
enum class Parallelism : std::uint8_t { single_device, data_parallel, tensor_parallel };

// In tt-xla's capitals: "EXPECTED_PASSING".
std::string to_string(Status status);
std::string to_string(BringupStatus status);
std::string to_string(ExecutionPass pass);
// As in names of files and tests: "torch_llm", "inference", "single_device".
std::string_view to_string(Framework framework);
std::string_view to_string(Mode mode);
std::string_view to_string(Parallelism parallelism);

// tt-xla takes a name in any case ("passed", "Passed") with spaces around it.
std::optional<Status> parse_status(std::string_view text);
std::optional<BringupStatus> parse_bringup_status(std::string_view text);
std::optional<ExecutionPass> parse_execution_pass(std::string_view text);
// Exact words.
std::optional<Framework> parse_framework(std::string_view text);
std::optional<Mode> parse_mode(std::string_view text);
std::optional<Parallelism> parse_parallelism(std::string_view text);

std::vector<std::string> status_names();
std::vector<std::string> bringup_status_names();
std::vector<std::string> execution_pass_names();

std::span<const std::string_view> archs();
std::vector<std::string> arch_names();

// What tests of language models vary in.
struct LlmPhase {
  std::string_view name, method;  // of the loader that has it
};
std::span<const LlmPhase> llm_phases();
std::span<const std::string_view> llm_shardings();
std::span<const std::string_view> llm_meshes();
std::span<const int> llm_prefill_lengths();
std::span<const int> llm_prefill_batches();

inline constexpr std::string_view kPlaceholdersFile = "test_config_placeholders.yaml";

}  // namespace adapt::forge
