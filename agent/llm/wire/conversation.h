// What is said to a language model and what it answers, in no provider's format.
//
// A conversation is append-only: providers cache and sign prefixes of it, so what has been sent is never rewritten, but
// for a compaction, which starts a new one.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tools/base/json.h"

namespace adapt::llm {

// Something the model may call. `parameters` is a JSON Schema of an object.
struct ToolSpec {
  std::string name;
  std::string description;
  Json parameters = Json::object();
};

struct Text {
  std::string text;
};

// What a provider wants back unread: a thinking block with its signature, an encrypted reasoning item.
struct Reasoning {
  OrderedJson raw;
};

struct ToolCall {
  std::string id;         // unique within its turn; made by us where the server sent none
  std::string name;       // as the model wrote it
  std::string arguments;  // JSON text, byte for byte as received
  OrderedJson extra{};  // members that we do not know but have to return (thought signatures); null when there are none
};

using Part = std::variant<Text, Reasoning, ToolCall>;

// Who said a turn. Reasoning, signatures and cached prefixes hold for the same origin only.
struct Origin {
  std::string dialect, model;
  std::string account;  // fingerprint of the key, never the key
  bool operator==(const Origin&) const = default;
};

struct UserText {
  std::string text;
};

struct AssistantTurn {
  std::vector<Part> parts;  // in the order of the answer
  // The provider's own form of it, its keys in their order; what is sent back while the origin is the same. Null when
  // only the parts are to be used.
  OrderedJson raw{};
  Origin origin{};

  std::vector<ToolCall> calls() const;
  std::string text() const;  // of all text parts
};

struct ToolResult {
  std::string call_id;
  std::string name;
  std::string text;  // UTF-8
  bool is_error = false;
};

// The answers to every call of the turn before, in the order of its calls.
struct ToolResults {
  std::vector<ToolResult> results;
};

using Message = std::variant<UserText, AssistantTurn, ToolResults>;

enum class ToolWish : std::uint8_t {
  none,      // no call now
  optional,  // the model decides
  required,  // a wish: many servers accept and ignore it, some refuse it, so callers must cope without a call
};

struct Request {
  std::string system;
  std::vector<Message> messages;
  std::vector<ToolSpec> tools;  // sorted by name: the order is part of what is cached
  ToolWish wish = ToolWish::optional;
  bool parallel_calls = true;
  std::int64_t max_output_tokens = 4096;
  std::string effort{};     // "low", "medium", "high"; "": the server's own choice
  std::string cache_key{};  // groups requests with one prefix; "" for none
  Json format{};            // JSON Schema that the answer's text has to follow; null for none
};

// What a server would refuse or misread: a call without its answer, an answer without its call, an empty conversation,
// two answers to one call, a turn that follows a turn. "" when there is nothing to complain about.
std::string complaint_about(const Request& request);

}  // namespace adapt::llm
