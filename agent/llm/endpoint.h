// Whom to ask, as it is typed after --llm:
//
//   anthropic:<model>                      a built-in profile
//   http://127.0.0.1:8080/v1#<model>       any server that speaks chat completions
//   llama-server@http://host:8080/v1#<model>   the same with a profile that is named
//   replay:<run>                           a recorded run
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/llm/http/headers.h"
#include "agent/llm/wire/conversation.h"
#include "agent/llm/wire/profile.h"
#include "tools/base/result.h"

namespace adapt::llm {

struct Endpoint {
  std::string text{};  // as typed
  Profile profile{};
  std::string base_url{};  // without a slash at its end
  std::string model{};
  std::string replay_run{};  // of "replay:<run>", where nothing else is filled; ""
  std::string account{};     // see account_of(); of the run's first call, also where a resumed run has another key
};

// A usage error with the nearest profile, or what is missing.
Result<Endpoint> parse_endpoint(std::string_view text);

// The key's value from the profile's environment variable, or from `variable` when that is not "". An environment error
// names the variable when it is needed and not set. "": none is needed.
Result<std::string> read_key(const Endpoint& endpoint, const std::string& variable);

// What stands for a key in records: 12 hex digits of its hash, "" for none.
std::string account_of(std::string_view key);

bool is_local(std::string_view base_url);  // on this machine

// The form in which the endpoint understands the request.
Request prepared(const Request& request, const Profile& profile);

// The dialect's headers and, where there is a key, the one that carries it.
Headers headers_of(const Endpoint& endpoint, const std::string& key);

}  // namespace adapt::llm
