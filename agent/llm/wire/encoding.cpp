#include "agent/llm/wire/encoding.h"

#include <algorithm>

#include "agent/llm/wire/ordered.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

constexpr std::string_view kNothing = "(nothing)";

}  // namespace

Wishes wishes_of(const Request& request, const Profile& profile) {
  Wishes out;
  const auto allow = [&](bool wished, bool allowed, std::string_view name) {
    if (wished && !allowed) out.dropped.emplace_back(name);
    return wished && allowed;
  };
  const bool has_tools = !request.tools.empty();
  out.none = has_tools && request.wish == ToolWish::none;
  out.forced = allow(has_tools && request.wish == ToolWish::required, profile.forced_tool, "forced_tool");
  out.single_call = allow(has_tools && !request.parallel_calls, profile.parallel_switch, "single_call");
  if (allow(!request.effort.empty(), profile.effort, "effort")) out.effort = request.effort;
  if (allow(!request.format.is_null(), profile.format, "format")) out.format = request.format;
  out.output_cap = request.max_output_tokens;
  if (profile.max_output_tokens > 0) out.output_cap = std::min(out.output_cap, profile.max_output_tokens);
  return out;
}

bool is_own(const AssistantTurn& turn, const Target& target, DialectName dialect) {
  return !turn.raw.is_null() && turn.origin == Origin{std::string(to_string(dialect)), target.model, target.account};
}

std::string sent_id(const AssistantTurn& turn, bool own, std::size_t message, std::size_t call) {
  return own ? turn.calls().at(call).id : fmt::format("call_{}_{}", message, call);
}

std::string sent_arguments(const std::string& arguments) {
  const Result<Json> parsed = parse_json(arguments);
  return parsed && parsed->is_object() ? arguments : "{}";
}

OrderedJson sent_arguments_object(const std::string& arguments) {
  Result<OrderedJson> parsed = parse_lenient_ordered(sent_arguments(arguments));
  return parsed ? *std::move(parsed) : OrderedJson::object();
}

std::string said_text(std::string_view text) { return std::string(trim(text).empty() ? kNothing : text); }

std::string result_text(const ToolResult& result) { return result.is_error ? "error: " + result.text : result.text; }

bool is_strict_schema(const Json& schema) {
  if (!schema.is_object()) return true;
  if (schema.contains("properties") || string_or(schema, "type", "") == "object") {
    const Json& properties = member_or_null(schema, "properties");
    if (!properties.is_object() || bool_or(schema, "additionalProperties", true)) return false;
    const std::vector<std::string> required = strings_or_empty(schema, "required");
    for (const auto& [key, value] : properties.items())
      if (std::count(required.begin(), required.end(), key) == 0 || !is_strict_schema(value)) return false;
  }
  for (const std::string_view key : {"anyOf", "oneOf", "allOf"}) {
    const Json& list = member_or_null(schema, key);
    if (list.is_array() && !std::all_of(list.begin(), list.end(), is_strict_schema)) return false;
  }
  return is_strict_schema(member_or_null(schema, "items"));
}

Headers common_headers(const Target& target) {
  const Profile& profile = target.profile;
  Headers out = {{"content-type", "application/json"},
                 {"accept", profile.stream ? "text/event-stream" : "application/json"}};
  if (!profile.api_version.empty()) out.emplace_back("anthropic-version", profile.api_version);
  return out;
}

}  // namespace adapt::llm
