#include "agent/llm/wire/text_protocol.h"

#include <algorithm>

#include "agent/llm/wire/ordered.h"
#include "agent/llm/wire/text_marks.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

constexpr std::string_view kIntroduction =
    "# Tools\n"
    "\n"
    "You can call tools. Write a call as plain lines, not as JSON and not in a code fence:\n"
    "\n"
    "::tool NAME\n"
    "::FIELD a short value on the same line\n"
    "::FIELD\n"
    "a value of several lines,\n"
    "    written as it is\n"
    "::end\n"
    "\n"
    "A line of a value that itself begins with two colons gets one colon more (:: becomes :::). After your calls stop; "
    "the results come in the next message between ::result NAME (or ::error NAME) and ::end. Lines in there that begin "
    "with two colons have one colon more than the original.\n";
constexpr std::string_view kOneCall = "Make at most one call in an answer.\n";

std::string field_line(const std::string& name, const Json& schema, bool required) {
  std::string line = "::" + name;
  const Json& type = member_or_null(schema, "type");
  const Json& choices = member_or_null(schema, "enum");
  const std::string description = string_or(schema, "description", "");
  std::string about = type.is_string() ? type.get<std::string>() : "value";
  if (choices.is_array()) about = "one of " + dump(choices);
  if (type == "object" || type == "array") about += " as JSON";
  if (schema.contains("items") || schema.contains("properties")) about += " " + dump(schema);
  return fmt::format("{} ({}{}){}{}\n", line, required ? "" : "optional, ", about, description.empty() ? "" : ": ",
                     description);
}

std::string tool_section(const ToolSpec& tool) {
  std::string out = fmt::format("\n## {}\n\n{}\n", tool.name, tool.description);
  const std::vector<std::string> required = strings_or_empty(tool.parameters, "required");
  const Json& properties = member_or_null(tool.parameters, "properties");
  if (!properties.is_object()) return out;
  for (const auto& [name, schema] : properties.items())
    if (schema.is_object()) out += field_line(name, schema, std::count(required.begin(), required.end(), name) > 0);
  return out;
}

std::string system_text(const Request& request) {
  std::string out = request.system;
  if (!out.empty()) out += "\n\n";
  out += kIntroduction;
  if (!request.parallel_calls) out += kOneCall;
  for (const ToolSpec& tool : request.tools) out += tool_section(tool);
  return out;
}

// With one more colon where a line would look like a mark.
std::string escaped(std::string_view text) {
  std::string out;
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("::")) out += ':';
    out.append(line).append("\n");
  }
  return out;
}

bool fits_on_the_line(const std::string& value) {
  return !value.empty() && trim(value) == value && value.find_first_of("\r\n") == std::string::npos;
}

// Whether the fields of a call can be written as marks.
bool has_plain_fields(const OrderedJson& arguments) {
  for (const auto& [name, value] : arguments.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : "x";
    if (!is_field_name(name) || name == "tool" || contains(text, "\r")) return false;
    if (name == "end" && !fits_on_the_line(text)) return false;
  }
  return true;
}

std::string call_text(const ToolCall& call) {
  std::string out = fmt::format("::tool {}\n", call.name);
  const Result<OrderedJson> arguments = parse_lenient_ordered(call.arguments);
  if (arguments && arguments->is_object()) {
    if (!has_plain_fields(*arguments)) {
      out += dump_line(*arguments) + "\n";
    } else {
      for (const auto& [name, json] : arguments->items()) {
        const std::string value = json.is_string() ? json.get<std::string>() : dump_line(json);
        out += fits_on_the_line(value) ? fmt::format("::{} {}\n", name, value)
                                       : fmt::format("::{}\n{}", name, escaped(value));
      }
    }
  }
  return out + "::end\n";
}

std::string results_text(const ToolResults& results) {
  std::string out;
  for (const ToolResult& result : results.results)
    out += fmt::format("::{} {}\n{}::end\n", result.is_error ? "error" : "result", result.name, escaped(result.text));
  return out;
}

std::string turn_text(const AssistantTurn& turn) {
  std::string out;
  for (const Part& part : turn.parts) {
    if (const auto* text = std::get_if<Text>(&part)) out += text->text;
    if (const auto* call = std::get_if<ToolCall>(&part)) {
      if (!out.empty() && out.back() != '\n') out += '\n';
      out += call_text(*call);
    }
  }
  return out;
}

}  // namespace

Request as_text(const Request& request) {
  Request out = request;
  out.tools.clear();
  out.wish = ToolWish::optional;
  out.parallel_calls = true;
  if (!request.tools.empty()) out.system = system_text(request);
  for (Message& message : out.messages) {
    if (auto* turn = std::get_if<AssistantTurn>(&message)) {
      const std::string text = turn_text(*turn);
      turn->parts.clear();
      if (!text.empty()) turn->parts.emplace_back(Text{text});
      turn->raw = nullptr;
    } else if (const auto* results = std::get_if<ToolResults>(&message)) {
      message = UserText{results_text(*results)};
    }
  }
  return out;
}

Turn with_text_calls(Turn turn, const std::vector<ToolSpec>& tools, const Profile& profile) {
  std::vector<Part> parts;
  std::size_t calls = 0;
  for (Part& part : turn.message.parts) {
    const auto* text = std::get_if<Text>(&part);
    if (text == nullptr) {
      parts.push_back(std::move(part));
      continue;
    }
    for (Part& found : calls_in_text(text->text, tools, turn.stop == Stop::length)) {
      if (auto* call = std::get_if<ToolCall>(&found)) call->id = fmt::format("text_call_{}", calls++);
      parts.push_back(std::move(found));
    }
  }
  if (calls == 0) return turn;
  const bool may_run = turn.stop == Stop::end || turn.stop == Stop::tool || turn.stop == Stop::stop_sequence ||
                       (turn.stop == Stop::length && profile.calls_beside_length);
  if (may_run) {
    turn.stop = Stop::tool;
  } else {
    const auto is_call = [](const Part& part) { return std::holds_alternative<ToolCall>(part); };
    parts.erase(std::remove_if(parts.begin(), parts.end(), is_call), parts.end());
    turn.notes.push_back(fmt::format("{} calls dropped: {}", calls, to_string(turn.stop)));
  }
  turn.message.parts = std::move(parts);
  turn.message.raw = nullptr;
  return turn;
}

}  // namespace adapt::llm
