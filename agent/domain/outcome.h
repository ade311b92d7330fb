// How a run ends, and how much of a claim its evidence carries. The words are those of the JSON output.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "harness/client/vocabulary.h"

namespace adapt::domain {

enum class Outcome : std::uint8_t {
  works,         // the unmodified model passes every stage and agrees
  adapted,       // it failed, and a verified repair makes it pass
  not_adapted,   // it fails, and nothing that was tried repairs it
  unavailable,   // the backend is not on this machine
  inconclusive,  // no verdict is possible: the reference itself is unsound, or evidence is missing
  stopped,       // interrupted or out of budget; can be resumed
};

// Claim levels, computed from what ran.
enum class Level : std::uint8_t {
  none,
  L0,  // imports
  L1,  // the reference runs
  L2,  // captured
  L3,  // compiled
  L4,  // executed on the backend
  L5,  // equivalent on held-out inputs
  L6,  // whole model at full configuration
  L7,  // task metric
};

std::string_view to_string(Outcome outcome);
std::string_view to_string(Level level);
std::optional<Outcome> parse_outcome(std::string_view text);
std::optional<Level> parse_level(std::string_view text);

// The level that is left when `stage` is the first one that failed.
Level level_before(client::Stage stage);

}  // namespace adapt::domain
