#include "agent/llm/turn_record.h"

namespace adapt::llm {
namespace {

std::string text_of(const OrderedJson& json) { return json.is_null() ? "" : dump_line(json); }

// A call's arguments, as deep as they may be, inside of the provider's own form.
constexpr int kMaxRawDepth = 2 * static_cast<int>(kMaxJsonDepth);

Result<OrderedJson> ordered_from(const std::string& text) {
  if (text.empty()) return OrderedJson();
  bool too_deep = false;
  const OrderedJson::parser_callback_t watch_depth = [&](int depth, OrderedJson::parse_event_t, OrderedJson&) {
    too_deep = too_deep || depth > kMaxRawDepth;
    return !too_deep;
  };
  OrderedJson json = OrderedJson::parse(text, watch_depth, /*allow_exceptions=*/false);
  if (too_deep || json.is_discarded()) return fail(ErrorKind::store, "a recorded turn holds text that is no JSON");
  return json;
}

Json to_json(const Part& part) {
  if (const auto* text = std::get_if<Text>(&part)) return Json{{"text", text->text}};
  if (const auto* reasoning = std::get_if<Reasoning>(&part)) return Json{{"reasoning", text_of(reasoning->raw)}};
  const auto& call = std::get<ToolCall>(part);
  return Json{{"call", call.id}, {"name", call.name}, {"arguments", call.arguments}, {"extra", text_of(call.extra)}};
}

Result<Part> part_from(const Json& json) {
  if (json.contains("call")) {
    ToolCall call;
    ADAPT_TRY(call.id, read_string(json, "call", "part"));
    ADAPT_TRY(call.name, read_string(json, "name", "part"));
    ADAPT_TRY(call.arguments, read_string(json, "arguments", "part"));
    ADAPT_TRY(call.extra, ordered_from(string_or(json, "extra", "")));
    return Part(std::move(call));
  }
  if (json.contains("reasoning")) {
    ADAPT_TRY(OrderedJson raw, ordered_from(string_or(json, "reasoning", "")));
    return Part(Reasoning{std::move(raw)});
  }
  ADAPT_TRY(std::string text, read_string(json, "text", "part"));
  return Part(Text{std::move(text)});
}

Json to_json(const Turn& turn) {
  Json parts = Json::array();
  for (const Part& part : turn.message.parts) parts.push_back(to_json(part));
  const Origin& origin = turn.message.origin;
  return Json{{"parts", parts},
              {"raw", text_of(turn.message.raw)},
              {"origin", {{"dialect", origin.dialect}, {"model", origin.model}, {"account", origin.account}}},
              {"stop", to_string(turn.stop)},
              {"native_stop", turn.native_stop},
              {"usage", to_json(turn.usage)},
              {"request_id", turn.request_id},
              {"model", turn.model},
              {"stated_nano_usd", turn.stated_nano_usd ? Json(*turn.stated_nano_usd) : Json(nullptr)},
              {"notes", turn.notes}};
}

Result<Turn> turn_from(const Json& json) {
  Turn turn;
  ADAPT_TRY(const Json* parts, read_array(json, "parts", "turn"));
  for (const Json& entry : *parts) {
    ADAPT_TRY(Part part, part_from(entry));
    turn.message.parts.push_back(std::move(part));
  }
  ADAPT_TRY(turn.message.raw, ordered_from(string_or(json, "raw", "")));
  const Json& origin = member_or_null(json, "origin");
  turn.message.origin = {string_or(origin, "dialect", ""), string_or(origin, "model", ""),
                         string_or(origin, "account", "")};
  const auto stop = parse_stop(string_or(json, "stop", ""));
  if (!stop) return fail(ErrorKind::store, "a recorded turn with the unknown stop '{}'", string_or(json, "stop", ""));
  turn.stop = *stop;
  turn.native_stop = string_or(json, "native_stop", "");
  ADAPT_TRY(const Json* usage, read_object(json, "usage", "turn"));
  ADAPT_TRY(turn.usage, usage_from(*usage, "turn.usage"));
  turn.request_id = string_or(json, "request_id", "");
  turn.model = string_or(json, "model", "");
  if (!member_or_null(json, "stated_nano_usd").is_null()) {
    ADAPT_TRY(turn.stated_nano_usd, read_int(json, "stated_nano_usd", "turn"));
  }
  turn.notes = strings_or_empty(json, "notes");
  return turn;
}

Json to_json(const CallError& error) {
  return Json{{"kind", to_string(error.kind)},
              {"scope", to_string(error.scope)},
              {"status", error.status},
              {"code", error.code},
              {"type", error.type},
              {"request_id", error.request_id},
              {"message", error.message}};
}

Result<CallError> error_from(const Json& json) {
  CallError error;
  const auto kind = parse_call_error_kind(string_or(json, "kind", ""));
  if (!kind) return fail(ErrorKind::store, "a recorded error of the unknown kind '{}'", string_or(json, "kind", ""));
  error.kind = *kind;
  const auto scope = parse_error_scope(string_or(json, "scope", "request"));
  if (!scope) return fail(ErrorKind::store, "a recorded error of the unknown scope '{}'", string_or(json, "scope", ""));
  error.scope = *scope;
  error.status = static_cast<int>(int_or(json, "status", 0));
  error.code = string_or(json, "code", "");
  error.type = string_or(json, "type", "");
  error.request_id = string_or(json, "request_id", "");
  error.message = string_or(json, "message", "");
  return error;
}

Json to_json(const std::vector<FailedAttempt>& failed) {
  Json out = Json::array();
  for (const FailedAttempt& attempt : failed)
    out.push_back({{"error", to_json(attempt.error)}, {"waited_ms", attempt.waited_ms}, {"took_ms", attempt.took_ms}});
  return out;
}

Result<std::vector<FailedAttempt>> failed_from(const Json& json) {
  std::vector<FailedAttempt> out;
  for (const Json& entry : member_or_null(json, "failed")) {
    ADAPT_TRY(CallError error, error_from(member_or_null(entry, "error")));
    out.push_back({std::move(error), int_or(entry, "waited_ms", 0), int_or(entry, "took_ms", 0)});
  }
  return out;
}

}  // namespace

Json to_json(const TurnOutcome& outcome) {
  if (const auto* failed = std::get_if<Failed>(&outcome))
    return Json{{"error", to_json(failed->error)}, {"failed", to_json(failed->failed)}};
  const auto& done = std::get<Done>(outcome);
  return Json{{"turn", to_json(done.turn)},
              {"settlement", to_json(done.settlement)},
              {"failed", to_json(done.failed)},
              {"took_ms", done.took_ms}};
}

Result<TurnOutcome> outcome_from(const Json& json) {
  ADAPT_TRY(std::vector<FailedAttempt> failed, failed_from(json));
  if (json.contains("error")) {
    ADAPT_TRY(CallError error, error_from(member_or_null(json, "error")));
    return TurnOutcome(Failed{std::move(error), std::move(failed)});
  }
  ADAPT_TRY(Turn turn, turn_from(member_or_null(json, "turn")));
  ADAPT_TRY(Settlement settlement, settlement_from(member_or_null(json, "settlement")));
  return TurnOutcome(Done{std::move(turn), std::move(settlement), std::move(failed), int_or(json, "took_ms", 0)});
}

}  // namespace adapt::llm
