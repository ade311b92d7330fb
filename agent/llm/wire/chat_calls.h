// The calls of a streamed chat answer, put together from fragments that servers number in many ways.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/llm/wire/conversation.h"
#include "agent/llm/wire/ordered.h"

namespace adapt::llm {

class ChatCalls {
 public:
  // One `tool_calls` list of a delta or message. Returns how many bytes of calls it brought. Takes no more calls than
  // `most` and one: how many there are then says that it was too many.
  std::size_t take(const OrderedJson& fragments, std::size_t most);

  // In the order in which they began.
  std::vector<ToolCall> calls() const;
  std::size_t size() const { return slots_.size(); }

 private:
  struct Slot {
    std::int64_t index = 0;
    ToolCall call;
  };
  struct Fragment;

  Slot& slot_of(const Fragment& fragment);

  std::vector<Slot> slots_;
};

}  // namespace adapt::llm
