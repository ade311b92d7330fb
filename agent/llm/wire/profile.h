// What a kind of endpoint can do and how it wants to be asked. Data: agent/llm/data/profiles.json has one object each.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::llm {

enum class DialectName : std::uint8_t { chat, responses, messages, gemini };
std::string_view to_string(DialectName dialect);
std::optional<DialectName> parse_dialect(std::string_view text);

// How calls of tools travel.
enum class ToolStyle : std::uint8_t {
  native,  // in the dialect's own form
  text,    // as plain text, for models that do not call reliably: text_protocol.h
};

enum class CacheStyle : std::uint8_t {
  none,
  automatic,  // the server keeps prefixes by itself
  keyed,      // the same, helped by `prompt_cache_key`
  markers,    // `cache_control` on blocks
};

// Whose form of batches the service speaks: many questions at once, answered within a day and for less.
enum class BatchForm : std::uint8_t { none, openai, anthropic };
std::string_view to_string(BatchForm form);

struct Profile {
  std::string
      name;  // "anthropic", "openai", "responses", "gemini", "openrouter", "vllm", "llama-server", "tt", "compatible"
  DialectName dialect = DialectName::chat;
  std::string base_url;      // "https://api.example.com/v1"; "" when the user gives it
  std::string auth_header;   // "authorization" (sent as Bearer), "x-api-key", "x-goog-api-key"; "": none
  std::string key_variable;  // environment variable that holds the key; "": none is needed
  std::string api_version;   // "anthropic-version"; ""
  std::string output_cap_field = "max_tokens";  // chat: this or "max_completion_tokens"

  std::int64_t context_tokens = 0;     // 0: unknown
  std::int64_t max_output_tokens = 0;  // 0: unknown

  // What may be sent. What may not is left out and counted among the dropped wishes.
  bool sampling = false;        // temperature and its kin; never needed
  bool forced_tool = false;     // tool_choice required / any
  bool parallel_switch = true;  // parallel_tool_calls / disable_parallel_tool_use
  bool strict_tools = false;
  bool format = false;  // JSON Schema for the answer
  bool effort = false;  // reasoning effort
  bool stream = true;
  bool stream_usage = true;   // stream_options.include_usage
  bool store_switch = false;  // store:false (responses)
  bool cache_key = false;     // prompt_cache_key

  ToolStyle tools = ToolStyle::native;
  CacheStyle cache = CacheStyle::none;
  std::int64_t cache_minimum_tokens = 1024;
  BatchForm batch = BatchForm::none;
  std::int64_t batch_percent = 50;  // what a token costs in a batch, of its price

  // Member in which reasoning is sent back (chat): "reasoning", "reasoning_content", "reasoning_details" (the blocks
  // that came, signatures and all), "".
  std::string reasoning_out;
  bool reasoning_items = true;       // reasoning may be sent back at all
  bool keeps_call_extra = false;     // unknown members of calls are sent back
  bool text_calls = false;           // calls written as <tool_call> text in the content are taken out
  bool calls_beside_length = false;  // complete calls of a turn that hit the output cap may be run

  std::int64_t heartbeat_ms = 0;  // period of comment lines; 0: unknown
  std::int64_t first_byte_ms = 600'000;
  std::int64_t requests_per_minute = 0;  // 0: unknown until the server says
  std::int64_t concurrency = 8;
};

// The built-in profiles. An unknown name is a usage error with the nearest.
Result<Profile> find_profile(std::string_view name);
std::vector<std::string> profile_names();
// Members that are missing keep their defaults; an unknown member is an error (it would be ignored otherwise).
Result<Profile> parse_profile(const Json& object);

}  // namespace adapt::llm
