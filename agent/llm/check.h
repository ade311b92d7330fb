// What an endpoint can really do: a few cheap calls in place of trust in its documentation.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/llm/turn_runner.h"

namespace adapt::llm {

enum class Found : std::uint8_t { yes, no, unknown };
std::string_view to_string(Found found);

struct Finding {
  std::string what;  // "tools", "streaming"
  Found found = Found::unknown;
  std::string evidence;  // for people
  bool needed = false;   // without it the endpoint is of no use to the loop
};

// At most four turns: a word, a call, the call's answer, the same prefix again. An Error as of TurnRunner::run.
Result<std::vector<Finding>> check_endpoint(TurnRunner& runner, Ledger& ledger);

}  // namespace adapt::llm
