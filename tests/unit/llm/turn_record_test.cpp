#include "agent/llm/turn_record.h"

#include <gtest/gtest.h>

namespace adapt::llm {
namespace {

OrderedJson ordered(std::string_view text) { return OrderedJson::parse(text); }

Turn rich_turn() {
  Turn turn;
  turn.message.parts = {Reasoning{ordered(R"({"type":"thinking","thinking":"","signature":"zA=="})")},
                        Text{"Grüße \xF0\x9F\x98\x80 \"quoted\"\n\x01"},
                        ToolCall{"id-1", "edit", R"({"b": 1,  "a":"é"})", ordered(R"({"z":1,"a":{"signature":"S"}})")},
                        ToolCall{"id-2", "read", "{}"}};
  // Its order is part of what is signed and cached.
  turn.message.raw =
      ordered(R"({"role":"assistant","z":null,"content":[{"type":"thinking","signature":"zA=="}],"a":1.5})");
  turn.message.origin = {"messages", "m-5", "0123456789ab"};
  turn.stop = Stop::tool;
  turn.native_stop = "tool_use";
  turn.usage = {.fresh = 1, .cache_read = 2, .cache_write = 3, .cache_write_1h = 4, .output = 5, .reasoning = 2};
  turn.request_id = "req_1";
  turn.model = "m-5-20261015";
  turn.stated_nano_usd = 123'456'789'012;
  turn.notes = {"no [DONE]"};
  return turn;
}

CallError rich_error() {
  CallError error;
  error.kind = CallErrorKind::rate;
  error.scope = ErrorScope::key;
  error.status = 429;
  error.code = "slow";
  error.type = "rate_limit_error";
  error.request_id = "req_0";
  error.message = "wait a while";
  return error;
}

TurnOutcome done() {
  return Done{.turn = rich_turn(),
              .settlement = {7, rich_turn().usage, 4321, false, "tool"},
              .failed = {{rich_error(), 2000, 31}},
              .took_ms = 1234};
}

TurnOutcome again(const TurnOutcome& outcome) {
  const auto json = parse_json(dump(to_json(outcome)));  // as text, as it lies in the log
  Result<TurnOutcome> read = outcome_from(*json);
  if (!read) ADD_FAILURE() << read.error().message;
  return read.value_or(Failed{});
}

TEST(TurnRecord, AnOutcomeComesBackWhole) {
  EXPECT_EQ(dump(to_json(again(done()))), dump(to_json(done())));
  const TurnOutcome failed = Failed{rich_error(), {{rich_error(), 5, 6}, {CallError{}, 0, 1}}};
  EXPECT_EQ(dump(to_json(again(failed))), dump(to_json(failed)));
  EXPECT_EQ(std::get<Failed>(again(failed)).error.scope, ErrorScope::key);
}

TEST(TurnRecord, WhatProvidersSignedKeepsItsBytes) {
  const TurnOutcome read = again(done());
  const Turn& turn = std::get<Done>(read).turn;
  EXPECT_EQ(turn.message.raw.dump(), rich_turn().message.raw.dump());
  EXPECT_EQ(std::get<Reasoning>(turn.message.parts[0]).raw.dump(),
            R"({"type":"thinking","thinking":"","signature":"zA=="})");
  EXPECT_EQ(std::get<Text>(turn.message.parts[1]).text, std::get<Text>(rich_turn().message.parts[1]).text);
  const auto& call = std::get<ToolCall>(turn.message.parts[2]);
  EXPECT_EQ(call.arguments, R"({"b": 1,  "a":"é"})");
  EXPECT_EQ(call.extra.dump(), R"({"z":1,"a":{"signature":"S"}})");
  EXPECT_TRUE(std::get<ToolCall>(turn.message.parts[3]).extra.is_null());
  EXPECT_EQ(turn.message.origin, rich_turn().message.origin);
  EXPECT_EQ(turn.stated_nano_usd, 123'456'789'012);
}

TEST(TurnRecord, EachStopAndKindComesBack) {
  for (int i = 0; i <= static_cast<int>(Stop::unknown); ++i) {
    Turn turn;
    turn.stop = static_cast<Stop>(i);
    const TurnOutcome read = again(Done{turn, {}, {}, 0});
    EXPECT_EQ(std::get<Done>(read).turn.stop, turn.stop);
    EXPECT_EQ(std::get<Done>(read).turn.stated_nano_usd, std::nullopt);
  }
  for (int i = 0; i <= static_cast<int>(CallErrorKind::missing); ++i) {
    CallError error;
    error.kind = static_cast<CallErrorKind>(i);
    EXPECT_EQ(std::get<Failed>(again(Failed{error, {}})).error.kind, error.kind);
  }
}

// A call's arguments may be as deep as any JSON that is taken, and lie some levels down in the provider's form.
TEST(TurnRecord, DeepArgumentsCanBeRead) {
  const std::string deep = std::string(kMaxJsonDepth, '[') + std::string(kMaxJsonDepth, ']');
  Turn turn;
  turn.message.raw = ordered(R"({"content":[{"input":{"a":)" + deep + "}}]}");
  EXPECT_EQ(std::get<Done>(again(Done{turn, {}, {}, 0})).turn.message.raw, turn.message.raw);
}

TEST(TurnRecord, WhatIsNoOutcomeIsRefused) {
  const Json good = to_json(done());
  const auto refused = [](const Json& json) {
    const Result<TurnOutcome> read = outcome_from(json);
    return read ? std::string("taken") : read.error().message;
  };
  const auto with = [&](const char* pointer, const Json& value) {
    Json json = good;
    json[Json::json_pointer(pointer)] = value;
    return json;
  };
  EXPECT_EQ(refused(good), "taken");
  EXPECT_EQ(refused(with("/turn/stop", "halt")), "a recorded turn with the unknown stop 'halt'");
  EXPECT_EQ(refused(with("/turn/raw", "{")), "a recorded turn holds text that is no JSON");
  EXPECT_EQ(refused(with("/turn/raw", std::string(100'000, '['))), "a recorded turn holds text that is no JSON");
  EXPECT_EQ(refused(with("/turn/parts/0", 3)), "part is not an object");
  EXPECT_EQ(refused(with("/turn/parts/2/name", nullptr)), "part.name is not a string");
  EXPECT_EQ(refused(with("/turn/usage/fresh", "1")), "turn.usage.fresh is not an integer");
  EXPECT_EQ(refused(with("/turn/stated_nano_usd", 18'446'744'073'709'551'615U)),
            "turn.stated_nano_usd is not an integer");
  EXPECT_EQ(refused(with("/failed/0/error/kind", "bad luck")), "a recorded error of the unknown kind 'bad luck'");
  EXPECT_EQ(refused(with("/failed/0/error/scope", "world")), "a recorded error of the unknown scope 'world'");
  EXPECT_EQ(refused(with("/settlement", nullptr)), "settlement is not an object");
  for (const char* text : {"null", "[]", "3", "\"x\"", "{}", R"({"error":3})", R"({"turn":[]})"})
    EXPECT_NE(refused(*parse_json(text)), "taken") << text;
}

}  // namespace
}  // namespace adapt::llm
