#include "agent/llm/wire/collect.h"

#include <algorithm>
#include <set>

#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

// The words of all dialects; none means two things.
constexpr struct {
  std::string_view word;
  Stop stop;
} kStops[] = {
    // Chat, and what servers of that kind say.
    {"stop", Stop::end},
    {"eos", Stop::end},
    {"eos_token", Stop::end},
    {"tool_calls", Stop::tool},
    {"function_call", Stop::tool},
    {"length", Stop::length},
    {"content_filter", Stop::refusal},
    {"error", Stop::server_error},
    {"timeout_error", Stop::server_error},
    {"abort", Stop::server_error},
    // Responses: the status, or the reason why it is incomplete.
    {"completed", Stop::end},
    {"max_output_tokens", Stop::length},
    {"failed", Stop::server_error},
    {"cancelled", Stop::server_error},
    // Messages.
    {"end_turn", Stop::end},
    {"tool_use", Stop::tool},
    {"max_tokens", Stop::length},
    {"stop_sequence", Stop::stop_sequence},
    {"pause_turn", Stop::pause},
    {"refusal", Stop::refusal},
    {"model_context_window_exceeded", Stop::context},
    // Gemini.
    {"STOP", Stop::end},
    {"MAX_TOKENS", Stop::length},
    {"SAFETY", Stop::refusal},
    {"RECITATION", Stop::refusal},
    {"BLOCKLIST", Stop::refusal},
    {"PROHIBITED_CONTENT", Stop::refusal},
    {"SPII", Stop::refusal},
    {"MALFORMED_FUNCTION_CALL", Stop::malformed},
    {"UNEXPECTED_TOOL_CALL", Stop::malformed},
    {"TOO_MANY_TOOL_CALLS", Stop::malformed},
    {"OTHER", Stop::server_error},
};

Stop stop_of(std::string_view word) {
  for (const auto& row : kStops)
    if (row.word == word) return row.stop;
  return Stop::unknown;
}

ToolCall* call_in(Piece& piece) { return piece.part ? std::get_if<ToolCall>(&*piece.part) : nullptr; }

bool says_error(const OrderedJson& error) {
  return !error.is_null() && error != OrderedJson(false) && error != OrderedJson("");
}

CallError failure(CallErrorKind kind, std::string message) {
  CallError error;
  error.kind = kind;
  error.status = 200;
  error.message = std::move(message);
  return error;
}

// How the calls of an answer came out.
struct CallCount {
  std::size_t complete = 0, cut = 0, broken = 0;
  std::size_t all() const { return complete + cut + broken; }
};

// Makes the arguments of each call one JSON object and its id unique; a call that cannot be mended loses its name.
CallCount settle_calls(std::vector<Piece>& pieces, Turn& turn) {
  CallCount count;
  std::set<std::string> ids;
  for (Piece& piece : pieces) {
    ToolCall* call = call_in(piece);
    if (call == nullptr) continue;
    const std::optional<std::string> arguments = settled_arguments(call->arguments);
    if (!arguments || call->name.empty()) {
      const bool cut = !arguments && is_cut_json(call->arguments);
      ++(cut ? count.cut : count.broken);
      call->name.clear();
      continue;
    }
    if (!call->arguments.empty() && *arguments != call->arguments)
      turn.notes.push_back(fmt::format("arguments of '{}' were not quite JSON and have been mended", call->name));
    call->arguments = *arguments;
    if (call->id.empty() || ids.count(call->id) > 0) call->id = minted_id(turn.request_id, count.complete, *call);
    ids.insert(call->id);
    ++count.complete;
  }
  return count;
}

// What the answer comes to, from what is in it and only then from the server's word.
Stop derive_stop(Stop word, const CallCount& calls, const Profile& profile) {
  const bool may_go_on = word == Stop::end || word == Stop::tool || word == Stop::stop_sequence ||
                         word == Stop::pause || word == Stop::length;
  if (!may_go_on) return word;
  if (calls.broken > 0 && word != Stop::length) return Stop::malformed;
  if (calls.cut + calls.broken > 0 || word == Stop::length)
    return profile.calls_beside_length && calls.complete > 0 ? Stop::tool : Stop::length;
  if (calls.complete > 0) return Stop::tool;
  return word == Stop::tool ? Stop::malformed : word;  // calls were announced and none came
}

}  // namespace

std::optional<std::string> settled_arguments(const std::string& arguments) {
  if (trim(arguments).empty()) return "{}";
  if (const Result<Json> strict = parse_json(arguments); strict)
    return strict->is_object() ? std::optional(arguments) : std::nullopt;
  const Result<OrderedJson> lenient = parse_lenient_ordered(arguments);
  if (!lenient || !lenient->is_object()) return std::nullopt;
  return dump_line(*lenient);
}

