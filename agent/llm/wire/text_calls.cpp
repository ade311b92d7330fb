#include "agent/llm/wire/text_calls.h"

#include <optional>

#include "agent/llm/wire/ordered.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

constexpr std::string_view kOpen = "<tool_call>";
constexpr std::string_view kClose = "</tool_call>";
constexpr std::string_view kBroken = "]";  // what nobody takes for cut off
constexpr std::string_view kThink = "<think>";
constexpr std::string_view kThought = "</think>";

// The next opening mark outside of code fences, from `at` on. `in_fence` is carried from line to line.
std::size_t next_open(std::string_view text, std::size_t at, bool& in_fence) {
  while (at < text.size()) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (trim(line).starts_with("```")) {
      in_fence = !in_fence;
    } else if (!in_fence) {
      const std::size_t found = line.find(kOpen);
      if (found != std::string_view::npos) return at + found;
    }
    at = end + 1;
  }
  return std::string_view::npos;
}

std::optional<ToolCall> call_of(std::string_view block, bool closed) {
  ToolCall call;
  const Result<OrderedJson> json = parse_lenient_ordered(trim(block));
  if (!json) {
    // Nobody can say what was called; a call without a name never runs.
    call.arguments = closed ? kBroken : block;
    return trim(block).starts_with('{') ? std::optional(call) : std::nullopt;
  }
  call.name = text_member(*json, "name");
  if (call.name.empty()) return std::nullopt;
  const OrderedJson& arguments = member(*json, json->contains("arguments") ? "arguments" : "parameters");
  if (!arguments.is_null())
    call.arguments = arguments.is_string() ? arguments.get<std::string>() : dump_line(arguments);
  return call;
}

}  // namespace

TextCalls take_text_calls(std::string_view text) {
  TextCalls out;
  const std::string_view start = trim(text);
  if (start.starts_with(kThink)) {
    const std::size_t end = start.find(kThought);
    out.reasoning = trim(start.substr(kThink.size(), end == std::string_view::npos ? end : end - kThink.size()));
    text = end == std::string_view::npos ? std::string_view() : trim(start.substr(end + kThought.size()));
  }
  bool in_fence = false;
  std::size_t from = 0;
  for (std::size_t at = next_open(text, 0, in_fence); at != std::string_view::npos;
       at = next_open(text, from, in_fence)) {
    const std::size_t end = text.find(kClose, at);
    const bool closed = end != std::string_view::npos;
    const std::size_t after = closed ? end + kClose.size() : text.size();
    const std::string_view block = text.substr(at + kOpen.size(), closed ? end - at - kOpen.size() : end);
    std::optional<ToolCall> call = call_of(block, closed);
    out.text += text.substr(from, (call ? at : after) - from);
    if (call) out.calls.push_back(*std::move(call));
    from = after;
  }
  out.text += text.substr(std::min(from, text.size()));
  if (!out.calls.empty()) out.text = trim(out.text);
  return out;
}

}  // namespace adapt::llm
