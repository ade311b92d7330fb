#include "harness/client/vocabulary.h"

#include <array>

namespace adapt::client {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 9> kStageWords = {"resolve", "load",    "inputs", "eager",  "capture",
                                                         "lower",   "compile", "run",    "compare"};
constexpr std::array<std::string_view, 20> kClassWords = {"missing-package",
                                                          "bad-config",
                                                          "bad-checkpoint",
                                                          "import-error",
                                                          "exception",
                                                          "data-dependent",
                                                          "unsupported-op",
                                                          "unsupported-dtype",
                                                          "legalize-failed",
                                                          "shape-mismatch",
                                                          "nondeterministic",
                                                          "nan-output",
                                                          "crash",
                                                          "hang",
                                                          "out-of-memory",
                                                          "exit",
                                                          "protocol-violation",
                                                          "device",
                                                          "output-mismatch",
                                                          "other"};

static_assert(kStageWords.size() == static_cast<std::size_t>(Stage::compare) + 1);
static_assert(kClassWords.size() == static_cast<std::size_t>(FailureClass::other) + 1);

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i)
    if (words[i] == word) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Stage stage) { return kStageWords[static_cast<std::size_t>(stage)]; }
std::string_view to_string(FailureClass failure_class) { return kClassWords[static_cast<std::size_t>(failure_class)]; }
std::optional<Stage> parse_stage(std::string_view word) { return parse<Stage>(kStageWords, word); }
std::optional<FailureClass> parse_failure_class(std::string_view word) {
  return parse<FailureClass>(kClassWords, word);
}

}  // namespace adapt::client
