#include "agent/llm/http/phase_clock.h"

#include <algorithm>

namespace adapt::llm {
namespace {

std::string_view to_string(PhaseClock::Phase phase) {
  switch (phase) {
    case PhaseClock::Phase::connect: return "connect";
    case PhaseClock::Phase::upload: return "upload";
    case PhaseClock::Phase::first_byte: return "first_byte";
    case PhaseClock::Phase::idle: return "idle";
  }
  return "";
}

std::optional<std::int64_t> after(std::int64_t start, std::int64_t limit) {
  if (limit <= 0) return std::nullopt;
  return start + limit;
}

}  // namespace

std::int64_t PhaseClock::limit() const {
  switch (phase_) {
    case Phase::connect: return clocks_.connect;
    case Phase::upload: return clocks_.upload;
    case Phase::first_byte: return clocks_.first_byte;
    case Phase::idle: return clocks_.idle;
  }
  return 0;
}

void PhaseClock::enter(Phase phase, std::int64_t now) {
  phase_ = phase;
  entered_ = now;
}

void PhaseClock::pause(std::int64_t now) {
  if (!paused_) paused_ = now;
}

void PhaseClock::resume(std::int64_t now) {
  if (!paused_) return;
  const std::int64_t stood = now - *paused_;
  began_ += stood;
  entered_ += stood;
  paused_.reset();
}

std::optional<std::int64_t> PhaseClock::deadline() const {
  if (paused_) return std::nullopt;
  const auto phase = after(entered_, limit());
  const auto whole = after(began_, clocks_.whole);
  if (phase && whole) return std::min(*phase, *whole);
  return phase ? phase : whole;
}

std::string_view PhaseClock::expired(std::int64_t now) const {
  if (paused_) return "";
  if (const auto whole = after(began_, clocks_.whole); whole && now >= *whole) return "whole";
  if (const auto phase = after(entered_, limit()); phase && now >= *phase) return to_string(phase_);
  return "";
}

}  // namespace adapt::llm
