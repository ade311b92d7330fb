// The closed sets of PROTOCOL.md section 4, spelled as on the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace adapt::client {

inline constexpr int kProtocol = 1;

enum class Stage : std::uint8_t { resolve, load, inputs, eager, capture, lower, compile, run, compare };
inline constexpr Stage kStages[] = {Stage::resolve, Stage::load,    Stage::inputs, Stage::eager,  Stage::capture,
                                    Stage::lower,   Stage::compile, Stage::run,    Stage::compare};

enum class FailureClass : std::uint8_t {
  missing_package,
  bad_config,
  bad_checkpoint,
  import_error,
  exception,
  data_dependent,
  unsupported_op,
  unsupported_dtype,
  legalize_failed,
  shape_mismatch,
  nondeterministic,
  nan_output,
  crash,  // ended by a signal
  hang,   // killed at the deadline of a stage
  out_of_memory,
  exit,                // ended by itself without a reply
  protocol_violation,  // said what the page does not allow
  device,              // the accelerator or what leads to it failed or was not free: never a failure of the model
  output_mismatch,     // found by the judge
  other,
};

std::string_view to_string(Stage stage);
std::string_view to_string(FailureClass failure_class);
std::optional<Stage> parse_stage(std::string_view word);
std::optional<FailureClass> parse_failure_class(std::string_view word);

}  // namespace adapt::client
