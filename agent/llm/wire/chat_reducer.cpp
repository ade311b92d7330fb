#include "agent/llm/wire/chat_reducer.h"

#include <algorithm>
#include <cmath>

#include "agent/llm/wire/text_calls.h"

namespace adapt::llm {
namespace {

constexpr double kNanoUsd = 1e9;
constexpr double kMostUsd = 1e6;

// `content` is a string, null, missing, or a list of parts.
std::string text_of(const OrderedJson& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string out;
  if (content.is_array())
    for (const OrderedJson& part : content) {
      const std::string type = text_member(part, "type");
      if (type == "text" || type == "output_text") out += text_member(part, "text");
    }
  return out;
}

// Fragments of one reasoning block have its type and index; texts are appended, the rest is set.
void join_detail(OrderedJson& details, const OrderedJson& fragment) {
  if (!fragment.is_object()) return;
  const auto same = [&](std::string_view key) { return member(details.back(), key) == member(fragment, key); };
  if (details.empty() || !same("type") || !same("index")) {
    details.push_back(fragment);
    return;
  }
  OrderedJson& last = details.back();
  for (const auto& [key, value] : fragment.items()) {
    const bool text = value.is_string() && (key == "text" || key == "summary" || key == "data");
    if (text && last.contains(key) && last[key].is_string())
      last[key].get_ref<std::string&>() += value.get_ref<const std::string&>();
    else if (!value.is_null())
      last[key] = value;
  }
}

}  // namespace

OrderedJson chat_message(const std::string& text, const std::vector<OrderedJson>& calls) {
  OrderedJson out = {{"role", "assistant"}, {"content", text}};
  if (!calls.empty()) out["tool_calls"] = calls;
  return out;
}

OrderedJson chat_call(const std::string& id, const ToolCall& call, const std::string& arguments) {
  return {{"id", id}, {"type", "function"}, {"function", {{"name", call.name}, {"arguments", arguments}}}};
}

void ChatReducer::take_event(std::string_view /*type*/, const OrderedJson& event) {
  if (turn().request_id.empty()) turn().request_id = text_member(event, "id");
  if (turn().model.empty()) turn().model = text_member(event, "model");
  if (member(event, "usage").is_object()) take_usage(member(event, "usage"));
  const OrderedJson& choices = member(event, "choices");
  if (!choices.is_array() || choices.empty()) return;  // usage alone, or the results of a filter
  const OrderedJson& choice = choices.front();
  if (member(choice, "error").is_object()) return fail_with(choice);
  take_message(member(choice, choice.contains("delta") ? "delta" : "message"));
  if (const std::string word = text_member(choice, "finish_reason"); !word.empty()) stop(word);
}

void ChatReducer::take_message(const OrderedJson& message) {
  if (!message.is_object()) return;
  take_reasoning(message);
  const std::string text = text_of(member(message, "content"));
  const std::string refusal = text_member(message, "refusal");
  if (!refusal.empty()) refuse();
  text_ += text + refusal;
  std::size_t bytes = text.size() + refusal.size() + calls_.take(member(message, "tool_calls"), kMaxPieces);
  if (const OrderedJson& old = member(message, "function_call"); old.is_object())
    bytes += calls_.take(OrderedJson::array({{{"index", 0}, {"function", old}}}), kMaxPieces);
  bound(calls_.size());
  if (bytes > 0) said(bytes);
}

void ChatReducer::take_reasoning(const OrderedJson& message) {
  std::string text = text_member(message, "reasoning_content");
  if (text.empty()) text = text_member(message, "reasoning");
  reasoning_ += text;
  const OrderedJson& details = member(message, "reasoning_details");
  if (details.is_array())
    for (const OrderedJson& detail : details) join_detail(details_, detail);
  bound(details_.size());
  if (!text.empty() || !details.empty()) said(text.size());
}

void ChatReducer::take_usage(const OrderedJson& given) {
  const OrderedJson& input = member(given, "prompt_tokens_details");
  const std::int64_t prompt = count_member(given, "prompt_tokens").value_or(0);
  Usage& out = usage();
  out.cache_read = count_member(input, "cached_tokens").value_or(0);
  out.cache_write = count_member(input, "cache_write_tokens").value_or(0);
  out.fresh = std::max<std::int64_t>(0, prompt - out.cache_read - out.cache_write);
  out.output = count_member(given, "completion_tokens").value_or(0);
  out.reasoning = count_member(member(given, "completion_tokens_details"), "reasoning_tokens").value_or(0);
  const OrderedJson& cost = member(given, "cost");
  if (!cost.is_number()) return;
  const auto usd = cost.get<double>();
  if (usd >= 0 && usd <= kMostUsd) turn().stated_nano_usd = std::llround(usd * kNanoUsd);
}

std::vector<Piece> ChatReducer::pieces() {
  std::vector<ToolCall> calls = calls_.calls();
  if (profile().text_calls) {
    TextCalls found = take_text_calls(text_);
    text_ = std::move(found.text);
    reasoning_ = std::move(found.reasoning) + reasoning_;
    if (calls.empty()) calls = std::move(found.calls);
  }
  std::vector<Piece> out;
  if (!details_.empty() || !reasoning_.empty()) {
    const bool as_blocks = profile().reasoning_out == "reasoning_details" && !details_.empty();
    const std::string key = as_blocks || profile().reasoning_out.empty() ? "reasoning" : profile().reasoning_out;
    OrderedJson raw;
    raw[as_blocks ? "reasoning_details" : key] = as_blocks ? details_ : OrderedJson(reasoning_);
    out.push_back({raw, Reasoning{raw}});
  }
  if (!text_.empty()) out.push_back({{}, Text{text_}});
  for (ToolCall& call : calls) {
    if (!profile().keeps_call_extra) call.extra = nullptr;
    out.push_back({{}, std::move(call)});
  }
  return out;
}

OrderedJson ChatReducer::raw_of(const std::vector<Piece>& kept) const {
  std::string text;
  std::vector<OrderedJson> calls;
  OrderedJson reasoning;
  for (const Piece& piece : kept) {
    if (const auto* said = std::get_if<Text>(&*piece.part)) text += said->text;
    if (std::holds_alternative<Reasoning>(*piece.part)) reasoning = piece.raw;
    if (const auto* call = std::get_if<ToolCall>(&*piece.part)) {
      calls.push_back(chat_call(call->id, *call, call->arguments));
      if (call->extra.is_object()) calls.back().update(call->extra);
    }
  }
  OrderedJson out = chat_message(text, calls);
  const bool goes_back = profile().reasoning_items && !profile().reasoning_out.empty();
  if (goes_back && reasoning.contains(profile().reasoning_out)) out.update(reasoning);
  return out;
}

}  // namespace adapt::llm
