// Anthropic's Messages.

#include "agent/llm/wire/encoding.h"
#include "agent/llm/wire/messages_reducer.h"
#include "agent/llm/wire/ordered.h"

namespace adapt::llm {
namespace {

OrderedJson text_block(std::string_view text) { return {{"type", "text"}, {"text", text}}; }

void mark(OrderedJson& block) { block["cache_control"] = {{"type", "ephemeral"}}; }

OrderedJson tools_json(const Request& request, const Profile& profile) {
  OrderedJson out = OrderedJson::array();
  for (const ToolSpec& tool : request.tools) {
    out.push_back({{"name", tool.name}, {"description", tool.description}, {"input_schema", tool.parameters}});
    if (profile.strict_tools && is_strict_schema(tool.parameters)) out.back()["strict"] = true;
  }
  return out;
}

OrderedJson own_blocks(const AssistantTurn& turn, const Profile& profile) {
  OrderedJson out = OrderedJson::array();
  for (const OrderedJson& block : turn.raw) {
    const std::string type = text_member(block, "type");
    const bool reasoning = type == "thinking" || type == "redacted_thinking";
    if (profile.reasoning_items || !reasoning) out.push_back(block);
  }
  return out;
}

OrderedJson foreign_blocks(const AssistantTurn& turn, std::size_t at) {
  OrderedJson out = OrderedJson::array();
  std::size_t calls = 0;
  for (const Part& part : turn.parts) {
    const auto* text = std::get_if<Text>(&part);
    if (text != nullptr && said_text(text->text) == text->text) out.push_back(text_block(text->text));
    if (const auto* call = std::get_if<ToolCall>(&part))
      out.push_back({{"type", "tool_use"},
                     {"id", sent_id(turn, false, at, calls++)},
                     {"name", call->name},
                     {"input", sent_arguments_object(call->arguments)}});
  }
  return out;
}

OrderedJson turn_json(const AssistantTurn& turn, const Target& target, std::size_t at) {
  const bool own = is_own(turn, target, DialectName::messages);
  OrderedJson blocks = own ? own_blocks(turn, target.profile) : foreign_blocks(turn, at);
  if (blocks.empty()) blocks.push_back(text_block(said_text("")));
  return {{"role", "assistant"}, {"content", std::move(blocks)}};
}

OrderedJson results_json(const ToolResults& results, const AssistantTurn& turn, const Target& target, std::size_t at) {
  const bool own = is_own(turn, target, DialectName::messages);
  OrderedJson blocks = OrderedJson::array();
  for (std::size_t i = 0; i < results.results.size(); ++i) {
    const ToolResult& result = results.results[i];
    blocks.push_back(
        {{"type", "tool_result"}, {"tool_use_id", sent_id(turn, own, at - 1, i)}, {"content", result.text}});
    if (result.is_error) blocks.back()["is_error"] = true;
  }
  return {{"role", "user"}, {"content", std::move(blocks)}};
}

OrderedJson messages_json(const Request& request, const Target& target) {
  OrderedJson out = OrderedJson::array();
  walk(
      request,
      [&](const UserText& user, std::size_t) {
        out.push_back({{"role", "user"}, {"content", OrderedJson::array({text_block(said_text(user.text))})}});
      },
      [&](const AssistantTurn& turn, std::size_t at) { out.push_back(turn_json(turn, target, at)); },
      [&](const ToolResults& results, const AssistantTurn& turn, std::size_t at) {
        out.push_back(results_json(results, turn, target, at));
      });
  return out;
}

// A server looks for what it has cached at most 20 blocks before a marker. So there is one at the end, which writes,
// and one where the request before ended, which reads however many blocks a turn has added since.
void mark_history(OrderedJson& messages, std::size_t markers) {
  bool after_turn = true;
  for (std::size_t i = messages.size(); i-- > 0 && markers > 0;) {
    if (messages[i]["role"] == "assistant") {
      after_turn = true;
    } else if (after_turn) {
      OrderedJson& blocks = messages[i]["content"];
      for (std::size_t k = blocks.size(); k-- > 0;) {
        if (text_member(blocks[k], "type") == "tool_result" && text_member(blocks[k], "content").empty()) continue;
        mark(blocks[k]);
        --markers;
        break;
      }
      after_turn = false;
    }
  }
}

class MessagesDialect final : public Dialect {
 public:
  DialectName name() const override { return DialectName::messages; }

  Encoded encode(const Request& request, const Target& target) const override {
    ADAPT_CHECK(complaint_about(request).empty(), "a conversation that servers refuse");
    const Profile& profile = target.profile;
    Wishes wishes = wishes_of(request, profile);
    OrderedJson body = {{"model", target.model}, {"max_tokens", wishes.output_cap}};
    if (profile.stream) body["stream"] = true;
    if (!wishes.effort.empty()) body["output_config"]["effort"] = wishes.effort;
    if (!wishes.format.is_null())
      body["output_config"]["format"] = {{"type", "json_schema"}, {"schema", wishes.format}};
    if (!request.tools.empty()) body["tools"] = tools_json(request, profile);
    if (wishes.none) body["tool_choice"] = {{"type", "none"}};
    if (wishes.forced) body["tool_choice"] = {{"type", "any"}};
    if (wishes.single_call && !wishes.none) {
      if (!wishes.forced) body["tool_choice"] = {{"type", "auto"}};
      body["tool_choice"]["disable_parallel_tool_use"] = true;
    }
    if (!request.system.empty()) body["system"] = OrderedJson::array({text_block(request.system)});
    OrderedJson messages = messages_json(request, target);
    if (profile.cache == CacheStyle::markers) {
      if (!request.tools.empty()) mark(body["tools"].back());
      if (!request.system.empty()) mark(body["system"].back());
      mark_history(messages, history_markers(request));
    }
    body["messages"] = std::move(messages);  // last, so that a longer conversation keeps the bytes before
    return {"/messages", dump_line(body), std::move(wishes.dropped)};
  }

  Headers headers(const Target& target) const override { return common_headers(target); }

  std::unique_ptr<Reducer> reducer(const Target& target) const override {
    return std::make_unique<MessagesReducer>(target);
  }

  Answer whole(std::string_view body, const Target& target) const override {
    MessagesReducer reducer(target);
    return reduce_whole(reducer, body);
  }

 private:
  // A first question that belongs to no group is most likely the only one: to write it to a cache costs extra.
  static std::size_t history_markers(const Request& request) {
    return request.messages.size() == 1 && request.cache_key.empty() ? 0 : 2;
  }
};

}  // namespace

const Dialect& messages_dialect() {
  static const MessagesDialect one;
  return one;
}

}  // namespace adapt::llm
