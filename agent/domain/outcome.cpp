#include "agent/domain/outcome.h"

namespace adapt::domain {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::works: return "works";
    case Outcome::adapted: return "adapted";
    case Outcome::not_adapted: return "not_adapted";
    case Outcome::unavailable: return "unavailable";
    case Outcome::inconclusive: return "inconclusive";
    case Outcome::stopped: return "stopped";
  }
  return "inconclusive";
}

std::string_view to_string(Level level) {
  constexpr std::string_view kNames[] = {"none", "L0", "L1", "L2", "L3", "L4", "L5", "L6", "L7"};
  return kNames[static_cast<std::size_t>(level)];
}

std::optional<Outcome> parse_outcome(std::string_view text) {
  for (const Outcome outcome : {Outcome::works, Outcome::adapted, Outcome::not_adapted, Outcome::unavailable,
                                Outcome::inconclusive, Outcome::stopped})
    if (to_string(outcome) == text) return outcome;
  return std::nullopt;
}

std::optional<Level> parse_level(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(Level::L7); ++i)
    if (to_string(static_cast<Level>(i)) == text) return static_cast<Level>(i);
  return std::nullopt;
}

Level level_before(client::Stage stage) {
  using client::Stage;
  switch (stage) {
    case Stage::resolve: return Level::none;
    case Stage::load:
    case Stage::inputs:
    case Stage::eager: return Level::L0;
    case Stage::capture: return Level::L1;
    case Stage::lower:
    case Stage::compile: return Level::L2;
    case Stage::run: return Level::L3;
    case Stage::compare: return Level::L4;
  }
  return Level::none;
}

}  // namespace adapt::domain
