// What an answer that is no success means. Codes and types decide first, then the words of the error's own message,
// then the status.
#include <algorithm>
#include <cctype>

#include "agent/llm/wire/dialect.h"
#include "agent/llm/wire/error_body.h"
#include "agent/llm/wire/waits.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

constexpr std::size_t kMaxMessage = 500;
constexpr std::size_t kMaxSearched = 4000;

struct Row {
  std::string_view text;
  CallErrorKind kind;
};

// Codes and types that mean one thing whatever the status; "x*" stands for all that begin with x.
constexpr Row kSpecific[] = {
    // The account: no waiting helps.
    {"insufficient_quota", CallErrorKind::money},
    {"credit_balance_exhausted", CallErrorKind::money},
    {"organization_spend_limit_exceeded", CallErrorKind::money},
    {"project_spend_limit_exceeded", CallErrorKind::money},
    {"organization_usage_limit_exceeded", CallErrorKind::money},
    {"billing_hard_limit_reached", CallErrorKind::money},
    {"billing_not_active", CallErrorKind::money},
    {"billing_error", CallErrorKind::money},
    {"enforced_spend_limit_reached", CallErrorKind::money},
    {"contract_spend_limit_reached", CallErrorKind::money},
    {"organization_on_hold", CallErrorKind::money},
    {"BILLING_DISABLED", CallErrorKind::money},
    // The conversation.
    {"context_length_exceeded", CallErrorKind::context},
    {"exceed_context_size_error", CallErrorKind::context},
    {"context_window_exceeded", CallErrorKind::context},
    // Policy.
    {"content_filter", CallErrorKind::refusal},
    {"content_policy_violation", CallErrorKind::refusal},
    {"invalid_prompt", CallErrorKind::refusal},
    {"misalignment_policy_violation", CallErrorKind::refusal},
    {"potentially_unintended_*", CallErrorKind::refusal},
    // Too much at once.
    {"ramp_limit_exceeded", CallErrorKind::rate},
    {"rate_limit_exceeded", CallErrorKind::rate},
    {"rate_limit_error", CallErrorKind::rate},
    {"too_many_requests", CallErrorKind::rate},
    {"RESOURCE_EXHAUSTED", CallErrorKind::rate},
    {"slow_down", CallErrorKind::overload},
    {"server_is_overloaded", CallErrorKind::overload},
    {"engine_overloaded", CallErrorKind::overload},
    {"overloaded_error", CallErrorKind::overload},
    {"UNAVAILABLE", CallErrorKind::overload},
    {"unavailable_error", CallErrorKind::loading},
    {"service_unavailable", CallErrorKind::loading},
    {"model_not_ready", CallErrorKind::loading},
    // The key.
    {"invalid_api_key", CallErrorKind::auth},
    {"account_deactivated", CallErrorKind::auth},
    {"unsupported_country_region_territory", CallErrorKind::auth},
    {"authentication_error", CallErrorKind::auth},
    {"permission_error", CallErrorKind::auth},
    {"API_KEY_INVALID", CallErrorKind::auth},
    {"UNAUTHENTICATED", CallErrorKind::auth},
    {"PERMISSION_DENIED", CallErrorKind::auth},
    // The server.
    {"compaction_unavailable", CallErrorKind::server},
    {"cmek_*", CallErrorKind::server},
    {"conflict_error", CallErrorKind::conflict},
    {"model_not_found", CallErrorKind::caller},
};

// Types that are also put on what the message tells better.
constexpr Row kGeneric[] = {
    {"timeout_error", CallErrorKind::server},       {"api_error", CallErrorKind::server},
    {"server_error", CallErrorKind::server},        {"internal_server_error", CallErrorKind::server},
    {"InternalServerError", CallErrorKind::server}, {"INTERNAL", CallErrorKind::server},
    {"DEADLINE_EXCEEDED", CallErrorKind::server},   {"invalid_request_error", CallErrorKind::caller},
    {"invalid_request", CallErrorKind::caller},     {"BadRequestError", CallErrorKind::caller},
    {"not_found_error", CallErrorKind::caller},     {"NotFoundError", CallErrorKind::caller},
    {"request_too_large", CallErrorKind::caller},   {"INVALID_ARGUMENT", CallErrorKind::caller},
    {"FAILED_PRECONDITION", CallErrorKind::caller}, {"NOT_FOUND", CallErrorKind::caller},
};

// Parts of messages, in lower case.
constexpr Row kPhrases[] = {
    {"maximum context length", CallErrorKind::context},
    {"prompt is too long", CallErrorKind::context},
    {"exceed context limit", CallErrorKind::context},
    {"exceeds the available context size", CallErrorKind::context},
    {"longer than the maximum model length", CallErrorKind::context},
    {"exceeds the maximum number of tokens allowed", CallErrorKind::context},
    {"input tokens exceed the configured limit", CallErrorKind::context},
    {"decrease input length", CallErrorKind::context},
    {"exceeds the context window", CallErrorKind::context},
    {"context window is full", CallErrorKind::context},
    {"credit balance is too low", CallErrorKind::money},
    {"loading model", CallErrorKind::loading},
    {"model is loading", CallErrorKind::loading},
    {"model is not ready", CallErrorKind::loading},
    {"model not ready", CallErrorKind::loading},
    {"does not support tools", CallErrorKind::not_capable},
    {"support tool use", CallErrorKind::not_capable},
    {"--enable-auto-tool-choice", CallErrorKind::not_capable},
    {"tools param requires", CallErrorKind::not_capable},
    {"does not match the expected peg-", CallErrorKind::not_capable},  // an answer in no form of calls that is known
    {"api key not valid", CallErrorKind::auth},
};

