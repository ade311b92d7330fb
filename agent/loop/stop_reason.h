// Why a conversation with a language model ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace adapt::loop {

enum class StopReason : std::uint8_t {
  repaired,         // a draft passed, and the judge accepted it
  gave_up,          // the model said that it cannot be done
  no_progress,      // trial after trial ends where an earlier one did
  repeats,          // the same call with the same result again and again
  no_calls,         // answers without a call, or calls that cannot be read
  out_of_budget,    // tokens or money
  out_of_time,      // wall clock
  out_of_device,    // time on the backend
  out_of_turns,     //
  context_full,     // the conversation does not fit, also after it was made shorter
  refused,          // by the service's policy
  not_capable,      // the server or the model cannot call tools
  service_failed,   // the service did not answer
  not_in_recording  // replay: the recording has no such request
};

std::string_view to_string(StopReason reason);
std::optional<StopReason> parse_stop_reason(std::string_view text);

}  // namespace adapt::loop
