// A run's conversation with its language model, as a person reads it.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <map>

#include "agent/cli/commands.h"
#include "agent/events/event_log.h"
#include "agent/events/journal.h"
#include "agent/llm/turn_record.h"
#include "agent/loop/asker.h"
#include "agent/pipeline/run.h"
#include "tools/base/quantity.h"
#include "tools/base/text.h"

namespace adapt::cli {
namespace {

constexpr std::size_t kMaxLines = 24;  // of one text; the log has all of it

// Indented, without what a terminal would obey: models and logs wrote it.
void print_block(std::string_view text) {
  const std::vector<std::string_view> lines = split_lines(text);
  for (std::size_t i = 0; i < lines.size() && i < kMaxLines; ++i) {
    std::string plain;
    for (const char c : lines[i]) plain += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    fmt::print("      {}\n", plain);
  }
  if (lines.size() > kMaxLines) fmt::print("      ... {} more lines\n", lines.size() - kMaxLines);
}

std::string cost_of(const llm::Settlement& entry) {
  return entry.nano_usd ? dollars(*entry.nano_usd) : "price not known";
}

void print_call(const llm::ToolCall& call) {
  fmt::print("    -> {}\n", call.name);
  const Result<Json> arguments = parse_json(call.arguments);
  if (!arguments || !arguments->is_object()) return print_block(call.arguments);
  for (const auto& [name, value] : arguments->items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : dump(value);
    if (!contains(text, "\n")) {
      fmt::print("      {}: {}\n", name, text);
      continue;
    }
    fmt::print("      {}:\n", name);
    print_block(text);
  }
}

class Conversation {
 public:
  Result<void> take(const events::Event& event) {
    const std::string key = event.type == events::kStepFinished ? string_or(event.data, "key", "") : "";
    if (key.starts_with(loop::kTurnKey)) return turn(key, member_or_null(event.data, "result"));
    if (event.type == "llm")
      fmt::print("{}, prompts {:.12}\n", string_or(event.data, "endpoint", ""), string_or(event.data, "prompts", ""));
    if (event.type == "llm_tool") tool(event.data);
    if (event.type == "llm_compacted")
      fmt::print("\n  the conversation starts again: {} -> {} tokens\n", int_or(event.data, "tokens_before", 0),
                 int_or(event.data, "tokens_after", 0));
    if (event.type == "llm_settled") waste(event.data);
    if (event.type == "llm_stop")
      fmt::print("\nstopped: {} ({})\n", string_or(event.data, "reason", ""), string_or(event.data, "detail", ""));
    return {};
  }

  void total() const {
    fmt::print(
        "{} answers, {} tokens in ({} cached), {} out, {}\n", turns_, usage_.input(), usage_.cache_read, usage_.output,
        unpriced_ ? fmt::format("{} and tokens whose price is not known", dollars(nano_usd_)) : dollars(nano_usd_));
  }
  std::int64_t turns() const { return turns_; }

 private:
  Result<void> turn(const std::string& key, const Json& result) {
    ADAPT_TRY(const llm::TurnOutcome outcome, llm::outcome_from(result));
    const std::string number(split(key, ':')[1]);
    if (const auto* failed = std::get_if<llm::Failed>(&outcome)) {
      fmt::print("\nanswer {}: {}\n", number, failed->error.message);
      return {};
    }
    const auto& done = std::get<llm::Done>(outcome);
    ++turns_;
    add(done.settlement);
    fmt::print("\nanswer {}: {} ({}), {} tokens in ({} cached), {} out{}, {}, {} ms\n", number,
               llm::to_string(done.turn.stop), done.turn.native_stop, done.turn.usage.input(),
               done.turn.usage.cache_read, done.turn.usage.output, done.turn.usage.estimated ? " (estimated)" : "",
               cost_of(done.settlement), done.took_ms);
    for (const llm::FailedAttempt& attempt : done.failed)
      fmt::print("    {} before: {}\n", llm::to_string(attempt.error.kind), attempt.error.message);
    if (const std::string text = done.turn.message.text(); !trim(text).empty()) print_block(text);
    for (const llm::ToolCall& call : done.turn.message.calls()) print_call(call);
    return {};
  }

  static void tool(const Json& data) {
    fmt::print("    <- {}{}{}\n", string_or(data, "name", ""), bool_or(data, "is_error", false) ? " (error)" : "",
               bool_or(data, "changed", false) ? " (the draft changed)" : "");
    print_block(string_or(data, "text", ""));
  }

  void waste(const Json& data) {
    const Result<llm::Settlement> entry = llm::settlement_from(data);
    if (!entry) return;
    add(*entry);
    fmt::print("\n  call {} brought nothing: {}, {} tokens, {}\n", entry->call, entry->ended, entry->usage.total(),
               cost_of(*entry));
  }

  void add(const llm::Settlement& entry) {
    usage_ += entry.usage;
    nano_usd_ += entry.nano_usd.value_or(0);
    unpriced_ = unpriced_ || (!entry.nano_usd && entry.usage.total() > 0);
  }

  std::int64_t turns_ = 0;
  llm::Usage usage_;
  std::int64_t nano_usd_ = 0;
  bool unpriced_ = false;
};

// One JSON object a line: every event that concerns the language model, as it is in the log.
bool concerns_llm(const events::Event& event) {
  return event.type.starts_with("llm") ||
         (event.type == events::kStepFinished && string_or(event.data, "key", "").starts_with(loop::kTurnKey));
}

Result<void> show(Session& session, const std::string& id) {
  ADAPT_TRY(const pipeline::RunFolder folder, pipeline::find_run(id, session.config));
  ADAPT_TRY(const std::vector<events::Event> log, events::read_log(folder.events()));
  if (session.json) {
    for (const events::Event& event : log)
      if (concerns_llm(event))
        fmt::print("{}\n", dump(Json{{"seq", event.seq}, {"t", event.t}, {"type", event.type}, {"data", event.data}}));
    return {};
  }
  Conversation conversation;
  for (const events::Event& event : log) ADAPT_TRY_VOID(conversation.take(event));
  if (conversation.turns() == 0)
    fmt::print("no language model has answered in this run\n");
  else
    conversation.total();
  return {};
}

}  // namespace

int runs_show_llm_command(Session& session, const std::string& id) {
  const Result<void> done = show(session, id);
  return done ? 0 : report(done.error());
}

}  // namespace adapt::cli
