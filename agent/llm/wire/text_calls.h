// Calls and reasoning that a server left in an answer's text: `<think>...</think>` before it,
// `<tool_call>{"name": ..., "arguments": ...}</tool_call>` in it. Never looked for inside of code fences.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/wire/conversation.h"

namespace adapt::llm {

struct TextCalls {
  std::string text;       // what remains
  std::string reasoning;  // of a block at the very beginning
  std::vector<ToolCall> calls;
};

// A call that is not closed or no JSON is taken out, too, with its text as arguments: it is cut or broken, and whoever
// settles the answer says so. A block that names no function is left in the text.
TextCalls take_text_calls(std::string_view text);

}  // namespace adapt::llm
