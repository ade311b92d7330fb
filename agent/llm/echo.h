// What a server echoes of a key goes no further: not into records, and not back to it.
#pragma once

#include "agent/llm/redactor.h"
#include "agent/llm/wire/turn.h"

namespace adapt::llm {

void take_out(CallError& error, const Redactor& redactor);
void take_out(Turn& turn, const Redactor& redactor);

}  // namespace adapt::llm
