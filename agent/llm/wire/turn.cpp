#include "agent/llm/wire/turn.h"

namespace adapt::llm {
namespace {

// The enumerator, up to `last`, that is spelled so.
template <class Enum>
std::optional<Enum> parse_enum(std::string_view text, Enum last) {
  for (int i = 0; i <= static_cast<int>(last); ++i)
    if (to_string(static_cast<Enum>(i)) == text) return static_cast<Enum>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Stop stop) {
  switch (stop) {
    case Stop::end: return "end";
    case Stop::tool: return "tool";
    case Stop::length: return "length";
    case Stop::context: return "context";
    case Stop::pause: return "pause";
    case Stop::stop_sequence: return "stop_sequence";
    case Stop::refusal: return "refusal";
    case Stop::malformed: return "malformed";
    case Stop::server_error: return "server_error";
    case Stop::unknown: return "unknown";
  }
  return "";
}

std::optional<Stop> parse_stop(std::string_view text) { return parse_enum(text, Stop::unknown); }

std::string_view to_string(CallErrorKind kind) {
  switch (kind) {
    case CallErrorKind::connect: return "connect";
    case CallErrorKind::loading: return "loading";
    case CallErrorKind::rate: return "rate";
    case CallErrorKind::overload: return "overload";
    case CallErrorKind::server: return "server";
    case CallErrorKind::cut: return "cut";
    case CallErrorKind::silent: return "silent";
    case CallErrorKind::conflict: return "conflict";
    case CallErrorKind::context: return "context";
    case CallErrorKind::refusal: return "refusal";
    case CallErrorKind::caller: return "caller";
    case CallErrorKind::auth: return "auth";
    case CallErrorKind::money: return "money";
    case CallErrorKind::not_capable: return "not_capable";
    case CallErrorKind::oversized: return "oversized";
    case CallErrorKind::poison: return "poison";
    case CallErrorKind::cancelled: return "cancelled";
    case CallErrorKind::missing: return "missing";
  }
  return "";
}

std::optional<CallErrorKind> parse_call_error_kind(std::string_view text) {
  return parse_enum(text, CallErrorKind::missing);
}

std::string_view to_string(ErrorScope scope) {
  switch (scope) {
    case ErrorScope::request: return "request";
    case ErrorScope::job: return "job";
    case ErrorScope::endpoint: return "endpoint";
    case ErrorScope::key: return "key";
    case ErrorScope::account: return "account";
  }
  return "";
}

std::optional<ErrorScope> parse_error_scope(std::string_view text) { return parse_enum(text, ErrorScope::account); }

Usage& Usage::operator+=(const Usage& other) {
  fresh += other.fresh;
  cache_read += other.cache_read;
  cache_write += other.cache_write;
  cache_write_1h += other.cache_write_1h;
  output += other.output;
  reasoning += other.reasoning;
  estimated = estimated || other.estimated;
  return *this;
}

}  // namespace adapt::llm
