// Turns and errors as JSON, for the run's log: what has been answered is never asked again.
#pragma once

#include "agent/llm/turn_runner.h"
#include "tools/base/json.h"

namespace adapt::llm {

// A whole outcome with its settlement. What providers signed is kept as text, so that its bytes stay what they were.
Json to_json(const TurnOutcome& outcome);
Result<TurnOutcome> outcome_from(const Json& json);

}  // namespace adapt::llm
