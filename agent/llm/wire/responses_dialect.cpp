// OpenAI's Responses, without anything kept at the server.
#include <algorithm>
#include <map>

#include "agent/llm/wire/collect.h"
#include "agent/llm/wire/encoding.h"

namespace adapt::llm {
namespace {

class ResponsesReducer final : public CommonReducer {
 public:
  explicit ResponsesReducer(const Target& target) : CommonReducer(target, DialectName::responses) {}

 protected:
  void take_event(std::string_view type, const OrderedJson& event) override;
  void take_body(const OrderedJson& body) override;
  std::vector<Piece> pieces() override;
  OrderedJson raw_of(const std::vector<Piece>& kept) const override;

 private:
  void take_item(const OrderedJson& item, std::int64_t place);
  void take_usage(const OrderedJson& usage);

  // Complete items by their place in the output; those of servers that tell no place keep the order of their arrival.
  std::multimap<std::int64_t, OrderedJson> items_;
};

// The items are taken when they are done: only then are they whole, and deltas may come before their item.
void ResponsesReducer::take_event(std::string_view type, const OrderedJson& event) {
  if (type.ends_with(".delta")) {
    if (const std::size_t bytes = text_member(event, "delta").size(); bytes > 0) said(bytes);
  } else if (type == "response.output_item.done") {
    said(0);
    take_item(member(event, "item"), count_member(event, "output_index").value_or(0));
  } else if (type == "response.completed" || type == "response.incomplete" || type == "response.failed" ||
             type == "response.cancelled") {
    take_body(member(event, "response"));
    if (turn().native_stop.empty()) stop(std::string(type.substr(type.find('.') + 1)));
    finish();
  }
}

void ResponsesReducer::take_item(const OrderedJson& item, std::int64_t place) {
  if (item.is_object()) items_.emplace(place, item);
  bound(items_.size());
}

// The response object: a whole answer, or the end of a streamed one.
void ResponsesReducer::take_body(const OrderedJson& body) {
  turn().request_id = text_member(body, "id");
  turn().model = text_member(body, "model");
  if (member(body, "error").is_object()) return fail_with(body);
  const OrderedJson& output = member(body, "output");
  if (items_.empty() && output.is_array())
    for (const OrderedJson& item : output) {
      said(dump_line(item).size());
      take_item(item, 0);
    }
  if (member(body, "usage").is_object()) take_usage(member(body, "usage"));
  const std::string status = text_member(body, "status");
  const std::string reason = text_member(member(body, "incomplete_details"), "reason");
  const std::string word = reason.empty() ? status : reason;
  if (!word.empty()) stop(word);
}

void ResponsesReducer::take_usage(const OrderedJson& given) {
  const OrderedJson& input = member(given, "input_tokens_details");
  const std::int64_t written = count_member(input, "cache_write_tokens").value_or(0);
  Usage& out = usage();
  out.cache_read = count_member(input, "cached_tokens").value_or(0);
  out.cache_write_1h = std::min(written, count_member(input, "ttl_12h_tokens").value_or(0));
  out.cache_write = written - out.cache_write_1h;
  out.fresh = std::max<std::int64_t>(0, count_member(given, "input_tokens").value_or(0) - out.cache_read - written);
  out.output = count_member(given, "output_tokens").value_or(0);
  out.reasoning = count_member(member(given, "output_tokens_details"), "reasoning_tokens").value_or(0);
}

std::vector<Piece> ResponsesReducer::pieces() {
  std::vector<Piece> out;
  for (const auto& [place, item] : items_) {
    const std::string type = text_member(item, "type");
    Piece piece{item, std::nullopt};
    if (type == "reasoning") {
      piece.part = Reasoning{item};
    } else if (type == "function_call") {
      const OrderedJson& arguments = member(item, "arguments");
      piece.part = ToolCall{text_member(item, "call_id"), text_member(item, "name"),
                            arguments.is_object() ? dump_line(arguments) : text_member(item, "arguments")};
    } else if (type == "message") {
      std::string text;
      const OrderedJson& content = member(item, "content");
      if (content.is_string()) text = content.get<std::string>();
      if (content.is_array())
        for (const OrderedJson& part : content) {
          if (text_member(part, "type") == "refusal") refuse();
          text += text_member(part, "text") + text_member(part, "refusal");
        }
      if (!text.empty()) piece.part = Text{std::move(text)};
    }
    out.push_back(std::move(piece));
  }
  return out;
}

OrderedJson ResponsesReducer::raw_of(const std::vector<Piece>& kept) const {
  OrderedJson out = OrderedJson::array();
  for (const Piece& piece : kept) {
    out.push_back(piece.raw);
    const auto* call = piece.part ? std::get_if<ToolCall>(&*piece.part) : nullptr;
    if (call == nullptr) continue;
    out.back()["call_id"] = call->id;
    out.back()["arguments"] = call->arguments;
  }
  return out;
}

// Items of a turn of the same origin. Nothing is kept at the server, so a reasoning item counts only with its encrypted
// content and before what it led to, and where one is left out the ids of its neighbours would be looked up in vain.
void push_own(OrderedJson& out, const AssistantTurn& turn, const Profile& profile) {
  const auto is_reasoning = [](const OrderedJson& item) { return text_member(item, "type") == "reasoning"; };
  const auto last = std::find_if_not(turn.raw.rbegin(), turn.raw.rend(), is_reasoning).base();
  std::vector<OrderedJson> kept;
  for (auto item = turn.raw.begin(); item != last; ++item) {
    const bool readable = !profile.store_switch || !text_member(*item, "encrypted_content").empty();
    if (!is_reasoning(*item) || (profile.reasoning_items && readable)) kept.push_back(*item);
  }
  const bool all = kept.size() == turn.raw.size();
  for (OrderedJson& item : kept) {
    if (!all) item.erase("id");
    out.push_back(std::move(item));
  }
}

OrderedJson input_json(const Request& request, const Target& target) {
  OrderedJson out = OrderedJson::array();
  walk(
      request,
      [&](const UserText& user, std::size_t) {
        out.push_back({{"role", "user"}, {"content", said_text(user.text)}});
      },
      [&](const AssistantTurn& turn, std::size_t at) {
        if (is_own(turn, target, DialectName::responses)) return push_own(out, turn, target.profile);
        std::size_t calls = 0;
        for (const Part& part : turn.parts) {
          if (const auto* text = std::get_if<Text>(&part))
            out.push_back({{"role", "assistant"}, {"content", said_text(text->text)}});
          if (const auto* call = std::get_if<ToolCall>(&part))
            out.push_back({{"type", "function_call"},
                           {"call_id", sent_id(turn, false, at, calls++)},
                           {"name", call->name},
                           {"arguments", sent_arguments(call->arguments)}});
        }
      },
      [&](const ToolResults& results, const AssistantTurn& turn, std::size_t at) {
        const bool own = is_own(turn, target, DialectName::responses);
        for (std::size_t i = 0; i < results.results.size(); ++i)
          out.push_back({{"type", "function_call_output"},
                         {"call_id", sent_id(turn, own, at - 1, i)},
                         {"output", result_text(results.results[i])}});
      });
  return out;
}

OrderedJson tool_json(const ToolSpec& tool, bool strict) {
  return {{"type", "function"},
          {"name", tool.name},
          {"description", tool.description},
          {"parameters", tool.parameters},
          {"strict", strict && is_strict_schema(tool.parameters)}};
}

class ResponsesDialect final : public Dialect {
 public:
  DialectName name() const override { return DialectName::responses; }

