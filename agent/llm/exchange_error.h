// What it means for a call that its exchange ended without an answer.
#pragma once

#include "agent/llm/http/transport.h"
#include "agent/llm/wire/turn.h"

namespace adapt::llm {

CallError error_of(const End& end);

// Whether the exchange ended before anything was sent, for sure.
bool is_before_sending(const End& end);

}  // namespace adapt::llm
