#include "agent/pipeline/llm_line.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "agent/llm/http/curl_transport.h"
#include "agent/llm/tape.h"
#include "agent/pipeline/run.h"
#include "agent/prompting/prompts.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kLlmEvent = "llm";
constexpr std::uint64_t kMaxPrices = std::uint64_t{4} << 20U;

fs::path tape_of(const RunFolder& folder) { return folder.root() / "llm" / "tape.jsonl"; }

const Json& event_data(const std::vector<events::Event>& events, std::string_view type) {
  static const Json none;
  const auto found = std::ranges::find(events, type, &events::Event::type);
  return found == events.end() ? none : found->data;
}

Result<llm::Prices> prices_of(const config::Config& config) {
  const fs::path path = config.path("llm.prices");
  if (path.empty()) return llm::Prices::built_in();
  ADAPT_TRY(const std::string text, read_file(path, kMaxPrices));
  const Result<llm::Prices> own = llm::Prices::parse(text);
  if (!own) return fail(own.error(), path.string());
  return llm::Prices::built_in().under(*own);
}

// Recording belongs on a developer's machine: in CI it would turn a test that should play into one that calls.
Result<bool> is_recorded(const config::Config& config, const llm::Endpoint& endpoint) {
  const char* ci = std::getenv("CI");
  const bool in_ci = ci != nullptr && *ci != '\0' && std::string_view(ci) != "false" && std::string_view(ci) != "0";
  if (!config.boolean("llm.record")) return false;
  if (!in_ci || llm::is_local(endpoint.base_url)) return true;
  if (config.is_set("llm.record"))
    return fail(ErrorKind::usage,
                "nothing is recorded where the variable CI is set; play a recording with --llm "
                "replay:<run>, or unset llm.record");
  return false;
}

}  // namespace

std::vector<std::string> secrets_of_environment(const config::Config& config) {
  constexpr std::array<std::string_view, 5> kWords = {"KEY", "TOKEN", "SECRET", "PASSWORD", "CREDENTIAL"};
  const std::string key_variable = config.text("llm.key_variable");
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equal = text.find('=');
    const std::string_view name = text.substr(0, equal);
    const bool speaks = std::ranges::any_of(kWords, [&](std::string_view word) { return contains(name, word); });
    if ((speaks || name == key_variable) && equal != std::string_view::npos) out.emplace_back(text.substr(equal + 1));
  }
  return out;
}

Result<ChosenEndpoint> choose_endpoint(const std::string& text, const config::Config& config, const Clock& clock) {
  ChosenEndpoint chosen;
  ADAPT_TRY(chosen.endpoint, llm::parse_endpoint(text));
  if (!chosen.endpoint.replay_run.empty()) {
    ADAPT_TRY(const RunFolder recorded, find_run(chosen.endpoint.replay_run, config));
    ADAPT_TRY(const std::vector<events::Event> events, events::read_log(recorded.events()));
    const Json& llm = event_data(events, kLlmEvent);
    const std::string original = string_or(llm, "endpoint", "");
    if (original.empty())
      return fail(ErrorKind::usage, "the run '{}' asked no language model, so there is nothing to replay",
                  recorded.id());
    ADAPT_TRY(llm::Endpoint endpoint, llm::parse_endpoint(original));
    endpoint.text = text;
    endpoint.replay_run = recorded.id();
    endpoint.account = string_or(llm, "account", "");
    chosen.endpoint = std::move(endpoint);
    chosen.tape = tape_of(recorded);
  }
  if (const std::int64_t context = config.quantity("llm.context"); context > 0)
    chosen.endpoint.profile.context_tokens = context;
  const std::string style = config.text("llm.tools");
  if (style == "text") chosen.endpoint.profile.tools = llm::ToolStyle::text;
  if (style == "native") chosen.endpoint.profile.tools = llm::ToolStyle::native;

  ADAPT_TRY(chosen.prices, prices_of(config));
  chosen.caps = {.nano_usd = config.quantity("llm.max_usd"), .tokens = config.quantity("llm.max_tokens")};
  const std::string& model = chosen.endpoint.model;
  const bool priced = chosen.prices.find(model, clock.utc_ms(), 0).has_value();
  if (!priced && config.is_set("llm.max_usd") && !config.is_set("llm.max_tokens"))
    return fail(ErrorKind::usage,
                "nobody has said what {} costs, so --max-usd cannot be kept; give --max-tokens, or its price in "
                "llm.prices",
                model);
  if (!chosen.tape) {
    ADAPT_TRY(chosen.recorded, is_recorded(config, chosen.endpoint));
  }
  return chosen;
}

