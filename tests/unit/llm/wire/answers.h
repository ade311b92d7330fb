// What the tests of this folder share: answers as text that can be compared whole, and streams made of JSON lines.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/wire/dialect.h"

namespace adapt::llm {

inline Profile profile_named(std::string_view name) { return find_profile(name).value(); }

inline std::string shown(const CallError& error) {
  std::string out =
      fmt::format("error {} for {}, status {}", to_string(error.kind), to_string(error.scope), error.status);
  if (!error.code.empty()) out += ", code " + error.code;
  if (!error.type.empty()) out += ", type " + error.type;
  if (error.wait_ms) out += fmt::format(", wait {}", *error.wait_ms);
  if (error.should_retry) out += *error.should_retry ? ", retry" : ", no retry";
  return out + ": " + error.message + "\n";
}

inline std::string shown(const std::vector<Part>& parts) {
  std::string out;
  for (const Part& part : parts) {
    if (const auto* text = std::get_if<Text>(&part)) out += "text " + text->text + "\n";
    if (const auto* reasoning = std::get_if<Reasoning>(&part)) out += "reasoning " + dump_line(reasoning->raw) + "\n";
    if (const auto* call = std::get_if<ToolCall>(&part))
      out += fmt::format("call {} {} {}{}\n", call->id, call->name, call->arguments,
                         call->extra.is_null() ? "" : " with " + dump_line(call->extra));
  }
  return out;
}

inline std::string shown(const Usage& usage) {
  return fmt::format("fresh {} read {} write {} hour {} out {} reasoning {}{}\n", usage.fresh, usage.cache_read,
                     usage.cache_write, usage.cache_write_1h, usage.output, usage.reasoning,
                     usage.estimated ? " estimated" : "");
}

// Parts, stop and notes; the usage has tests of its own.
inline std::string shown(const Answer& answer) {
  if (const auto* error = std::get_if<CallError>(&answer)) return shown(*error);
  const Turn& turn = std::get<Turn>(answer);
  std::string out = shown(turn.message.parts);
  out += fmt::format("stop {} ({})\n", to_string(turn.stop), turn.native_stop);
  for (const std::string& note : turn.notes) out += "note " + note + "\n";
  return out;
}

inline Turn turn_of(const Answer& answer) {
  if (const auto* error = std::get_if<CallError>(&answer)) ADD_FAILURE() << shown(*error);
  return std::holds_alternative<Turn>(answer) ? std::get<Turn>(answer) : Turn{};
}

// Each line of `lines` as an unnamed event.
inline std::string events(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    if (end > 0) out += fmt::format("data: {}\n\n", lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out;
}

// Each line as an event that is named by its own type.
inline std::string named_events(std::string_view lines) {
  std::string out;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    const std::string_view line = lines.substr(0, end);
    if (!line.empty()) out += fmt::format("event: {}\ndata: {}\n\n", string_or(*parse_lenient(line), "type", ""), line);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out;
}

inline Answer answer_of(const Target& target, std::string_view bytes, Ending ending = Ending::complete) {
  SseDecoder decoder;
  const auto reducer = dialect(target.profile.dialect).reducer(target);
  const auto fed = decoder.feed(bytes, [&](const SseEvent& event) { reducer->take(event); });
  EXPECT_TRUE(fed.has_value());
  return reducer->end(ending);
}

inline Answer whole_of(const Target& target, std::string_view body) {
  return dialect(target.profile.dialect).whole(body, target);
}

inline Json body_of(const Request& request, const Target& target) {
  return parse_json(dialect(target.profile.dialect).encode(request, target).body).value();
}

inline ToolSpec tool_named(std::string name) {
  return {std::move(name), "does it",
          *parse_json(R"({"type":"object","properties":{"path":{"type":"string"}},"required":["path"],)"
                      R"("additionalProperties":false})")};
}

// A question, a turn of another origin with two calls, and their results.
inline Request asked_with_calls() {
  Request request;
  request.system = "You repair models.";
  request.tools = {tool_named("read"), tool_named("write")};
  AssistantTurn turn;
  turn.parts = {Text{"Let me look."}, Reasoning{{{"type", "thinking"}, {"thinking", "hm"}}},
                ToolCall{"a:1", "read", R"({"path":"a.py"})"}, ToolCall{"b:2", "write", R"({"path":)"}};
  turn.origin = {"elsewhere", "m", "k"};
  request.messages = {UserText{"Mend it."}, turn,
                      ToolResults{{{"a:1", "read", "x = 1", false}, {"b:2", "write", "not allowed", true}}}};
  return request;
}

}  // namespace adapt::llm