  Encoded encode(const Request& request, const Target& target) const override {
    ADAPT_CHECK(complaint_about(request).empty(), "a conversation that servers refuse");
    const Profile& profile = target.profile;
    Wishes wishes = wishes_of(request, profile);
    OrderedJson body = {{"model", target.model}, {"max_output_tokens", wishes.output_cap}};
    if (profile.stream) body["stream"] = true;
    if (profile.store_switch) {
      body["store"] = false;
      body["include"] = OrderedJson::array({"reasoning.encrypted_content"});
    }
    if (!wishes.effort.empty()) body["reasoning"] = {{"effort", wishes.effort}};
    if (!wishes.format.is_null())
      body["text"]["format"] = {{"type", "json_schema"},
                                {"name", "answer"},
                                {"schema", wishes.format},
                                {"strict", is_strict_schema(wishes.format)}};
    if (profile.cache_key && !request.cache_key.empty()) body["prompt_cache_key"] = request.cache_key;
    if (!request.system.empty()) body["instructions"] = request.system;
    for (const ToolSpec& tool : request.tools) body["tools"].push_back(tool_json(tool, profile.strict_tools));
    if (wishes.none) body["tool_choice"] = "none";
    if (wishes.forced) body["tool_choice"] = "required";
    if (wishes.single_call) body["parallel_tool_calls"] = false;
    body["input"] = input_json(request, target);  // last, so that a longer conversation keeps the bytes before
    return {"/responses", dump_line(body), std::move(wishes.dropped)};
  }

  Headers headers(const Target& target) const override { return common_headers(target); }

  std::unique_ptr<Reducer> reducer(const Target& target) const override {
    return std::make_unique<ResponsesReducer>(target);
  }

  Answer whole(std::string_view body, const Target& target) const override {
    ResponsesReducer reducer(target);
    return reduce_whole(reducer, body);
  }
};

}  // namespace

const Dialect& responses_dialect() {
  static const ResponsesDialect one;
  return one;
}

}  // namespace adapt::llm
