// Which of an exchange's clocks runs, and when it runs out. Pure: the time is given.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "agent/llm/http/transport.h"

namespace adapt::llm {

// Times are monotonic milliseconds.
class PhaseClock {
 public:
  enum class Phase : std::uint8_t { connect, upload, first_byte, idle };

  PhaseClock(const Clocks& clocks, std::int64_t now) : clocks_(clocks), began_(now), entered_(now) {}

  Phase phase() const { return phase_; }
  // Begins a phase; entering the one that runs begins it anew.
  void enter(Phase phase, std::int64_t now);

  // While the caller has no room for more bytes nobody can blame the server: all clocks stand still.
  void pause(std::int64_t now);
  void resume(std::int64_t now);

  // When the next clock runs out; none does while all stand still.
  std::optional<std::int64_t> deadline() const;
  // The name of the clock that has run out, as in Clocks; "" while none has.
  std::string_view expired(std::int64_t now) const;

 private:
  std::int64_t limit() const;  // of the phase

  Clocks clocks_;
  Phase phase_ = Phase::connect;
  std::int64_t began_;
  std::int64_t entered_;
  std::optional<std::int64_t> paused_;
};

}  // namespace adapt::llm
