// Our client as the engine has it, with real time, real waits and a real connection, and what tests ask with it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/llm/http/curl_transport.h"
#include "agent/llm/turn_runner.h"
#include "tests/unit/llm/llama/llama_server.h"
#include "tools/base/text.h"

namespace adapt::llm {

// Stands in for a run's log: nothing here is resumed.
class ForgetfulLog final : public SpendLog {
 public:
  Result<void> reserved(const Reservation&) override { return {}; }
  Result<void> settled(const Settlement&) override { return {}; }
};

// The profile llama-server, with another dialect than its own where one is named.
inline Profile profile_of(DialectName dialect) {
  Profile profile = find_profile("llama-server").value();
  profile.dialect = dialect;
  if (dialect == DialectName::messages) profile.auth_header = "x-api-key";
  return profile;
}

struct Client {
  Client(Transport& connection, const std::string& base_url, Profile profile, std::string key = "")
      : transport(connection),
        gate(profile, clock),
        runner(
            {.text = "test", .profile = std::move(profile), .base_url = base_url, .model = "tiny"},
            [key = std::move(key)] { return Result<std::string>(key); },
            {transport, gate, ledger, redactor, clock, pause, cancel}, {}, 7) {}

  Result<TurnOutcome> ask(const Request& request) {
    Result<TurnOutcome> outcome = runner.run(request);
    if (outcome)
      if (const auto* done = std::get_if<Done>(&*outcome)) ledger.settled(done->settlement);
    return outcome;
  }

  Transport& transport;
  SystemClock clock;
  CancelToken cancel;
  RealPause pause{cancel};
  ForgetfulLog log;
  Redactor redactor{{"a secret that nobody sends"}};
  Budget budget{"test", {}};
  Ledger ledger{budget, log, Prices::built_in(), clock};
  Gate gate;
  TurnRunner runner;
};

inline Json object_schema(const Json& properties) {
  std::vector<std::string> required;
  for (const auto& [name, schema] : properties.items()) required.push_back(name);
  return {{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}};
}

inline std::vector<ToolSpec> tools() {
  const Json text = {{"type", "string"}};
  return {{"read_source", "Shows a function.", object_schema({{"symbol", text}})},
          {"rewrite", "Changes code.", object_schema({{"replace", text}, {"search", text}})},
          {"set_option", "Sets an option.",
           object_schema({{"name", {{"type", "string"}, {"enum", {"alpha", "beta"}}}},
                          {"on", {{"type", "boolean"}}},
                          {"value", {{"type", "integer"}}}})}};
}

inline Request request_of(const std::string& text) {
  Request request;
  request.system = "You repair programs.";
  request.messages = {UserText{text}};
  request.tools = tools();
  request.max_output_tokens = 2000;
  return request;
}

// What is wrong with `value`, by the few words of JSON Schema that these tests use; "" when nothing is.
inline std::string complaint_about(const Json& value, const Json& schema) {
  const std::string type = string_or(schema, "type", "");
  if (type == "string" && !value.is_string()) return "no text: " + dump(value);
  if (type == "integer" && !value.is_number_integer()) return "no integer: " + dump(value);
  if (type == "boolean" && !value.is_boolean()) return "no truth value: " + dump(value);
  const std::vector<std::string> choices = strings_or_empty(schema, "enum");
  if (!choices.empty() && std::ranges::count(choices, value.get<std::string>()) == 0)
    return "no choice: " + dump(value);
  if (type != "object") return "";
  const Json& properties = schema["properties"];
  if (!value.is_object() || value.size() != properties.size()) return "other members: " + dump(value);
  for (const auto& [name, property] : properties.items()) {
    if (!value.contains(name)) return "without " + name;
    if (const std::string inner = complaint_about(value[name], property); !inner.empty()) return inner;
  }
  return "";
}

inline std::string complaint_about(const ToolCall& call) {
  const std::vector<ToolSpec> known = tools();
  const auto tool = std::ranges::find(known, call.name, &ToolSpec::name);
  if (tool == known.end()) return "no tool of ours: " + call.name;
  const Result<Json> arguments = parse_json(call.arguments);
  if (!arguments) return "no JSON: " + call.arguments;
  return complaint_about(*arguments, tool->parameters);
}

// What is wrong with the calls of a turn: those that there are can be run, and there are some exactly when it says so.
inline std::string complaint_about(const Turn& turn) {
  const std::vector<ToolCall> calls = turn.message.calls();
  if (calls.empty() != (turn.stop != Stop::tool))
    return fmt::format("{} calls with stop {}", calls.size(), to_string(turn.stop));
  std::set<std::string> ids;
  for (const ToolCall& call : calls) {
    if (!ids.insert(call.id).second || call.id.empty()) return "an id that does not name one call: " + call.id;
    if (const std::string complaint = complaint_about(call); !complaint.empty()) return complaint;
  }
  return "";
}

// "tool", "context 400": how it ended.
inline std::string told(const Result<TurnOutcome>& outcome) {
  if (!outcome) return fmt::format("{}: {}", to_string(outcome.error().kind), outcome.error().message);
  if (const auto* done = std::get_if<Done>(&*outcome)) return std::string(to_string(done->turn.stop));
  const CallError& error = std::get<Failed>(*outcome).error;
  return fmt::format("{} {}", to_string(error.kind), error.status);
}

// The turn; a failure of the test, with everything that is known, where there is none.
inline Turn turn_of(const Result<TurnOutcome>& outcome) {
  if (outcome)
    if (const auto* done = std::get_if<Done>(&*outcome)) return done->turn;
  ADD_FAILURE() << told(outcome) << (outcome ? ": " + std::get<Failed>(*outcome).error.message : "");
  return {};
}

// Starts the server that a test wants, and skips the test where there is none.
class WithServer : public testing::Test {
 protected:
  void SetUp() override {
    if (server_command().empty()) GTEST_SKIP() << kNoServer;
    auto started = CurlTransport::start({});
    ASSERT_TRUE(started) << started.error().message;
    transport_ = std::move(started).value();
  }
  void serve(const ServerOptions& options = {}) {
    auto server = LlamaServer::start(options);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(server).value();
    const Result<void> ready = server_->wait_until_ready(*transport_);
    ASSERT_TRUE(ready) << ready.error().message;
  }
  Client client(Profile profile, std::string key = "") {
    return {*transport_, server_->base_url(), std::move(profile), std::move(key)};
  }

  std::unique_ptr<CurlTransport> transport_;
  std::unique_ptr<LlamaServer> server_;
};

// The same in each dialect that this server speaks.
class InDialect : public WithServer, public testing::WithParamInterface<DialectName> {
 protected:
  Profile profile() const { return profile_of(GetParam()); }
};
inline std::string name_of(const testing::TestParamInfo<DialectName>& info) {
  return std::string(to_string(info.param));
}
#define ADAPT_IN_EACH_DIALECT(Suite)    \
  INSTANTIATE_TEST_SUITE_P(Each, Suite, \
                           testing::Values(DialectName::chat, DialectName::responses, DialectName::messages), name_of)

}  // namespace adapt::llm