std::string minted_id(std::string_view answer_id, std::size_t index, const ToolCall& call) {
  const std::string all = fmt::format("{}\n{}\n{}\n{}", answer_id, index, call.name, call.arguments);
  return "call_" + sha256_hex(all).substr(0, 16);
}

CommonReducer::CommonReducer(const Target& target, DialectName dialect) : target_(target) {
  turn_.message.origin = {std::string(to_string(dialect)), target.model, target.account};
}

void CommonReducer::take(const SseEvent& event) {
  if (error_ || done_ || trim(event.data).empty()) return;
  if (trim(event.data) == "[DONE]") {
    done_ = true;
    return;
  }
  read(event.name, event.data, /*whole=*/false);
}

void CommonReducer::take_whole(std::string_view body) {
  if (trim(body).empty()) {
    error_ = failure(CallErrorKind::cut, "the answer is empty");
    return;
  }
  read("", body, /*whole=*/true);
  done_ = true;
}

void CommonReducer::read(std::string_view type, std::string_view text, bool whole) {
  Result<OrderedJson> json = parse_lenient_ordered(text);
  if (!json) {
    const CallErrorKind kind = !whole || trim(text).front() == '{' ? CallErrorKind::cut : CallErrorKind::server;
    error_ = failure(kind, fmt::format("the answer {} JSON", whole ? "is no" : "has an event that is no"));
    return;
  }
  const std::string own_type = text_member(*json, "type");
  const bool wrapped = json->is_array() && !json->empty() && says_error(member(json->front(), "error"));
  if (says_error(member(*json, "error")) || own_type == "error" || type == "error" || wrapped) {
    fail_with(*json);
  } else if (whole) {
    take_body(*json);
  } else {
    take_event(own_type.empty() ? type : std::string_view(own_type), *json);
  }
}

void CommonReducer::said(std::size_t bytes) {
  ++progress_;
  generated_ += bytes;
}

void CommonReducer::stop(const std::string& word) {
  if (stop_seen_) {
    if (word != turn_.native_stop) note(fmt::format("a second stop, '{}', was ignored", word));
    return;
  }
  ++progress_;
  stop_seen_ = true;
  turn_.native_stop = word;
}

void CommonReducer::fail_with(const OrderedJson& error) {
  if (!error_) error_ = classify(200, {}, dump_line(error));
}

void CommonReducer::bound(std::size_t count) {
  if (count > kMaxPieces && !error_)
    error_ = failure(CallErrorKind::oversized, fmt::format("the answer has more than {} parts", kMaxPieces));
}

void CommonReducer::note(std::string text) {
  if (std::find(turn_.notes.begin(), turn_.notes.end(), text) == turn_.notes.end() && turn_.notes.size() < 20)
    turn_.notes.push_back(std::move(text));
}

Usage& CommonReducer::usage() {
  has_usage_ = true;
  return turn_.usage;
}

Answer CommonReducer::end(Ending ending) {
  if (error_) return *error_;
  if (!stop_seen_ && !(done_ && generated_ > 0))
    return failure(CallErrorKind::cut,
                   ending == Ending::cut ? "the answer broke off" : "the answer ended without a stop");
  if (!done_) note("the answer ended after its stop, without the closing event");
  std::vector<Piece> collected = pieces();
  settle(collected);
  if (!has_usage_) {
    turn_.usage.fresh = target_.input_tokens;
    turn_.usage.output = static_cast<std::int64_t>((generated_ * 2 + 6) / 7);
    turn_.usage.estimated = true;
  }
  return turn_;
}

void CommonReducer::settle(std::vector<Piece>& pieces) {
  const CallCount calls = settle_calls(pieces, turn_);
  Stop word = stop_seen_ ? stop_of(turn_.native_stop) : Stop::end;
  if (!stop_seen_) note("the server closed the answer without saying why it stopped");
  if (refused_) word = Stop::refusal;
  turn_.stop = derive_stop(word, calls, profile());
  std::vector<Piece> kept;
  std::size_t dropped = 0;
  for (Piece& piece : pieces) {
    const ToolCall* call = call_in(piece);
    const bool drop = call != nullptr && (turn_.stop != Stop::tool || call->name.empty());
    dropped += drop ? 1 : 0;
    if (!drop) kept.push_back(std::move(piece));
  }
  if (dropped > 0) note(fmt::format("{} of {} calls dropped: {}", dropped, calls.all(), to_string(turn_.stop)));
  turn_.message.parts.clear();
  for (const Piece& piece : kept)
    if (piece.part) turn_.message.parts.push_back(*piece.part);
  turn_.message.raw = raw_of(kept);
}

Answer reduce_whole(CommonReducer& reducer, std::string_view body) {
  reducer.take_whole(body);
  return reducer.end(Ending::complete);
}

}  // namespace adapt::llm
