#include "agent/llm/echo.h"

namespace adapt::llm {
namespace {

// True: there was some.
bool take_out(std::string& text, const Redactor& redactor) {
  if (!redactor.finds_known(text)) return false;
  text = redactor.known(text);
  return true;
}

bool take_out(OrderedJson& json, const Redactor& redactor) {
  if (json.is_null() || !redactor.finds_known(dump_line(json))) return false;
  json = OrderedJson();
  return true;
}

bool take_out(ToolCall& call, const Redactor& redactor) {
  bool found = take_out(call.extra, redactor);
  for (std::string* text : {&call.id, &call.name, &call.arguments}) found = take_out(*text, redactor) || found;
  return found;
}

}  // namespace

void take_out(CallError& error, const Redactor& redactor) {
  for (std::string* text : {&error.code, &error.type, &error.request_id}) take_out(*text, redactor);
  error.message = redactor.text(error.message);
}

void take_out(Turn& turn, const Redactor& redactor) {
  for (std::string* text : {&turn.native_stop, &turn.request_id, &turn.model}) take_out(*text, redactor);
  for (std::string& note : turn.notes) take_out(note, redactor);
  AssistantTurn& message = turn.message;
  bool found = take_out(message.raw, redactor);
  for (Part& part : message.parts) {
    if (auto* text = std::get_if<Text>(&part)) found = take_out(text->text, redactor) || found;
    if (auto* reasoning = std::get_if<Reasoning>(&part)) found = take_out(reasoning->raw, redactor) || found;
    if (auto* call = std::get_if<ToolCall>(&part)) found = take_out(*call, redactor) || found;
  }
  if (!found) return;
  message.raw = OrderedJson();  // the parts are what is left to send
  std::erase_if(message.parts, [](const Part& part) {
    const auto* reasoning = std::get_if<Reasoning>(&part);
    return reasoning != nullptr && reasoning->raw.is_null();
  });
}

}  // namespace adapt::llm
