// OpenAI's chat completions, and what many servers make of them.
#include "agent/llm/wire/chat_reducer.h"
#include "agent/llm/wire/encoding.h"

namespace adapt::llm {
namespace {

OrderedJson tool_json(const ToolSpec& tool, bool strict) {
  OrderedJson function = {{"name", tool.name}, {"description", tool.description}, {"parameters", tool.parameters}};
  if (strict && is_strict_schema(tool.parameters)) function["strict"] = true;
  return {{"type", "function"}, {"function", std::move(function)}};
}

OrderedJson turn_json(const AssistantTurn& turn, const Target& target, std::size_t at) {
  if (is_own(turn, target, DialectName::chat)) {
    OrderedJson out = turn.raw;
    if (turn.calls().empty() && said_text(turn.text()) != turn.text()) out["content"] = said_text("");
    return out;
  }
  std::vector<OrderedJson> calls;
  for (const ToolCall& call : turn.calls())
    calls.push_back(chat_call(sent_id(turn, false, at, calls.size()), call, sent_arguments(call.arguments)));
  return chat_message(calls.empty() ? said_text(turn.text()) : turn.text(), calls);
}

OrderedJson messages_json(const Request& request, const Target& target) {
  OrderedJson out = OrderedJson::array();
  if (!request.system.empty()) out.push_back({{"role", "system"}, {"content", request.system}});
  walk(
      request,
      [&](const UserText& user, std::size_t) {
        out.push_back({{"role", "user"}, {"content", said_text(user.text)}});
      },
      [&](const AssistantTurn& turn, std::size_t at) { out.push_back(turn_json(turn, target, at)); },
      [&](const ToolResults& results, const AssistantTurn& turn, std::size_t at) {
        const bool own = is_own(turn, target, DialectName::chat);
        for (std::size_t i = 0; i < results.results.size(); ++i)
          out.push_back({{"role", "tool"},
                         {"tool_call_id", sent_id(turn, own, at - 1, i)},
                         {"content", result_text(results.results[i])}});
      });
  return out;
}

class ChatDialect final : public Dialect {
 public:
  DialectName name() const override { return DialectName::chat; }

  Encoded encode(const Request& request, const Target& target) const override {
    ADAPT_CHECK(complaint_about(request).empty(), "a conversation that servers refuse");
    const Profile& profile = target.profile;
    Wishes wishes = wishes_of(request, profile);
    OrderedJson body = {{"model", target.model}, {profile.output_cap_field, wishes.output_cap}};
    if (profile.stream) body["stream"] = true;
    if (profile.stream && profile.stream_usage) body["stream_options"] = {{"include_usage", true}};
    if (!wishes.effort.empty()) body["reasoning_effort"] = wishes.effort;
    if (!wishes.format.is_null()) {
      OrderedJson schema = {{"name", "answer"}, {"schema", wishes.format}};
      if (is_strict_schema(wishes.format)) schema["strict"] = true;
      body["response_format"] = {{"type", "json_schema"}, {"json_schema", std::move(schema)}};
    }
    if (profile.cache_key && !request.cache_key.empty()) body["prompt_cache_key"] = request.cache_key;
    for (const ToolSpec& tool : request.tools) body["tools"].push_back(tool_json(tool, profile.strict_tools));
    if (wishes.none) body["tool_choice"] = "none";
    if (wishes.forced) body["tool_choice"] = "required";
    if (wishes.single_call) body["parallel_tool_calls"] = false;
    body["messages"] = messages_json(request, target);  // last, so that a longer conversation keeps the bytes before
    return {"/chat/completions", dump_line(body), std::move(wishes.dropped)};
  }

  Headers headers(const Target& target) const override { return common_headers(target); }

  std::unique_ptr<Reducer> reducer(const Target& target) const override {
    return std::make_unique<ChatReducer>(target);
  }

  Answer whole(std::string_view body, const Target& target) const override {
    ChatReducer reducer(target);
    return reduce_whole(reducer, body);
  }
};

}  // namespace

const Dialect& chat_dialect() {
  static const ChatDialect one;
  return one;
}

}  // namespace adapt::llm
