#include "agent/llm/wire/conversation.h"

#include <set>

namespace adapt::llm {

std::vector<ToolCall> AssistantTurn::calls() const {
  std::vector<ToolCall> out;
  for (const Part& part : parts)
    if (const auto* call = std::get_if<ToolCall>(&part)) out.push_back(*call);
  return out;
}

std::string AssistantTurn::text() const {
  std::string out;
  for (const Part& part : parts)
    if (const auto* text = std::get_if<Text>(&part)) out += text->text;
  return out;
}

namespace {

std::string complaint_about_results(const ToolResults& results, const Message* before) {
  const auto* turn = before != nullptr ? std::get_if<AssistantTurn>(before) : nullptr;
  if (turn == nullptr) return "results of tools without a turn before them";
  const std::vector<ToolCall> calls = turn->calls();
  if (calls.size() != results.results.size())
    return fmt::format("{} results for {} calls", results.results.size(), calls.size());
  for (std::size_t i = 0; i < calls.size(); ++i)
    if (calls[i].id != results.results[i].call_id)
      return fmt::format("result {} answers '{}', the call is '{}'", i, results.results[i].call_id, calls[i].id);
  return "";
}

std::string complaint_about_turn(const AssistantTurn& turn, const Message* before, const Message* after) {
  if (before == nullptr || std::holds_alternative<AssistantTurn>(*before)) return "a turn that nothing was said before";
  std::set<std::string> ids;
  for (const ToolCall& call : turn.calls())
    if (call.id.empty() || !ids.insert(call.id).second) return fmt::format("two calls of a turn are '{}'", call.id);
  if (!ids.empty() && (after == nullptr || !std::holds_alternative<ToolResults>(*after)))
    return "calls that nothing answers";
  return "";
}

}  // namespace

std::string complaint_about(const Request& request) {
  if (request.messages.empty()) return "nothing is asked";
  if (std::holds_alternative<AssistantTurn>(request.messages.back())) return "the last word is the model's own";
  for (std::size_t i = 1; i < request.tools.size(); ++i)
    if (request.tools[i - 1].name >= request.tools[i].name) return "tools that are not sorted by name, or named twice";
  const Message* before = nullptr;
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    const Message* after = i + 1 < request.messages.size() ? &request.messages[i + 1] : nullptr;
    std::string complaint;
    if (const auto* results = std::get_if<ToolResults>(&message)) complaint = complaint_about_results(*results, before);
    if (const auto* turn = std::get_if<AssistantTurn>(&message)) complaint = complaint_about_turn(*turn, before, after);
    if (!complaint.empty()) return fmt::format("message {}: {}", i, complaint);
    before = &message;
  }
  return "";
}

}  // namespace adapt::llm
