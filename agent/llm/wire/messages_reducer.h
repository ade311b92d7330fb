// Answers of Anthropic's Messages, streamed and whole.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/llm/wire/collect.h"

namespace adapt::llm {

class MessagesReducer final : public CommonReducer {
 public:
  explicit MessagesReducer(const Target& target) : CommonReducer(target, DialectName::messages) {}

 protected:
  void take_event(std::string_view type, const OrderedJson& event) override;
  void take_body(const OrderedJson& body) override;
  std::vector<Piece> pieces() override;
  OrderedJson raw_of(const std::vector<Piece>& kept) const override;

 private:
  // Blocks may overlap: some servers stop all of them at the end.
  struct Block {
    OrderedJson json;
    std::string input;  // fragments of `input`
  };

  void take_shell(const OrderedJson& message);  // what is known before the first block
  void take_delta(std::int64_t index, const OrderedJson& delta);
  void take_usage(const OrderedJson& usage);

  std::map<std::int64_t, Block> blocks_;
};

}  // namespace adapt::llm
