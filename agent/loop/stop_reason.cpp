#include "agent/loop/stop_reason.h"

#include <algorithm>
#include <array>
#include <utility>

#include "tools/base/result.h"

namespace adapt::loop {
namespace {

constexpr std::array<std::pair<StopReason, std::string_view>, 14> kNames = {{
    {StopReason::repaired, "repaired"},
    {StopReason::gave_up, "gave_up"},
    {StopReason::no_progress, "no_progress"},
    {StopReason::repeats, "repeats"},
    {StopReason::no_calls, "no_calls"},
    {StopReason::out_of_budget, "out_of_budget"},
    {StopReason::out_of_time, "out_of_time"},
    {StopReason::out_of_device, "out_of_device"},
    {StopReason::out_of_turns, "out_of_turns"},
    {StopReason::context_full, "context_full"},
    {StopReason::refused, "refused"},
    {StopReason::not_capable, "not_capable"},
    {StopReason::service_failed, "service_failed"},
    {StopReason::not_in_recording, "not_in_recording"},
}};

}  // namespace

std::string_view to_string(StopReason reason) {
  const auto* const found = std::ranges::find(kNames, reason, &decltype(kNames)::value_type::first);
  ADAPT_CHECK(found != kNames.end(), "a reason without a name");
  return found->second;
}

std::optional<StopReason> parse_stop_reason(std::string_view text) {
  const auto* const found = std::ranges::find(kNames, text, &decltype(kNames)::value_type::second);
  return found == kNames.end() ? std::nullopt : std::optional(found->first);
}

}  // namespace adapt::loop
