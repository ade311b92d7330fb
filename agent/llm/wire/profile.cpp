#include "agent/llm/wire/profile.h"

#include <algorithm>

#include "llm_profiles.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

template <class Value>
struct Field {
  std::string_view key;
  Value Profile::*field;
};

constexpr Field<std::string> kTexts[] = {
    {"name", &Profile::name},
    {"base_url", &Profile::base_url},
    {"auth_header", &Profile::auth_header},
    {"key_variable", &Profile::key_variable},
    {"api_version", &Profile::api_version},
    {"output_cap_field", &Profile::output_cap_field},
    {"reasoning_out", &Profile::reasoning_out},
};

constexpr Field<bool> kSwitches[] = {
    {"sampling", &Profile::sampling},
    {"forced_tool", &Profile::forced_tool},
    {"parallel_switch", &Profile::parallel_switch},
    {"strict_tools", &Profile::strict_tools},
    {"format", &Profile::format},
    {"effort", &Profile::effort},
    {"stream", &Profile::stream},
    {"stream_usage", &Profile::stream_usage},
    {"store_switch", &Profile::store_switch},
    {"cache_key", &Profile::cache_key},
    {"reasoning_items", &Profile::reasoning_items},
    {"keeps_call_extra", &Profile::keeps_call_extra},
    {"text_calls", &Profile::text_calls},
    {"calls_beside_length", &Profile::calls_beside_length},
};

constexpr Field<std::int64_t> kNumbers[] = {
    {"context_tokens", &Profile::context_tokens},
    {"max_output_tokens", &Profile::max_output_tokens},
    {"cache_minimum_tokens", &Profile::cache_minimum_tokens},
    {"batch_percent", &Profile::batch_percent},
    {"heartbeat_ms", &Profile::heartbeat_ms},
    {"first_byte_ms", &Profile::first_byte_ms},
    {"requests_per_minute", &Profile::requests_per_minute},
    {"concurrency", &Profile::concurrency},
};

std::string_view to_string(ToolStyle style) { return style == ToolStyle::native ? "native" : "text"; }

std::string_view to_string(CacheStyle style) {
  switch (style) {
    case CacheStyle::none: return "none";
    case CacheStyle::automatic: return "automatic";
    case CacheStyle::keyed: return "keyed";
    case CacheStyle::markers: return "markers";
  }
  return "";
}

// Reads the member when it is there; the enumerators up to `last` are what it may be.
template <class Enum>
Result<void> read_word(const Json& object, std::string_view key, Enum last, Enum& out) {
  if (!object.contains(key)) return {};
  ADAPT_TRY(const std::string word, read_string(object, key, "profile"));
  std::vector<std::string> known;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    const auto value = static_cast<Enum>(i);
    known.emplace_back(to_string(value));
    if (word != known.back()) continue;
    out = value;
    return {};
  }
  return fail(ErrorKind::parse, "profile.{} is '{}', not one of {}", key, word, join(known, ", "));
}

template <class Table, class Read>
Result<void> read_fields(const Json& object, const Table& table, const Read& read, Profile& out) {
  for (const auto& row : table) {
    if (!object.contains(row.key)) continue;
    ADAPT_TRY(auto value, read(object, row.key, "profile"));
    out.*row.field = std::move(value);
  }
  return {};
}

std::vector<std::string> known_keys() {
  std::vector<std::string> keys = {"dialect", "tools", "cache", "batch"};
  for (const auto& row : kTexts) keys.emplace_back(row.key);
  for (const auto& row : kSwitches) keys.emplace_back(row.key);
  for (const auto& row : kNumbers) keys.emplace_back(row.key);
  return keys;
}

const std::vector<Profile>& built_in() {
  static const std::vector<Profile> profiles = [] {
    std::vector<Profile> out;
    const Result<Json> file = parse_json(k_profiles);
    ADAPT_CHECK(file && file->is_object(), "the built-in profiles are no JSON");
    for (const auto& [name, object] : file->items()) {
      Result<Profile> profile = parse_profile(object);
      ADAPT_CHECK(profile.has_value(), "a built-in profile is refused");
      profile->name = name;
      out.push_back(*std::move(profile));
    }
    return out;
  }();
  return profiles;
}

}  // namespace

std::string_view to_string(DialectName dialect) {
  switch (dialect) {
    case DialectName::chat: return "chat";
    case DialectName::responses: return "responses";
    case DialectName::messages: return "messages";
    case DialectName::gemini: return "gemini";
  }
  return "";
}

std::string_view to_string(BatchForm form) {
  switch (form) {
    case BatchForm::none: return "none";
    case BatchForm::openai: return "openai";
    case BatchForm::anthropic: return "anthropic";
  }
  return "";
}

std::optional<DialectName> parse_dialect(std::string_view text) {
  for (const auto dialect : {DialectName::chat, DialectName::responses, DialectName::messages, DialectName::gemini})
    if (to_string(dialect) == text) return dialect;
  return std::nullopt;
}

Result<Profile> parse_profile(const Json& object) {
  if (!object.is_object()) return fail(ErrorKind::parse, "a profile is not an object");
  const std::vector<std::string> known = known_keys();
  for (const auto& [key, value] : object.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      return fail(ErrorKind::parse, "unknown member '{}' of a profile{}", key, did_you_mean(key, known));
  Profile out;
  ADAPT_TRY_VOID(read_word(object, "dialect", DialectName::gemini, out.dialect));
  ADAPT_TRY_VOID(read_word(object, "tools", ToolStyle::text, out.tools));
  ADAPT_TRY_VOID(read_word(object, "cache", CacheStyle::markers, out.cache));
  ADAPT_TRY_VOID(read_word(object, "batch", BatchForm::anthropic, out.batch));
  ADAPT_TRY_VOID(read_fields(object, kTexts, read_string, out));
  ADAPT_TRY_VOID(read_fields(object, kSwitches, read_bool, out));
  ADAPT_TRY_VOID(read_fields(object, kNumbers, read_int, out));
  for (const auto& row : kNumbers)
    if (out.*row.field < 0) return fail(ErrorKind::parse, "profile.{} is negative", row.key);
  if (out.batch_percent > 100) return fail(ErrorKind::parse, "profile.batch_percent is above 100");
  return out;
}

Result<Profile> find_profile(std::string_view name) {
  for (const Profile& profile : built_in())
    if (profile.name == name) return profile;
  return fail(ErrorKind::usage, "unknown profile '{}'{}", name, did_you_mean(name, profile_names()));
}

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const Profile& profile : built_in()) names.push_back(profile.name);
  return names;
}

}  // namespace adapt::llm
