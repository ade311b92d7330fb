// Any bytes as what a language-model server or a model has sent, or as what was kept of it. The first byte chooses: an
// answer of each dialect, streamed or whole; an error with its status and headers; a text with calls in it; a tape; a
// recorded turn. Whatever comes, a turn keeps its promises, can be sent back, and does not depend on how its bytes were
// cut. (conformance 92)
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "agent/llm/tape.h"
#include "agent/llm/turn_record.h"
#include "agent/llm/wire/dialect.h"
#include "agent/llm/wire/text_protocol.h"
#include "tests/fuzz/expect.h"
#include "tools/base/text.h"

namespace {

using namespace adapt;

constexpr std::int64_t kNow = 1'793'000'000'000;
constexpr std::int64_t kDay = 86'400'000;
constexpr const char* kProfiles[] = {"ollama", "openrouter", "anthropic", "responses", "gemini"};

const llm::Profile& profile(std::size_t index) {
  static const auto all = [] {
    std::vector<llm::Profile> out;
    for (const char* name : kProfiles) out.push_back(llm::find_profile(name).value());
    return out;
  }();
  return all.at(index % all.size());
}

std::string told(const llm::Answer& answer) {
  if (const auto* error = std::get_if<llm::CallError>(&answer))
    return std::string(to_string(error->kind)) + error->message;
  const auto& turn = std::get<llm::Turn>(answer);
  return std::string(to_string(turn.stop)) + turn.native_stop + dump_line(turn.message.raw);
}

void check(const llm::Answer& answer, const llm::Target& target) {
  const auto* turn = std::get_if<llm::Turn>(&answer);
  if (turn == nullptr) return;
  const std::vector<llm::ToolCall> calls = turn->message.calls();
  expect(calls.empty() == (turn->stop != llm::Stop::tool), "calls and the stop");
  expect(turn->usage.total() >= 0 && turn->usage.fresh >= 0 && turn->usage.output >= 0, "a negative usage");
  std::set<std::string> ids;
  llm::ToolResults results;
  for (const llm::ToolCall& call : calls) {
    const auto arguments = parse_json(call.arguments);
    expect(arguments && arguments->is_object(), "arguments that are no object");
    expect(!call.name.empty() && ids.insert(call.id).second, "a call without a name or an id of its own");
    results.results.push_back({call.id, call.name, "done", false});
  }
  llm::Request request;
  request.messages = {llm::UserText{"u"}, turn->message};
  if (calls.empty())
    request.messages.emplace_back(llm::UserText{"v"});
  else
    request.messages.emplace_back(results);
  const std::string body = llm::dialect(target.profile.dialect).encode(request, target).body;
  expect(is_utf8(body) && body.ends_with("]}"), "a body that cannot be sent");
}

void streamed(const llm::Target& target, std::string_view bytes, std::size_t piece) {
  const llm::Dialect& dialect = llm::dialect(target.profile.dialect);
  llm::SseDecoder at_once, in_pieces;
  const auto one = dialect.reducer(target), other = dialect.reducer(target);
  const auto fed = at_once.feed(bytes, [&](const llm::SseEvent& event) { one->take(event); });
  expect(fed.has_value(), "a small stream is refused");
  for (std::string_view rest = bytes; !rest.empty(); rest.remove_prefix(std::min(piece, rest.size())))
    static_cast<void>(in_pieces.feed(rest.substr(0, piece), [&](const llm::SseEvent& event) { other->take(event); }));
  const llm::Answer answer = one->end(llm::Ending::complete);
  expect(told(answer) == told(other->end(llm::Ending::complete)), "the cuts matter");
  check(answer, target);
}

// Lines "name: value" up to an empty one are headers.
void classified(int status, std::string_view text) {
  llm::Headers headers;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) break;
    const std::size_t colon = std::min(line.find(':'), line.size());
    headers.emplace_back(line.substr(0, colon), trim(line.substr(std::min(colon + 1, line.size()))));
  }
  const llm::CallError error = llm::classify(status, headers, text);
  expect(error.message.size() <= 500 && is_utf8(error.message), "a message that cannot be shown");
  expect(error.message.find('\n') == std::string::npos, "a message of several lines");
  for (const auto& wait : {error.wait_ms, llm::wait_of(headers, kNow)})
    expect(!wait || (*wait >= 0 && *wait <= kDay), "an absurd wait");
}

// Calls that were understood are the same when they are written and read again.
void in_text(std::string_view text) {
  const auto parts = llm::calls_in_text(text, {}, false);
  for (const llm::Part& part : parts) {
    const auto* call = std::get_if<llm::ToolCall>(&part);
    if (call == nullptr || !parse_json(call->arguments)) continue;
    llm::Request request;
    llm::AssistantTurn turn;
    turn.parts = {*call};
    request.messages = {llm::UserText{"u"}, turn, llm::ToolResults{}};
    const std::string written = std::get<llm::AssistantTurn>(llm::as_text(request).messages[1]).text();
    const auto again = llm::calls_in_text(written, {}, false);
    expect(again.size() == 1 && std::holds_alternative<llm::ToolCall>(again[0]), "a call is lost");
  }
}

// What can be read can be played to its end, and a miss can be told.
void played(std::string_view text) {
  const auto player = llm::TapePlayer::parse("{\"tape\":1}\n" + std::string(text), "tape");
  if (!player) return expect(is_utf8(player.error().message) || !is_utf8(text), "a message that cannot be shown");
  for (std::size_t i = 0; i <= (*player)->exchanges(); ++i) {
    const auto exchange = (*player)->send({.path = "/x", .body = "{\"messages\":[]}"});
    for (;;) {
      const llm::Piece piece = exchange->next();
      const auto* end = std::get_if<llm::End>(&piece);
      if (end == nullptr) continue;
      expect(end->kind != llm::EndKind::missing || end->detail.starts_with("not in the recording; "), "a miss untold");
      break;
    }
  }
}

// What can be read is the same when it is written and read again.
void recorded(std::string_view text) {
  const auto json = parse_json(text);
  if (!json) return;
  const auto outcome = llm::outcome_from(*json);
  if (!outcome) return;
  const std::string written = dump(llm::to_json(*outcome));
  const auto again = llm::outcome_from(parse_json(written).value());
  expect(again && dump(llm::to_json(*again)) == written, "a recorded turn changes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 3), size - 3);
  const unsigned what = data[0] % 14U;
  const llm::Target target{profile(what % 5), "m", "k"};
  if (what < 5) {
    streamed(target, text, 1U + data[1] % 64U);
  } else if (what < 10) {
    check(llm::dialect(target.profile.dialect).whole(text, target), target);
  } else if (what == 10) {
    classified(200 + data[1] * 4 + data[2] % 4, text);
  } else if (what == 11) {
    in_text(text);
  } else if (what == 12) {
    played(text);
  } else {
    recorded(text);
  }
  return 0;
}