LlmLine::LlmLine(llm::Endpoint endpoint, const std::vector<std::string>& secrets, const ChosenEndpoint& chosen,
                 events::Journal& journal, const Clock& clock, const CancelToken& cancel)
    : endpoint_(std::move(endpoint)),
      redactor_(secrets),
      prices_(chosen.prices),
      clock_(clock),
      budget_("run", chosen.caps),
      spend_log_(journal),
      ledger_(budget_, spend_log_, prices_, clock),
      gate_(endpoint_.profile, clock),
      pause_(cancel) {}

Result<std::unique_ptr<LlmLine>> LlmLine::open(const ChosenEndpoint& chosen, const config::Config& config,
                                               events::Journal& journal, const RunFolder& folder, const Clock& clock,
                                               const CancelToken& cancel) {
  llm::Endpoint endpoint = chosen.endpoint;
  const std::string variable = config.text("llm.key_variable");
  // A run that goes on without its key may still find every answer in its log: the key is asked for when it is needed.
  const Result<std::string> key = chosen.tape ? std::string() : llm::read_key(endpoint, variable);
  const std::vector<events::Event> earlier = journal.log().events();
  const Json& first = event_data(earlier, kLlmEvent);
  if (first.is_object())
    endpoint.account = string_or(first, "account", "");
  else if (!key)
    return tl::unexpected<Error>(key.error());
  else if (!chosen.tape)
    endpoint.account = llm::account_of(*key);

  std::vector<std::string> secrets = secrets_of_environment(config);
  if (key && !key->empty()) secrets.push_back(*key);
  std::unique_ptr<LlmLine> line(new LlmLine(endpoint, secrets, chosen, journal, clock, cancel));
  ADAPT_TRY_VOID(journal.emit(
      kLlmEvent,
      Json{{"endpoint", endpoint.text}, {"account", endpoint.account}, {"prompts", prompting::prompts_hash()}}));
  ADAPT_TRY(const auto entries, loop::JournalSpendLog::read(earlier));
  ADAPT_TRY_VOID(line->ledger_.restore(entries.reserved, entries.settled));

  llm::Transport* transport = nullptr;
  if (chosen.tape) {
    ADAPT_TRY(line->connection_, llm::TapePlayer::open(*chosen.tape));
    transport = line->connection_.get();
  } else {
    ADAPT_TRY(line->connection_, llm::CurlTransport::start());
    transport = line->connection_.get();
    if (chosen.recorded) {
      ADAPT_TRY_VOID(make_directories(tape_of(folder).parent_path()));
      ADAPT_TRY(line->recorder_, llm::TapeRecorder::open(tape_of(folder), *transport, line->redactor_, clock));
      transport = line->recorder_.get();
    }
  }
  const auto read_key = [endpoint, variable, plays = chosen.tape.has_value()]() -> Result<std::string> {
    return plays ? Result<std::string>(std::string()) : llm::read_key(endpoint, variable);
  };
  line->runner_ = std::make_unique<llm::TurnRunner>(
      endpoint, read_key,
      llm::Line{*transport, line->gate_, line->ledger_, line->redactor_, clock, line->pause_, cancel},
      llm::TurnClocks{}, static_cast<std::uint64_t>(clock.utc_ms()));
  line->asker_ = std::make_unique<loop::JournaledAsker>(journal, *line->runner_, line->ledger_);
  return line;
}

}  // namespace adapt::pipeline
