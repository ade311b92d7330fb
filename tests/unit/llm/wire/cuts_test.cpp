// conformance 1: a stream gives the same turn however its bytes are cut, for every dialect.
#include <random>

#include "tests/unit/llm/wire/answers.h"

namespace adapt::llm {
namespace {

struct Recorded {
  std::string profile;
  std::string bytes;
};

// Heartbeats, line ends of all kinds, characters of four bytes, escapes, interleaved calls.
std::vector<Recorded> streams() {
  const std::string chat = events(R"({"id":"c","choices":[{"delta":{"role":"assistant","content":null}}]}
{"choices":[{"delta":{"reasoning_content":"hm \ud83d\ude00"}}]}
{"choices":[{"delta":{"content":"Gr\u00fc\u00dfe )"
                                  "\xf0\x9f\x98\x80"
                                  R"("}}]}
{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"read","arguments":"{\"p\":"}},{"index":1,"id":"b","function":{"name":"edit","arguments":""}}]}}]}
{"choices":[{"delta":{"tool_calls":[{"index":1,"function":{"arguments":"{\"t\":\"x\\n\"}"}},{"index":0,"function":{"arguments":"1}"}}]}}]}
{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}
{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}
[DONE])");
  const std::string messages =
      named_events(R"({"type":"message_start","message":{"id":"m","usage":{"input_tokens":3,"output_tokens":1}}}
{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"S"}}
{"type":"ping"}
{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"edit","input":{}}}
{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"text\": \")"
                   "\xf0\x9f\x98\x80"
                   R"("}}
{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"\"}"}}
{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":40}}
{"type":"message_stop"})");
  const std::string responses = named_events(R"({"type":"response.created","response":{"id":"r"}}
{"type":"response.output_text.delta","item_id":"i","delta":"Hi"}
{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"rs","encrypted_content":"E"}}
{"type":"response.output_item.done","output_index":1,"item":{"type":"function_call","id":"fc","call_id":"c","name":"f","arguments":"{\"a\":\"\ud83d\ude00\"}"}}
{"type":"response.completed","response":{"id":"r","status":"completed","usage":{"input_tokens":7,"output_tokens":2}}})");
  const std::string gemini = events(R"({"candidates":[{"content":{"parts":[{"text":"a","thought":true}]}}]}
{"candidates":[{"content":{"parts":[{"text":"b\u00e4"},{"functionCall":{"name":"f","args":{"x":"y"}},"thoughtSignature":"S"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":2}})");
  const std::string crlf = ": OPENROUTER PROCESSING\r\n\r\n";
  return {{"llama-server", crlf + chat}, {"anthropic", messages}, {"responses", responses}, {"gemini", gemini}};
}

std::string with_line_ends(const std::string& bytes, std::string_view line_end) {
  std::string out;
  for (const char c : bytes) c == '\n' ? out.append(line_end) : out.append(1, c);
  return out;
}

std::string whole_turn(const Answer& answer) {
  const Turn turn = turn_of(answer);
  return shown(answer) + shown(turn.usage) + dump_line(turn.message.raw);
}

std::string in_pieces(const Target& target, std::string_view bytes, const std::function<std::size_t()>& size) {
  SseDecoder decoder;
  const auto reducer = dialect(target.profile.dialect).reducer(target);
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, size());
    EXPECT_TRUE(decoder.feed(piece, [&](const SseEvent& event) { reducer->take(event); }));
    bytes.remove_prefix(piece.size());
  }
  return whole_turn(reducer->end(Ending::complete));
}

class Cuts : public ::testing::TestWithParam<std::size_t> {};  // one of streams()
INSTANTIATE_TEST_SUITE_P(Dialects, Cuts, ::testing::Range<std::size_t>(0, 4));

TEST_P(Cuts, AStreamGivesTheSameTurnHoweverItIsCut) {
  const Recorded recorded = streams().at(GetParam());
  const Profile profile = profile_named(recorded.profile);
  const Target target{profile, "m", "k"};
  const std::string expected = whole_turn(answer_of(target, recorded.bytes));
  EXPECT_NE(expected.find("call "), std::string::npos) << expected;
  constexpr std::string_view kLineEnds[] = {"\n", "\r\n", "\r"};
  for (unsigned seed = 0; seed < 1000; ++seed) {
    std::mt19937 random(seed);  // the same cuts in each run
    std::uniform_int_distribution<std::size_t> sizes(1, 1 + seed % 200);
    const std::string bytes = with_line_ends(recorded.bytes, kLineEnds[seed % 3]);
    ASSERT_EQ(in_pieces(target, bytes, [&] { return sizes(random); }), expected)
        << recorded.profile << " seed " << seed;
  }
}

// A stream that breaks off anywhere is a turn only when its stop was seen, and never another turn.
TEST_P(Cuts, AStreamThatBreaksOffIsNeverAnotherTurn) {
  const Recorded recorded = streams().at(GetParam());
  const Profile profile = profile_named(recorded.profile);
  const Target target{profile, "m", "k"};
  const std::string parts = shown(turn_of(answer_of(target, recorded.bytes)).message.parts);
  for (std::size_t size = 0; size < recorded.bytes.size(); size += 5) {
    const Answer answer = answer_of(target, std::string_view(recorded.bytes).substr(0, size), Ending::cut);
    if (const auto* turn = std::get_if<Turn>(&answer))
      EXPECT_EQ(shown(turn->message.parts), parts) << size;
    else
      EXPECT_EQ(std::get<CallError>(answer).kind, CallErrorKind::cut);
  }
}

}  // namespace
}  // namespace adapt::llm
