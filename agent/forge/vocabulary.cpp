#include "agent/forge/vocabulary.h"

#include <algorithm>
#include <iterator>

#include "tools/base/text.h"

namespace adapt::forge {
namespace {

// In the order of the enumerators.
constexpr std::string_view kStatuses[] = {"EXPECTED_PASSING", "KNOWN_FAILURE_XFAIL", "NOT_SUPPORTED_SKIP",
                                          "UNSPECIFIED", "EXCLUDE_MODEL"};
constexpr std::string_view kBringups[] = {"FAILED_FE_COMPILATION",
                                          "FAILED_TTMLIR_COMPILATION",
                                          "FAILED_RUNTIME",
                                          "INCORRECT_RESULT",
                                          "PASSED",
                                          "UNKNOWN",
                                          "NOT_STARTED"};
constexpr std::string_view kPasses[] = {"FORWARD", "BACKWARD"};
constexpr std::string_view kFrameworks[] = {"torch", "jax", "torch_llm"};
constexpr std::string_view kModes[] = {"inference", "training"};
constexpr std::string_view kParallelisms[] = {"single_device", "data_parallel", "tensor_parallel"};

constexpr std::string_view kArchs[] = {"n150",         "p150",      "n300",          "n300-llmbox",
                                       "galaxy-wh-6u", "galaxy-bh", "qb2-blackhole", "lb-blackhole"};
constexpr LlmPhase kPhases[] = {{.name = "llm_decode", .method = "load_inputs_decode"},
                                {.name = "llm_prefill", .method = "load_inputs_prefill"}};
constexpr std::string_view kShardings[] = {"single_device",
                                           "tensor_parallel",
                                           "megatron-no_dp-tensor_parallel",
                                           "fsdp-no_dp-tensor_parallel",
                                           "fsdp-dp-tensor_parallel",
                                           "megatron-dp-tensor_parallel"};
constexpr std::string_view kMeshes[] = {"mesh_default", "mesh_1x4", "mesh_2x2", "mesh_1x8", "mesh_2x4", "mesh_4x8"};
constexpr int kPrefillLengths[] = {128, 1024, 2048, 4096, 8192};
constexpr int kPrefillBatches[] = {1, 4};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::string_view (&words)[N], std::string_view text) {
  const auto* const found = std::ranges::find(words, text);
  if (found == std::end(words)) return std::nullopt;
  return static_cast<Enum>(found - std::begin(words));
}

template <class Enum, std::size_t N>
std::optional<Enum> parse_any_case(const std::string_view (&words)[N], std::string_view text) {
  std::string name(trim(text));
  std::ranges::transform(name, name.begin(), upper);
  return parse<Enum>(words, name);
}

template <std::size_t N>
std::vector<std::string> names(const std::string_view (&words)[N]) {
  return {std::begin(words), std::end(words)};
}

}  // namespace

std::string to_string(Status status) { return std::string(kStatuses[static_cast<std::size_t>(status)]); }
std::string to_string(BringupStatus status) { return std::string(kBringups[static_cast<std::size_t>(status)]); }
std::string to_string(ExecutionPass pass) { return std::string(kPasses[static_cast<std::size_t>(pass)]); }
std::string_view to_string(Framework framework) { return kFrameworks[static_cast<std::size_t>(framework)]; }
std::string_view to_string(Mode mode) { return kModes[static_cast<std::size_t>(mode)]; }
std::string_view to_string(Parallelism parallelism) { return kParallelisms[static_cast<std::size_t>(parallelism)]; }

std::optional<Status> parse_status(std::string_view text) { return parse_any_case<Status>(kStatuses, text); }
std::optional<BringupStatus> parse_bringup_status(std::string_view text) {
  return parse_any_case<BringupStatus>(kBringups, text);
}
std::optional<ExecutionPass> parse_execution_pass(std::string_view text) {
  return parse_any_case<ExecutionPass>(kPasses, text);
}
std::optional<Framework> parse_framework(std::string_view text) { return parse<Framework>(kFrameworks, text); }
std::optional<Mode> parse_mode(std::string_view text) { return parse<Mode>(kModes, text); }
std::optional<Parallelism> parse_parallelism(std::string_view text) { return parse<Parallelism>(kParallelisms, text); }

std::vector<std::string> status_names() { return names(kStatuses); }
std::vector<std::string> bringup_status_names() { return names(kBringups); }
std::vector<std::string> execution_pass_names() { return names(kPasses); }
std::span<const std::string_view> archs() { return kArchs; }
std::vector<std::string> arch_names() { return names(kArchs); }

std::span<const LlmPhase> llm_phases() { return kPhases; }
std::span<const std::string_view> llm_shardings() { return kShardings; }
std::span<const std::string_view> llm_meshes() { return kMeshes; }
std::span<const int> llm_prefill_lengths() { return kPrefillLengths; }
std::span<const int> llm_prefill_batches() { return kPrefillBatches; }

}  // namespace adapt::forge
