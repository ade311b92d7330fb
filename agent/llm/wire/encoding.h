// What the encoders of all dialects share. For the dialects only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/wire/dialect.h"

namespace adapt::llm {

// What of a request's wishes the profile lets through, and what not.
struct Wishes {
  bool none = false;         // no call now
  bool forced = false;       // a call now
  bool single_call = false;  // at most one call
  std::string effort;
  Json format;  // null for none
  std::int64_t output_cap = 0;
  std::vector<std::string> dropped;
};
Wishes wishes_of(const Request& request, const Profile& profile);

// Whether the turn may go back in the provider's own form.
bool is_own(const AssistantTurn& turn, const Target& target, DialectName dialect);

// The id under which call `call` of message `message` is sent. A foreign id may have letters, lengths and repetitions
// that a server refuses, so it is replaced by one made of the place; what is sent stays the same as the conversation
// grows.
std::string sent_id(const AssistantTurn& turn, bool own, std::size_t message, std::size_t call);

// What is sent as the arguments of a call: themselves, or "{}" when they are no JSON object. Some servers answer 500 to
// a history that holds unreadable ones.
std::string sent_arguments(const std::string& arguments);
OrderedJson sent_arguments_object(const std::string& arguments);

// Servers refuse blank texts, and a conversation must keep its alternation: "(nothing)" then.
std::string said_text(std::string_view text);
// A failure is told in words where a dialect has no flag for it.
std::string result_text(const ToolResult& result);

// Whether a schema lies in the subset that servers take as strict: each object lists all its properties as required and
// allows no others.
bool is_strict_schema(const Json& schema);

// Calls `on_turn(turn, i)`, `on_results(results, turn before, i)` and `on_user(text, i)` in order.
template <class OnUser, class OnTurn, class OnResults>
void walk(const Request& request, const OnUser& on_user, const OnTurn& on_turn, const OnResults& on_results) {
  for (std::size_t i = 0; i < request.messages.size(); ++i) {
    const Message& message = request.messages[i];
    if (const auto* user = std::get_if<UserText>(&message)) on_user(*user, i);
    if (const auto* turn = std::get_if<AssistantTurn>(&message)) on_turn(*turn, i);
    if (const auto* results = std::get_if<ToolResults>(&message))
      on_results(*results, std::get<AssistantTurn>(request.messages[i - 1]), i);
  }
}

// Content type, what is accepted, and the API's version.
Headers common_headers(const Target& target);

// The one of each dialect, made once.
const Dialect& chat_dialect();
const Dialect& responses_dialect();
const Dialect& messages_dialect();
const Dialect& gemini_dialect();

}  // namespace adapt::llm
