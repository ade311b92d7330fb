// Answers of chat-completions servers, streamed and whole.
#pragma once

#include <string>
#include <vector>

#include "agent/llm/wire/chat_calls.h"
#include "agent/llm/wire/collect.h"

namespace adapt::llm {

class ChatReducer final : public CommonReducer {
 public:
  explicit ChatReducer(const Target& target) : CommonReducer(target, DialectName::chat) {}

 protected:
  void take_event(std::string_view type, const OrderedJson& event) override;
  void take_body(const OrderedJson& body) override { take_event("", body); }
  std::vector<Piece> pieces() override;
  OrderedJson raw_of(const std::vector<Piece>& kept) const override;

 private:
  void take_message(const OrderedJson& message);  // a delta, or a whole one
  void take_reasoning(const OrderedJson& message);
  void take_usage(const OrderedJson& usage);

  std::string text_, reasoning_;
  OrderedJson details_ = OrderedJson::array();  // OpenRouter's reasoning_details, fragments joined
  ChatCalls calls_;
};

// An assistant message of the history.
OrderedJson chat_message(const std::string& text, const std::vector<OrderedJson>& calls);
OrderedJson chat_call(const std::string& id, const ToolCall& call, const std::string& arguments);

}  // namespace adapt::llm
