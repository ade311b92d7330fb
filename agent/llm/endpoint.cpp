#include "agent/llm/endpoint.h"

#include <algorithm>
#include <cstdlib>

#include "agent/llm/http/network_environment.h"
#include "agent/llm/wire/dialect.h"
#include "agent/llm/wire/text_protocol.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

constexpr std::string_view kForms =
    "anthropic:<model>, openai:<model>, responses:<model>, "
    "http://host:port/v1#<model>, <profile>@http://...#<model> or replay:<run>";

bool is_url(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

// "user@host:80" of "http://user@host:80/path".
std::string_view authority_of(std::string_view url) {
  const std::string_view rest = url.substr(url.find("://") + 3);
  return rest.substr(0, rest.find_first_of("/\\?#"));
}

// "host" of the same.
std::string_view host_of(std::string_view url) {
  std::string_view rest = authority_of(url);
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  if (rest.starts_with('[')) return rest.substr(1, rest.find(']') - 1);
  return rest.substr(0, rest.find(':'));
}

Result<Endpoint> with_url(std::string_view text, std::string_view profile, std::string_view url) {
  const std::size_t mark = url.find('#');
  std::string_view base = url.substr(0, mark);
  while (base.ends_with('/')) base.remove_suffix(1);
  // First, so that no other message repeats a password.
  if (authority_of(base).find('@') != std::string_view::npos)
    return fail(ErrorKind::usage,
                "an address may not hold a user or a password: name the variable of the key with "
                "llm.key_variable");
  Endpoint endpoint{.text = std::string(text), .base_url = std::string(base)};
  ADAPT_TRY(endpoint.profile, find_profile(profile));
  if (mark != std::string_view::npos) endpoint.model = url.substr(mark + 1);
  if (endpoint.model.empty()) return fail(ErrorKind::usage, "'{}' names no model; write {}#<model>", text, base);
  if (host_of(base).empty()) return fail(ErrorKind::usage, "'{}' names no host", text);
  return endpoint;
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view text) {
  if (is_url(text)) return with_url(text, "compatible", text);
  const std::size_t at = text.find('@');
  if (at != std::string_view::npos && is_url(text.substr(at + 1)))
    return with_url(text, text.substr(0, at), text.substr(at + 1));
  if (contains(text, "://"))
    return fail(ErrorKind::usage, "an address begins with http:// or https://; write {}", kForms);
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return fail(ErrorKind::usage, "'{}' is no endpoint; write {}", text, kForms);
  const std::string_view name = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  if (rest.empty()) return fail(ErrorKind::usage, "'{}' names no model; write {}", text, kForms);
  Endpoint endpoint{.text = std::string(text)};
  if (name == "replay") {
    endpoint.replay_run = rest;
    return endpoint;
  }
  ADAPT_TRY(endpoint.profile, find_profile(name));
  if (endpoint.profile.base_url.empty())
    return fail(ErrorKind::usage, "the profile '{}' has no address of its own; write {}@http://host:port/v1#{}", name,
                name, rest);
  endpoint.base_url = endpoint.profile.base_url;
  endpoint.model = rest;
  return endpoint;
}

Result<std::string> read_key(const Endpoint& endpoint, const std::string& variable) {
  const std::string& name = variable.empty() ? endpoint.profile.key_variable : variable;
  if (name.empty()) return std::string();
  const char* value = std::getenv(name.c_str());
  std::string key = value == nullptr ? "" : std::string(trim(value));
  const bool needed = !variable.empty() || !is_local(endpoint.base_url);
  if (key.empty() && needed && !endpoint.profile.auth_header.empty())
    return fail(ErrorKind::environment, "{} needs a key: set the environment variable {}", endpoint.text, name);
  for (const char c : key)
    if (static_cast<unsigned char>(c) <= ' ' || c == 127)
      return fail(ErrorKind::environment, "the key in {} holds a blank or a control character", name);
  return key;
}

std::string account_of(std::string_view key) { return key.empty() ? "" : sha256_hex(key).substr(0, 12); }

bool is_local(std::string_view base_url) { return is_loopback(host_of(base_url)); }

Request prepared(const Request& request, const Profile& profile) {
  Request out = profile.tools == ToolStyle::text ? as_text(request) : request;
  if (profile.max_output_tokens > 0) out.max_output_tokens = std::min(out.max_output_tokens, profile.max_output_tokens);
  return out;
}

Headers headers_of(const Endpoint& endpoint, const std::string& key) {
  const Profile& profile = endpoint.profile;
  Headers out = dialect(profile.dialect).headers({profile, endpoint.model, endpoint.account});
  if (!key.empty() && !profile.auth_header.empty())
    out.emplace_back(profile.auth_header, profile.auth_header == "authorization" ? "Bearer " + key : key);
  return out;
}

}  // namespace adapt::llm