constexpr struct {
  int first, last;
  CallErrorKind kind;
} kStatuses[] = {
    {401, 401, CallErrorKind::auth},     {402, 402, CallErrorKind::money},    {403, 403, CallErrorKind::auth},
    {407, 407, CallErrorKind::connect},  {408, 409, CallErrorKind::conflict}, {425, 425, CallErrorKind::conflict},
    {429, 429, CallErrorKind::rate},     {300, 499, CallErrorKind::caller},   {503, 503, CallErrorKind::overload},
    {529, 529, CallErrorKind::overload}, {500, 599, CallErrorKind::server},
};

constexpr struct {
  CallErrorKind kind;
  ErrorScope scope;
} kScopes[] = {
    {CallErrorKind::connect, ErrorScope::endpoint},
    {CallErrorKind::loading, ErrorScope::endpoint},
    {CallErrorKind::overload, ErrorScope::endpoint},
    {CallErrorKind::rate, ErrorScope::key},
    {CallErrorKind::auth, ErrorScope::key},
    {CallErrorKind::money, ErrorScope::account},
    {CallErrorKind::not_capable, ErrorScope::endpoint},
    {CallErrorKind::context, ErrorScope::job},
    {CallErrorKind::refusal, ErrorScope::job},
};

template <std::size_t N>
std::optional<CallErrorKind> kind_of_words(const std::vector<std::string>& words, const Row (&table)[N]) {
  for (const std::string& word : words)
    for (const Row& row : table) {
      const bool stem = row.text.ends_with('*') && word.starts_with(row.text.substr(0, row.text.size() - 1));
      if (stem || word == row.text) return row.kind;
    }
  return std::nullopt;
}

std::optional<CallErrorKind> kind_of_message(std::string_view message) {
  std::string lower(message.substr(0, kMaxSearched));
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Row& row : kPhrases)
    if (contains(lower, row.text)) return row.kind;
  const std::size_t current = lower.find("current length is");
  if (current != std::string::npos && lower.find("while limit is", current) != std::string::npos)
    return CallErrorKind::context;
  return std::nullopt;
}

CallErrorKind kind_of_status(int status) {
  for (const auto& row : kStatuses)
    if (status >= row.first && status <= row.last) return row.kind;
  return CallErrorKind::server;
}

// Where the status alone settles the matter, a message that echoes the prompt must not.
bool is_settled(int status) { return status == 401 || status == 402 || status == 403 || status == 429; }

CallErrorKind kind_of(const ErrorBody& body, int status) {
  if (const auto kind = kind_of_words(body.words, kSpecific)) return *kind;
  if (!is_settled(status))
    if (const auto kind = kind_of_message(body.message)) return *kind;
  if (status < 400)
    if (const auto kind = kind_of_words(body.words, kGeneric)) return *kind;
  return kind_of_status(status);
}

// One line for people, cut between characters.
std::string safe_message(const ErrorBody& body, int status, std::string_view bytes, std::string_view content_type) {
  std::string text = body.message;
  if (trim(text).empty()) {
    const std::string_view type = content_type.substr(0, content_type.find(';'));
    text = fmt::format("status {} with {} bytes of {}", status, bytes.size(), type.empty() ? "an unknown kind" : type);
  }
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  if (!is_utf8(text)) text = parse_json(dump(Json(text)))->get<std::string>();  // dump() replaces what is no UTF-8
  text = text.substr(0, kMaxMessage);
  while (!is_utf8(text)) text.pop_back();
  return text;
}

}  // namespace

CallError classify(int status, const Headers& headers, std::string_view body) {
  const ErrorBody read = read_error_body(body);
  const int effective = status >= 400 || read.status == 0 ? status : read.status;
  CallError out;
  out.kind = kind_of(read, effective);
  for (const auto& row : kScopes)
    if (row.kind == out.kind) out.scope = row.scope;
  out.status = status;
  out.code = read.code;
  out.type = read.type;
  out.wait_ms = read.wait_ms;
  if (!out.wait_ms && (out.kind == CallErrorKind::rate || out.kind == CallErrorKind::overload))
    out.wait_ms = wait_in_prose(read.message);
  const std::string_view should_retry = header(headers, "x-should-retry");
  if (should_retry == "true" || should_retry == "false") out.should_retry = should_retry == "true";
  for (const std::string_view name : {"request-id", "x-request-id", "x-generation-id"})
    if (out.request_id.empty()) out.request_id = header(headers, name);
  if (out.request_id.empty()) out.request_id = read.request_id;
  out.message = safe_message(read, status, body, header(headers, "content-type"));
  return out;
}

}  // namespace adapt::llm
