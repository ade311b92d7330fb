#include "agent/forge/test_id.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tools/base/text.h"

namespace adapt::forge {
namespace {

constexpr std::string_view kFunctions[] = {"test_all_models_torch", "test_all_models_jax", "test_llms_torch"};

// Takes "-<word>" from the end.
bool take_last(std::string_view& text, std::string_view word) {
  if (text.size() <= word.size() || !text.ends_with(word) || text[text.size() - word.size() - 1] != '-') return false;
  text.remove_suffix(word.size() + 1);
  return true;
}

// Takes "-<prefix><number>" from the end.
std::optional<int> take_number(std::string_view& text, std::string_view prefix) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || !text.substr(dash + 1).starts_with(prefix)) return std::nullopt;
  const std::string_view digits = text.substr(dash + 1 + prefix.size());
  int value = 0;
  const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (code != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  text = text.substr(0, dash);
  return value;
}

// The words of the end, longest first: "fsdp-dp-tensor_parallel" ends with another of them.
std::optional<std::string> take_sharding(std::string_view& text) {
  std::vector<std::string_view> words(llm_shardings().begin(), llm_shardings().end());
  std::ranges::sort(words, std::ranges::greater{}, &std::string_view::size);
  for (const std::string_view word : words)
    if (take_last(text, word)) return std::string(word);
  return std::nullopt;
}

std::optional<LlmCase> take_llm(std::string_view& text) {
  std::string_view rest = text;
  LlmCase out;
  const std::size_t mesh = rest.rfind("-mesh_");
  if (mesh == std::string_view::npos) return std::nullopt;
  out.mesh = rest.substr(mesh + 1);
  rest = rest.substr(0, mesh);
  const auto sharding = take_sharding(rest);
  const auto batch = sharding ? take_number(rest, "batch_") : std::nullopt;
  const auto length = batch ? take_number(rest, "seq_") : std::nullopt;
  if (!length) return std::nullopt;
  const auto phase = std::ranges::find_if(llm_phases(), [&](const LlmPhase& one) { return take_last(rest, one.name); });
  if (phase == llm_phases().end()) return std::nullopt;
  out.phase = phase->name;
  out.length = *length;
  out.batch = *batch;
  out.sharding = *sharding;
  text = rest;
  return out;
}

std::string_view inside_brackets(std::string_view text) {
  const std::size_t open = text.find('[');
  if (open == std::string_view::npos || !text.ends_with(']')) return text;
  std::string_view function = text.substr(0, open);
  if (const std::size_t colons = function.rfind("::"); colons != std::string_view::npos)
    function.remove_prefix(colons + 2);
  const bool known = std::ranges::find(kFunctions, function) != std::end(kFunctions);
  return known ? text.substr(open + 1, text.size() - open - 2) : text;
}

template <class Enum, std::size_t N>
std::optional<Enum> take_enum(std::string_view& text, const Enum (&values)[N]) {
  for (const Enum value : values)
    if (take_last(text, to_string(value))) return value;
  return std::nullopt;
}

// Where the folder of the loader ends: the first folder "pytorch" or "jax", followed by the variant or by nothing.
Result<void> split_loader(std::string_view text, TestId& id) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('/', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    for (const std::string_view framework : {"pytorch", "jax"}) {
      if (begin == 0 || !part.starts_with(framework)) continue;
      const std::string_view rest = text.substr(begin + framework.size());
      if (!rest.empty() && rest.front() != '-') continue;
      id.loader = text.substr(0, begin + framework.size());
      id.variant = rest.empty() ? rest : rest.substr(1);
      if (framework == "jax") id.framework = Framework::jax;
      return {};
    }
    begin = end + 1;
  }
  return fail(ErrorKind::parse, "'{}' names no loader: a folder that ends in /pytorch or /jax comes first", text);
}

}  // namespace

Result<TestId> parse_test_id(std::string_view text) {
  constexpr Mode kModes[] = {Mode::inference, Mode::training};
  constexpr Parallelism kParallelisms[] = {Parallelism::single_device, Parallelism::data_parallel,
                                           Parallelism::tensor_parallel};
  std::string_view rest = inside_brackets(trim(text));
  TestId id;
  const auto mode = take_enum(rest, kModes);
  if (!mode) return fail(ErrorKind::parse, "test '{}' does not end in -inference or -training", text);
  id.mode = *mode;
  id.llm = take_llm(rest);
  if (id.llm) {
    id.parallelism = id.llm->sharding == "single_device" ? Parallelism::single_device : Parallelism::tensor_parallel;
  } else if (const auto parallelism = take_enum(rest, kParallelisms)) {
    id.parallelism = *parallelism;
  } else {
    return fail(ErrorKind::parse, "test '{}' names no parallelism before -{}", text, to_string(*mode));
  }
  ADAPT_TRY_VOID(split_loader(rest, id));
  if (id.llm && id.framework == Framework::jax)
    return fail(ErrorKind::parse, "test '{}': tests of phases are for PyTorch only", text);
  if (id.llm) id.framework = Framework::torch_llm;
  return id;
}

std::string to_string(const TestId& id) {
  std::string out = id.loader;
  if (!id.variant.empty()) out += "-" + id.variant;
  if (id.llm) {
    out += fmt::format("-{}-seq_{}-batch_{}-{}-{}", id.llm->phase, id.llm->length, id.llm->batch, id.llm->sharding,
                       id.llm->mesh);
  } else {
    out += fmt::format("-{}", to_string(id.parallelism));
  }
  return out + fmt::format("-{}", to_string(id.mode));
}

std::string pytest_name(const TestId& id) {
  return fmt::format("{}[{}]", kFunctions[static_cast<std::size_t>(id.framework)], to_string(id));
}

std::string config_file_of(const TestId& id) {
  return fmt::format("tests/runner/test_config/{}/test_config_{}_{}.yaml", to_string(id.framework), to_string(id.mode),
                     to_string(id.parallelism));
}

}  // namespace adapt::forge
