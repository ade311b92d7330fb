#include "agent/llm/check.h"

#include <algorithm>

#include "tools/base/quantity.h"

namespace adapt::llm {
namespace {

ToolSpec echo_tool() {
  return {"echo", "Answers with the word that it is given.",
          Json{{"type", "object"},
               {"properties", {{"word", {{"type", "string"}, {"description", "the word"}}}}},
               {"required", {"word"}},
               {"additionalProperties", false}}};
}

// Long enough that a cache is worth it to any server.
std::string long_system() {
  std::string out = "You test a connection. Do what the user asks, with the tool where one is offered.\n";
  while (out.size() < 8000) out += "This sentence only makes the beginning of the conversation longer. ";
  return out;
}

class Check {
 public:
  Check(TurnRunner& runner, Ledger& ledger) : runner_(runner), ledger_(ledger) { runner_.waits_for_connection = false; }

  Result<std::vector<Finding>> run() {
    price();
    Request request;
    request.system = long_system();
    request.messages = {UserText{"Answer with the one word: ready"}};
    request.max_output_tokens = 512;
    request.cache_key = "check";
    ADAPT_TRY(const TurnOutcome first, ask(request));
    const auto* done = std::get_if<Done>(&first);
    if (done == nullptr) {
      add({"answers", Found::no, std::get<Failed>(first).error.message, true});
      return std::move(findings_);
    }
    add({"answers", Found::yes,
         fmt::format("{} in {} ms", done->turn.model.empty() ? "a model" : done->turn.model, done->took_ms), true});
    add({"streaming", events_ > 0 ? Found::yes : Found::no,
         events_ > 0                         ? fmt::format("{} events", events_)
         : runner_.endpoint().profile.stream ? "the answer came as a whole, where a stream was asked for"
                                             : "the profile asks for whole answers",
         false});
    add({"usage", done->turn.usage.estimated ? Found::no : Found::yes,
         done->turn.usage.estimated
             ? "the server does not say what it used, so it is estimated"
             : fmt::format("{} tokens in, {} out", done->turn.usage.input(), done->turn.usage.output),
         false});
    ADAPT_TRY_VOID(tools(request));
    return std::move(findings_);
  }

 private:
  void add(Finding finding) { findings_.push_back(std::move(finding)); }

  Result<TurnOutcome> ask(const Request& request) {
    events_ = 0;
    runner_.on_progress = [this] { ++events_; };
    Result<TurnOutcome> outcome = runner_.run(request);
    runner_.on_progress = {};
    if (outcome)
      if (const auto* done = std::get_if<Done>(&*outcome)) ledger_.settled(done->settlement);
    return outcome;
  }

  void price() {
    const std::string& model = runner_.endpoint().model;
    const std::optional<Price> price = ledger_.price(model, 0);
    if (!price) return add({"price", Found::no, "not known: token limits rule", false});
    add({"price", Found::yes,
         fmt::format("{} in, {} out a million tokens", dollars(price->input * 1'000'000),
                     dollars(price->output * 1'000'000)),
         false});
  }

  Result<void> tools(Request request) {
    request.tools = {echo_tool()};
    request.messages = {UserText{"Call the tool echo with the word: parrot"}};
    ADAPT_TRY(const TurnOutcome outcome, ask(request));
    const auto* done = std::get_if<Done>(&outcome);
    if (done == nullptr) return no_tools(std::get<Failed>(outcome).error.message);
    const std::vector<ToolCall> calls = done->turn.message.calls();
    if (calls.empty()) return no_tools("it answered without a call: --set llm.tools=text may help");
    const Result<Json> arguments = parse_json(calls.front().arguments);
    const bool right = calls.front().name == "echo" && arguments && string_or(*arguments, "word", "") == "parrot";
    add({"tools", Found::yes, right ? "called with the right arguments" : "called, with other arguments than asked for",
         true});
    request.messages.emplace_back(done->turn.message);
    ToolResults results;
    for (const ToolCall& call : calls) results.results.push_back({call.id, call.name, "parrot", false});
    request.messages.emplace_back(std::move(results));
    ADAPT_TRY(const TurnOutcome second, ask(request));
    const auto* answered = std::get_if<Done>(&second);
    add({"results of tools", answered != nullptr ? Found::yes : Found::no,
         answered != nullptr ? "taken" : std::get<Failed>(second).error.message, true});
    if (answered == nullptr) return {};
    const Usage& usage = answered->turn.usage;
    add({"caching",
         usage.estimated        ? Found::unknown
         : usage.cache_read > 0 ? Found::yes
                                : Found::no,
         fmt::format("{} of {} tokens of the same beginning came from a cache", usage.cache_read, usage.input()),
         false});
    return {};
  }

  Result<void> no_tools(std::string why) {
    add({"tools", Found::no, std::move(why), true});
    return {};
  }

  TurnRunner& runner_;
  Ledger& ledger_;
  std::size_t events_ = 0;
  std::vector<Finding> findings_;
};

}  // namespace

std::string_view to_string(Found found) {
  switch (found) {
    case Found::yes: return "yes";
    case Found::no: return "no";
    case Found::unknown: return "unknown";
  }
  return "unknown";
}

Result<std::vector<Finding>> check_endpoint(TurnRunner& runner, Ledger& ledger) { return Check(runner, ledger).run(); }

}  // namespace adapt::llm
